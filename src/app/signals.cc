#include "app/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace punnet {
namespace {

/// One press or one `timeout` may send the same signal to the process and to its group.
constexpr std::chrono::milliseconds kEchoTime{500};

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

SignalWatch::SignalWatch(std::stop_source stop) : stop_(std::move(stop)) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto set = watched_signals();
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  ended_ = ::eventfd(0, EFD_CLOEXEC);
  // Without descriptors the signals keep their usual, deadly effect.
  if (signals_ < 0 || ended_ < 0) return;
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { watch(); });
}

SignalWatch::~SignalWatch() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    if (::write(ended_, &one, sizeof one) == sizeof one) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }
  if (signals_ >= 0) ::close(signals_);
  if (ended_ >= 0) ::close(ended_);
}

void SignalWatch::watch() {
  std::chrono::steady_clock::time_point first;
  while (true) {
    std::array<pollfd, 2> wanted{{{signals_, POLLIN, 0}, {ended_, POLLIN, 0}}};
    if (::poll(wanted.data(), wanted.size(), -1) < 0) continue;
    if (wanted[1].revents != 0) return;
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) continue;
    const int number = static_cast<int>(info.ssi_signo);
    const auto now = std::chrono::steady_clock::now();
    if (received_ != 0) {
      if (now - first < kEchoTime) continue;
      std::_Exit(128 + number);
    }
    first = now;
    received_ = number;
    stop_.request_stop();
  }
}

}  // namespace punnet
