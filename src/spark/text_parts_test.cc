#include "spark/text_parts.h"

#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/memory.h>
#include <arrow/result.h>
#include <arrow/util/compression.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embedded/memory_file_store.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

std::string compressed(const std::string& text, arrow::Compression::type type) {
  const auto codec = arrow::util::Codec::Create(type).ValueOrDie();
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto stream = arrow::io::CompressedOutputStream::Make(codec.get(), sink).ValueOrDie();
  EXPECT_TRUE(stream->Write(text).ok());
  EXPECT_TRUE(stream->Close().ok());
  return sink->Finish().ValueOrDie()->ToString();
}

class TextParts : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& content) {
    ASSERT_THAT(replace_file(*files_, path, content, patiently()), Succeeds());
  }
  Result<TextLine> read(std::size_t limit_bytes = 1000) {
    return read_first_line(*files_, "t", limit_bytes, patiently());
  }

  const std::unique_ptr<FileStore> files_ = make_memory_file_store();
};

TEST_F(TextParts, FindsTheLineWhateverPartHoldsIt) {
  put("t/_SUCCESS", "");
  put("t/part-00000", "");
  put("t/part-00001", "\n");
  put("t/part-00002-3b1c-c000.txt", "\r\nthe line\r\nanother\n");
  put("t/part-00003", "later");
  const auto line = read();
  ASSERT_THAT(line, Succeeds());
  EXPECT_EQ(line->text, "the line");
  EXPECT_THAT(line->location, testing::HasSubstr("t/part-00002-3b1c-c000.txt"));
}

TEST_F(TextParts, ReadsCompressedParts) {
  put("t/part-00000.gz", compressed("", arrow::Compression::GZIP));
  for (const auto type :
       {arrow::Compression::GZIP, arrow::Compression::BZ2, arrow::Compression::ZSTD}) {
    put("t/part-00001.x", compressed("the line\n", type));
    const auto line = read();
    ASSERT_THAT(line, Succeeds()) << static_cast<int>(type);
    EXPECT_EQ(line->text, "the line");
  }
}

TEST_F(TextParts, TellsNothingThereFromNothingInIt) {
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kAbsent, "has no file part-*"));
  put("t/_SUCCESS", "");
  put("t/other", "the line\n");
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kCorrupt, "part-*"));
}

TEST_F(TextParts, NoticesDamageAndStaysWithinItsMemory) {
  auto bytes = compressed(std::string(5000, 'x'), arrow::Compression::GZIP);
  put("t/part-00000.gz", bytes);
  EXPECT_THAT(read(), FailsWith(ErrorCode::kExhausted));
  bytes[5] = static_cast<char>(bytes[5] ^ 8);
  bytes[12] = static_cast<char>(bytes[12] ^ 0x55);
  put("t/part-00000.gz", bytes);
  EXPECT_THAT(read(10'000), FailsSaying(ErrorCode::kCorrupt, "part-00000.gz"));
}

}  // namespace
}  // namespace punnet
