#include "spark/text_parts.h"

#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/util/compression.h>

#include <cstdint>
#include <memory>

#include "parquet/arrow_files.h"

namespace punnet {
namespace {

/// Told by the first bytes, as names are a writer's taste.
arrow::Compression::type compression_of(std::string_view bytes) {
  // Arrow's gzip takes zlib's framing too, which Hadoop writes by default.
  if (bytes.starts_with("\x1f\x8b") || bytes.starts_with("\x78")) return arrow::Compression::GZIP;
  if (bytes.starts_with("BZh")) return arrow::Compression::BZ2;
  if (bytes.starts_with("\x28\xb5\x2f\xfd")) return arrow::Compression::ZSTD;
  return arrow::Compression::UNCOMPRESSED;
}

arrow::Result<std::string> decompress(const std::string& bytes, arrow::Compression::type type,
                                      std::size_t limit_bytes) {
  ARROW_ASSIGN_OR_RAISE(const auto codec, arrow::util::Codec::Create(type));
  ARROW_ASSIGN_OR_RAISE(
      const auto stream,
      arrow::io::CompressedInputStream::Make(codec.get(), std::make_shared<arrow::io::BufferReader>(
                                                              arrow::Buffer::FromString(bytes))));
  std::string text(limit_bytes, '\0');
  ARROW_ASSIGN_OR_RAISE(const auto size,
                        stream->Read(static_cast<std::int64_t>(limit_bytes), text.data()));
  text.resize(static_cast<std::size_t>(size));
  if (text.size() < limit_bytes) return text;
  return to_arrow(
      {ErrorCode::kExhausted, "the text is longer than " + std::to_string(limit_bytes) + " bytes"});
}

std::string_view first_line(std::string_view text) {
  const auto begin = text.find_first_not_of("\r\n");
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace

Result<TextLine> read_first_line(FileStore& files, std::string_view directory,
                                 std::size_t limit_bytes, const CallContext& call) {
  PUNNET_TRY(const auto listed, files.list(directory, call));
  const auto prefix = std::string(directory) + "/part-";
  for (const auto& info : listed) {
    if (!info.path.starts_with(prefix)) continue;
    PUNNET_TRY(auto text, read_file(files, info.path, limit_bytes, call));
    const auto location = files.location(info.path);
    const auto compression = compression_of(text);
    if (compression != arrow::Compression::UNCOMPRESSED) {
      auto plain = decompress(text, compression, limit_bytes);
      if (!plain.ok()) return to_error(plain.status(), location);
      text = *std::move(plain);
    }
    const auto line = first_line(text);
    if (!line.empty()) return TextLine{std::string(line), location};
  }
  if (listed.empty()) {
    return Error{ErrorCode::kAbsent, files.location(directory) + " has no file part-*"};
  }
  return Error{ErrorCode::kCorrupt,
               files.location(directory) + " holds no text: no line in any file part-*"};
}

}  // namespace punnet
