#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace punnet {

/// What happens, once, to the next request that contains a given word.
enum class Loss : std::uint8_t {
  kNone,
  kRequest,     ///< it never arrives, and the connection ends
  kAnswer,      ///< it arrives, and the connection ends instead of the answer
  kConnection,  ///< it arrives, and nothing more is heard
};

/// Stands between a client and a server of this machine, and passes on what it does not lose.
class LossyProxy {
 public:
  /// `server` is "127.0.0.1:PORT".
  explicit LossyProxy(const std::string& server)
      : server_(address(
            static_cast<std::uint16_t>(std::atoi(server.substr(server.rfind(':') + 1).c_str())))) {
    auto own = address(0);
    socklen_t length = sizeof own;
    EXPECT_EQ(::bind(listener_, generic(own), length), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    EXPECT_EQ(::getsockname(listener_, generic(own), &length), 0);
    port_ = ntohs(own.sin_port);
    acceptor_ = std::jthread([this](const std::stop_token& stop) { accept(stop); });
  }

  ~LossyProxy() {
    acceptor_.request_stop();
    acceptor_.join();
    connections_.clear();
    ::close(listener_);
  }
  LossyProxy(const LossyProxy&) = delete;
  LossyProxy& operator=(const LossyProxy&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  void lose(Loss loss, std::string word) {
    const std::lock_guard lock(mutex_);
    loss_ = loss;
    word_ = std::move(word);
  }

  bool has_lost() const { return has_lost_; }

 private:
  static constexpr int kTurnMilliseconds = 20;

  static sockaddr_in address(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }
  static sockaddr* generic(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }
  static int new_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

  void accept(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd wanted{listener_, POLLIN, 0};
      if (::poll(&wanted, 1, kTurnMilliseconds) != 1) continue;
      const int client = ::accept(listener_, nullptr, nullptr);
      connections_.emplace_back(
          [this, client](const std::stop_token& ended) { carry(client, ended); });
    }
  }

  /// The loss that this request meets.
  Loss loss_of(std::string_view request) {
    const std::lock_guard lock(mutex_);
    if (loss_ == Loss::kNone || request.find(word_) == request.npos) return Loss::kNone;
    has_lost_ = true;
    return std::exchange(loss_, Loss::kNone);
  }

  void carry(int client, const std::stop_token& stop) {
    const int server = new_socket();
    auto there = server_;
    auto loss = Loss::kNone;
    bool open = ::connect(server, generic(there), sizeof there) == 0;
    std::array<char, 1U << 16U> bytes{};
    while (open && !stop.stop_requested()) {
      std::array<pollfd, 2> wanted{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
      if (::poll(wanted.data(), wanted.size(), kTurnMilliseconds) <= 0) continue;
      for (std::size_t side = 0; open && side < 2; ++side) {
        if (wanted.at(side).revents == 0) continue;
        const auto got = ::recv(wanted.at(side).fd, bytes.data(), bytes.size(), 0);
        if (got <= 0) {
          open = false;
          break;
        }
        const std::string_view part(bytes.data(), static_cast<std::size_t>(got));
        if (side == 0 && loss == Loss::kNone) loss = loss_of(part);
        if (loss == Loss::kRequest || (loss == Loss::kAnswer && side == 1)) {
          open = false;
        } else if (loss != Loss::kConnection || side == 0) {
          open = ::send(wanted.at(1 - side).fd, part.data(), part.size(), MSG_NOSIGNAL) == got;
        }
      }
    }
    ::close(client);
    ::close(server);
  }

  const sockaddr_in server_;
  const int listener_ = new_socket();
  std::uint16_t port_ = 0;

  std::mutex mutex_;
  Loss loss_ = Loss::kNone;  // guarded by mutex_
  std::string word_;         // guarded by mutex_
  std::atomic<bool> has_lost_{false};

  std::vector<std::jthread> connections_;  // the acceptor's, until it has ended
  std::jthread acceptor_;
};

}  // namespace punnet
