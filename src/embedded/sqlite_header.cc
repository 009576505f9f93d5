#include "embedded/sqlite_header.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include "embedded/posix.h"

namespace punnet {
namespace {

// https://www.sqlite.org/fileformat2.html#the_database_header
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kVersionPosition = 60;
constexpr std::size_t kApplicationIdPosition = 68;

using Header = std::array<char, 100>;

/// Reads the header; the value is the number of bytes there were.
Result<std::size_t> read_header(const std::string& path, Header& header) {
  const auto fd = open_file(path, O_RDONLY | O_NONBLOCK);
  if (!fd) {
    if (errno == ENOENT) return std::size_t{0};
    return system_error(errno, "open", path);
  }
  std::size_t done = 0;
  while (done < header.size()) {
    const auto got = ::read(fd.get(), header.data() + done, header.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, "read", path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::int32_t big_endian(const Header& header, std::size_t position) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8U | static_cast<unsigned char>(header[position + i]);
  }
  return static_cast<std::int32_t>(value);
}

std::string elsewhere(const SqliteKind& kind) {
  return "it was left as it is: choose another path in " + std::string(kind.option);
}

Result<SqliteFile> judge(const std::string& path, const SqliteKind& kind) {
  Header header{};
  PUNNET_TRY(const auto size, read_header(path, header));
  if (size == 0) return SqliteFile::kNone;
  if (size < header.size() || std::string_view(header.data(), kMagic.size()) != kMagic) {
    return Error{ErrorCode::kCorrupt, path + " is not a SQLite database; " + elsewhere(kind)};
  }
  PUNNET_CHECK(check_marks(path, kind, big_endian(header, kApplicationIdPosition),
                           big_endian(header, kVersionPosition)));
  return SqliteFile::kOurs;
}

}  // namespace

Result<SqliteFile> look_at_sqlite_file(const std::string& path, const SqliteKind& kind) {
  auto first = judge(path, kind);
  const bool is_readable = first || first.error().code == ErrorCode::kInvalid ||
                           first.error().code == ErrorCode::kCorrupt;
  if (!is_readable) return first;
  // Somebody is creating it right now, or died while doing so: what the journal holds is then taken
  // back, and with it the marks that stand in the file.
  if (::access((path + "-journal").c_str(), F_OK) == 0) return SqliteFile::kUnsure;
  // Between two looks a creation has begun or ended.
  return first ? first : judge(path, kind);
}

Status check_marks(const std::string& path, const SqliteKind& kind, std::int64_t application_id,
                   std::int64_t version) {
  if (application_id != kind.application_id) {
    const bool sibling = application_id >> 16 == kind.application_id >> 16;
    return Error{ErrorCode::kInvalid,
                 path +
                     (sibling ? " is a database of punnet, but not " + std::string(kind.name)
                              : " is a SQLite database of another program") +
                     "; " + elsewhere(kind)};
  }
  if (version != kind.version) {
    return Error{ErrorCode::kInvalid,
                 path + " was written by " + (version > kind.version ? "a newer" : "another") +
                     " punnet (format " + std::to_string(version) + ", this one knows " +
                     std::to_string(kind.version) + "); " + elsewhere(kind)};
  }
  return ok();
}

}  // namespace punnet
