#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "tests/interpose/orders.h"

namespace punnet::interpose {

/// A descriptor below the shop that may be written to, or of a directory.
struct OpenFile {
  std::string path;  ///< below the shop
  std::string kind;  ///< its class
};

/// What this process does to the files of the shop. Every watched call is made with `mutex` held,
/// so that the trace has the order in which things came about.
class Watch {
 public:
  /// Never destroyed: files are closed until the very end of the process.
  static Watch& instance();

  std::mutex& mutex() { return mutex_; }

  /// The path below the shop ("" for the shop itself); absent for everything else.
  std::optional<std::string> below(int directory, const char* path) const;

  const OpenFile* find(int fd) const;
  void opened(int fd, OpenFile file);
  void forget(int fd);

  /// The moment before a call: counts it, lists it, dies there or says how it is to fail.
  Failure before(std::string_view operation, const std::string& kind);
  /// The moment after one that went well.
  void after(std::string_view operation, const std::string& kind);

  int failure_errno() const { return orders_.failure_errno; }

  bool records() const { return trace_ >= 0; }
  /// Adds a line to the trace.
  void record(const std::string& line) const;
  /// Keeps what was written; where it lies in the data.
  std::int64_t record_data(const void* bytes, std::size_t size);

 private:
  Watch();

  void reached(std::string_view moment, std::string_view operation, const std::string& kind);
  bool is_full(std::string_view operation) const;

  const Orders orders_;
  std::mutex mutex_;
  std::map<int, OpenFile> open_;
  std::int64_t crash_seen_ = 0;
  std::int64_t fault_seen_ = 0;
  int list_ = -1;
  int trace_ = -1;
  int data_ = -1;
  std::int64_t data_end_ = 0;
};

}  // namespace punnet::interpose
