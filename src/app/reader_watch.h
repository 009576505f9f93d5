#pragma once

#include <stop_token>
#include <thread>

namespace punnet {

/// Asks for a stop when the reader of a pipe goes away, which a writer that has nothing to say
/// would not notice; also when `outer` asks for one.
class ReaderWatch {
 public:
  /// `fd` is what the reader reads from; anything but a pipe or socket is never left.
  ReaderWatch(int fd, std::stop_token outer);

  std::stop_token stop() const { return stop_.get_token(); }

 private:
  struct Relay {
    std::stop_source& stop;
    void operator()() const { stop.request_stop(); }
  };

  std::stop_source stop_;
  const std::stop_callback<Relay> relay_;
  const std::jthread watcher_;
};

}  // namespace punnet
