#include "spark/run_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <stop_token>
#include <string>
#include <vector>

#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

using testing::ElementsAre;

struct Run {
  Result<int> status;
  std::vector<std::string> lines;
};

Run shell(const std::string& script, const CallContext& call = patiently()) {
  std::vector<std::string> lines;
  auto status = run_program(
      {"sh", "-c", script}, [&](std::string_view line) { lines.emplace_back(line); }, call);
  return {std::move(status), std::move(lines)};
}

TEST(RunProgram, PassesOnLinesOfBothStreamsAndTheExitStatus) {
  const auto run = shell("echo one; echo two >&2; printf 'three\\r\\n\\nfour'; exit 7");
  ASSERT_THAT(run.status, Succeeds());
  EXPECT_EQ(*run.status, 7);
  EXPECT_THAT(run.lines, ElementsAre("one", "two", "three", "", "four"));
}

TEST(RunProgram, GivesNothingToRead) {
  EXPECT_THAT(shell("cat; echo end").lines, ElementsAre("end"));
}

TEST(RunProgram, TellsWhichSignalEndedIt) { EXPECT_EQ(*shell("kill -9 $$").status, 128 + 9); }

TEST(RunProgram, DoesNotPassOnWhatWeBlockOrIgnore) {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &blocked, nullptr), 0);
  EXPECT_EQ(*shell("kill -TERM $$; echo still here").status, 128 + SIGTERM);
  EXPECT_EQ(*shell("kill -PIPE $$; echo still here").status, 128 + SIGPIPE);
  ASSERT_EQ(::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr), 0);
}

TEST(RunProgram, SaysThatThereIsNoSuchProgram) {
  EXPECT_THAT(run_program({"no-such-program-anywhere"}, {}, patiently()),
              FailsSaying(ErrorCode::kUnavailable, "cannot start no-such-program-anywhere"));
}

TEST(RunProgram, EndsTheProgramAndItsChildrenWhenItIsCancelled) {
  std::stop_source stop;
  pid_t grandchild = 0;
  const auto status = run_program(
      {"sh", "-c", "sleep 1000 & echo $!; wait"},
      [&](std::string_view line) {
        grandchild = std::stoi(std::string(line));
        stop.request_stop();
      },
      CallContext::within(std::chrono::minutes{1}, stop.get_token()));
  EXPECT_THAT(status, FailsWith(ErrorCode::kCancelled));
  ASSERT_GT(grandchild, 0);
  // It may be a zombie until its new parent looks, but it runs no more.
  std::string state;
  EXPECT_THAT(run_program(
                  {"ps", "-o", "stat=", "-p", std::to_string(grandchild)},
                  [&](std::string_view line) { state = line; }, patiently()),
              Succeeds());
  EXPECT_TRUE(state.empty() || state.starts_with('Z')) << state;
}

TEST(RunProgram, KillsAProgramThatDoesNotEndWhenAsked) {
  std::stop_source stop;
  const auto status = run_program(
      {"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1000; done"},
      [&](std::string_view) { stop.request_stop(); },
      CallContext::within(std::chrono::minutes{1}, stop.get_token()),
      std::chrono::milliseconds{50});
  EXPECT_THAT(status, FailsWith(ErrorCode::kCancelled));
}

TEST(RunProgram, DoesNotWaitForWhatAnEndedProgramLeftBehind) {
  const auto run = shell("sleep 1000 & echo $!");
  ASSERT_THAT(run.status, Succeeds());
  ASSERT_EQ(run.lines.size(), 1U);
  ::kill(std::stoi(run.lines[0]), SIGKILL);
}

TEST(RunProgram, StartsNothingWhenItIsTooLate) {
  EXPECT_THAT(run_program({"sh"}, {}, cancelled_call()), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace punnet
