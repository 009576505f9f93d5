#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace punnet {

/// Another process that runs `work` and ends with what it returns, without destroying anything.
class ChildProcess {
 public:
  template <typename Work>
  explicit ChildProcess(const Work& work) : pid_(::fork()) {
    if (pid_ == 0) ::_exit(work());
    if (pid_ < 0) std::abort();
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    if (pid_ > 0) kill();
  }

  /// Waits for the end and gives what `work` returned; -1 when a signal ended it.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }

 private:
  pid_t pid_;
};

}  // namespace punnet
