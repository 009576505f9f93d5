#include "spark/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <optional>

namespace punnet {
namespace {

constexpr int kTurnMilliseconds = 100;
constexpr std::size_t kLineLimitBytes = std::size_t{64} << 10;

/// A pipe from the program; both ends close with it.
class OutputPipe {
 public:
  OutputPipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;
  ~OutputPipe() {
    for (const int end : ends_) {
      if (end >= 0) ::close(end);
    }
  }

  bool open() const { return ends_[0] >= 0; }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_write_end() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// Cuts what arrives into lines; a line that never ends is cut too.
class LineCutter {
 public:
  explicit LineCutter(const LineHandler& on_line) : on_line_(on_line) {}

  void take(std::string_view bytes) {
    rest_ += bytes;
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      give(std::string_view(rest_).substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > kLineLimitBytes) finish();
  }

  void finish() {
    if (!rest_.empty()) give(rest_);
    rest_.clear();
  }

 private:
  void give(std::string_view line) const {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (on_line_) on_line_(line);
  }

  const LineHandler& on_line_;
  std::string rest_;
};

/// Starts the program as the first of a process group of its own, so that all it starts can be
/// ended with it and a Ctrl-C at the terminal reaches it through us alone.
Result<pid_t> start(const std::vector<std::string>& command, int output) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);

  // We block or ignore these; the program must not inherit that.
  sigset_t none;
  sigemptyset(&none);
  sigset_t usual;
  sigemptyset(&usual);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&usual, signal);
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  posix_spawnattr_setflags(&how,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&how, 0);
  posix_spawnattr_setsigmask(&how, &none);
  posix_spawnattr_setsigdefault(&how, &usual);

  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0], &files, &how, arguments.data(), environ);
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  if (failed == 0) return child;
  return Error{ErrorCode::kUnavailable,
               "cannot start " + command[0] + ": " + std::strerror(failed)};
}

/// A running program. One that is given up is killed with all it started.
class Program {
 public:
  explicit Program(pid_t child) : child_(child) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (status_) return;
    signal_all(SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  void signal_all(int signal) const { ::kill(-child_, signal); }

  /// The exit status once the program has ended.
  std::optional<int> poll() {
    int state = 0;
    if (!status_ && ::waitpid(child_, &state, WNOHANG) == child_) {
      status_ = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
    }
    return status_;
  }

 private:
  const pid_t child_;
  std::optional<int> status_;
};

/// Waits a turn for output and passes it on. False when there was none, or will be none.
bool take_output(int from, LineCutter& lines, int wait_milliseconds) {
  pollfd wanted{from, POLLIN, 0};
  if (::poll(&wanted, 1, wait_milliseconds) <= 0) return false;
  std::array<char, 1U << 14U> buffer{};
  const auto got = ::read(from, buffer.data(), buffer.size());
  if (got <= 0) return false;
  lines.take({buffer.data(), static_cast<std::size_t>(got)});
  return true;
}

}  // namespace

Result<int> run_program(const std::vector<std::string>& command, const LineHandler& on_line,
                        const CallContext& call, std::chrono::milliseconds grace) {
  using Clock = std::chrono::steady_clock;
  PUNNET_CHECK(call.check("running " + command.at(0)));
  OutputPipe pipe;
  if (!pipe.open()) {
    return Error{ErrorCode::kUnavailable,
                 std::string("cannot make a pipe: ") + std::strerror(errno)};
  }
  PUNNET_TRY(const auto child, start(command, pipe.write_end()));
  pipe.close_write_end();
  Program program(child);
  LineCutter lines(on_line);
  std::optional<Clock::time_point> kill_at;
  Status status = ok();
  while (true) {
    const bool got = take_output(pipe.read_end(), lines, kTurnMilliseconds);
    if (const auto exit_status = program.poll()) {
      while (take_output(pipe.read_end(), lines, 0)) {
      }
      lines.finish();
      if (!status) {
        program.signal_all(SIGKILL);  // whatever it left behind
        return std::move(status).error();
      }
      return *exit_status;
    }
    if (kill_at) {
      if (Clock::now() >= *kill_at) program.signal_all(SIGKILL);
    } else if (status = call.check("running " + command[0]); !status) {
      program.signal_all(SIGTERM);
      kill_at = Clock::now() + grace;
    }
    // Where output has ended but not the program, poll returns at once.
    if (!got) ::poll(nullptr, 0, 5);
  }
}

}  // namespace punnet
