// The fakes do what their names say, and pass on everything else.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "embedded/memory_file_store.h"
#include "embedded/sqlite_event_log.h"
#include "tests/support/calls.h"
#include "tests/support/faulty_file_store.h"
#include "tests/support/flaky_event_log.h"
#include "tests/support/hanging_event_log.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

TEST(FlakyEventLog, FailsItsFirstCallsOnly) {
  const TemporaryDirectory directory;
  const auto log = open_sqlite_event_log({.path = directory / "events.db"}, patiently());
  ASSERT_THAT(log, Succeeds());
  FlakyEventLog flaky(**log, 2, ErrorCode::kUnavailable);
  EXPECT_THAT(flaky.create_topic({.name = "a"}, patiently()), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(flaky.describe_topic("a", patiently()), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(flaky.failures_left(), 0);
  EXPECT_THAT(flaky.describe_topic("a", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(flaky.create_topic({.name = "a"}, patiently()), Succeeds());
}

TEST(HangingEventLog, GivesNoAnswer) {
  HangingEventLog log;
  expect_to_end_without_answer(
      [&](const CallContext& call) { return log.describe_topic("a", call); });
}

TEST(FaultyFileStore, FailsTheCallThatItIsToldTo) {
  const auto memory = make_memory_file_store();
  FaultyFileStore files(*memory);
  files.fail(FileOperation::kWrite, 2, ErrorCode::kExhausted);
  EXPECT_THAT(publish_file(files, "a", "1", patiently()), Succeeds());
  EXPECT_THAT(publish_file(files, "b", "2", patiently()), FailsWith(ErrorCode::kExhausted));
  EXPECT_THAT(publish_file(files, "b", "2", patiently()), Succeeds());
  EXPECT_EQ(files.calls(FileOperation::kWrite), 3);

  files.fail(FileOperation::kReadAt, 1, ErrorCode::kUnavailable);
  EXPECT_THAT(read_file(files, "a", 10, patiently()), FailsWith(ErrorCode::kUnavailable));
  const auto read = read_file(files, "a", 10, patiently());
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(*read, "1");
}

TEST(FaultyFileStore, LosesAnswersWithAndWithoutEffect) {
  const auto memory = make_memory_file_store();
  FaultyFileStore files(*memory);
  files.lose_answer_of_publish(1);
  const auto happened = publish_file(files, "a", "1", patiently());
  ASSERT_THAT(happened, Succeeds());
  EXPECT_EQ(*happened, PublishOutcome::kUnknown);
  EXPECT_THAT(files.stat("a", patiently()), Succeeds());

  files.lose_publish(1);
  const auto lost = publish_file(files, "b", "1", patiently());
  ASSERT_THAT(lost, Succeeds());
  EXPECT_EQ(*lost, PublishOutcome::kUnknown);
  EXPECT_THAT(files.stat("b", patiently()), FailsWith(ErrorCode::kAbsent));
}

}  // namespace
}  // namespace punnet
