#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace punnet {

/// Turns SIGINT and SIGTERM into a stop request for as long as it lives; another signal, half a
/// second later or more, ends the process at once. SIGPIPE is ignored. Make one, before any other
/// thread is started.
class SignalWatch {
 public:
  explicit SignalWatch(std::stop_source stop);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// The first signal that came, or 0.
  int received() const { return received_; }

 private:
  void watch();

  std::stop_source stop_;
  int signals_ = -1;  // signalfd
  int ended_ = -1;    // eventfd
  std::atomic<int> received_ = 0;
  std::thread thread_;
};

}  // namespace punnet
