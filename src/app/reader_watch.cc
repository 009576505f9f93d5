#include "app/reader_watch.h"

#include <poll.h>

#include <utility>

namespace punnet {
namespace {

constexpr int kTurnMilliseconds = 100;

void wait_for_reader_to_leave(const std::stop_token& over, int fd, const std::stop_source& stop) {
  while (!over.stop_requested()) {
    pollfd wanted{fd, 0, 0};
    if (::poll(&wanted, 1, kTurnMilliseconds) <= 0) continue;
    if ((wanted.revents & (POLLERR | POLLHUP)) != 0) stop.request_stop();
    return;
  }
}

}  // namespace

ReaderWatch::ReaderWatch(int fd, std::stop_token outer)
    : relay_(std::move(outer), Relay{stop_}),
      watcher_([fd, stop = stop_](const std::stop_token& over) {
        wait_for_reader_to_leave(over, fd, stop);
      }) {}

}  // namespace punnet
