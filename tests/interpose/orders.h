#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace punnet::interpose {

/// How a call is made to fail.
enum class Failure : std::uint8_t {
  kNone,
  kError,      ///< nothing is done, errno is set
  kShort,      ///< a write takes only a part
  kLostReply,  ///< all is done, and EIO is told
};

/// What this process was told to do, by its environment. Paths are absolute, empty means no.
///
///   PUNNET_INTERPOSE_ROOT    the shop: only files below it are watched
///   PUNNET_INTERPOSE_LIST    a file to which every point that is reached is added, one a line
///   PUNNET_INTERPOSE_CRASH   POINT:N, die without a word at the N-th time of a point
///   PUNNET_INTERPOSE_FAULT   OPERATION:CLASS:N:HOW, the N-th such call fails; CLASS may be "*";
///                            HOW is EIO, ENOSPC, EINTR, EMFILE, short or lost-reply
///   PUNNET_INTERPOSE_FULL    a file: while it exists the disk is full
///   PUNNET_INTERPOSE_RECORD  a file for the trace of all calls, what was written goes to FILE.data
struct Orders {
  std::string root;
  std::string list;
  std::string record;
  std::string full_while;

  std::string crash_point;
  std::int64_t crash_at = 0;

  std::string fault_operation;
  std::string fault_class;
  std::int64_t fault_at = 0;
  Failure failure = Failure::kNone;
  int failure_errno = 0;
};

/// Reads the environment; what cannot be understood ends the process, since a test that is not told
/// proves nothing.
Orders orders_from_environment();

}  // namespace punnet::interpose
