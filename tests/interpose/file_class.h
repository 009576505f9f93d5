#pragma once

#include <string>
#include <string_view>

namespace punnet::interpose {

/// What a file of a shop is, in one word for the names of points: "log-entry", "events-wal". Empty
/// for what no promise rests on, such as SQLite's shared memory. `path` is below the shop.
///
/// Whoever writes a file under a temporary name writes what it is to become; only its removal is
/// something of its own, see temporary_suffix.
std::string file_class(std::string_view path);

/// The same for a directory: "log-directory".
std::string directory_class(std::string_view path);

/// "-temporary" for the hidden name under which a file is written, else empty.
std::string_view temporary_suffix(std::string_view path);

}  // namespace punnet::interpose
