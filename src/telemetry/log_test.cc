#include "telemetry/log.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

#include "telemetry/json_text.h"
#include "telemetry/progress_bar.h"

namespace punnet {
namespace {

const Timestamp kNoon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} +
                      std::chrono::hours{12}};

std::string written(LogLevel level, LogFormat format) {
  std::FILE* file = std::tmpfile();
  const ManualClock clock(kNoon);
  Logger log(level, format, file, clock);
  log.debug("stream", "poll");
  log.info("stream", "batch", {{"rows", std::int64_t{100}}, {"topic", std::string("my topic")}});
  log.error("stream", "gone");
  std::rewind(file);
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

TEST(Log, LeavesOutLinesBelowItsLevel) {
  EXPECT_EQ(written(LogLevel::kWarn, LogFormat::kText),
            "2026-03-01T12:00:00Z error stream: gone\n");
  EXPECT_EQ(written(LogLevel::kOff, LogFormat::kText), "");
}

TEST(Log, WritesFieldsBehindTheMessage) {
  EXPECT_EQ(written(LogLevel::kInfo, LogFormat::kText),
            "2026-03-01T12:00:00Z info stream: batch rows=100 topic=\"my topic\"\n"
            "2026-03-01T12:00:00Z error stream: gone\n");
}

TEST(Log, WritesOneJsonObjectALine) {
  EXPECT_EQ(written(LogLevel::kError, LogFormat::kJson),
            "{\"ts\":\"2026-03-01T12:00:00Z\",\"level\":\"error\",\"msg\":\"gone\","
            "\"logger\":\"stream\"}\n");
}

TEST(Log, WritesNoNumberThatJsonDoesNotHave) {
  EXPECT_EQ(format_log_line(LogFormat::kJson, kNoon, LogLevel::kInfo, "a", "b",
                            {{"x", std::nan("")}, {"y", 0.5}}),
            "{\"ts\":\"2026-03-01T12:00:00Z\",\"level\":\"info\",\"msg\":\"b\",\"logger\":\"a\","
            "\"x\":null,\"y\":0.5}");
}

TEST(JsonText, EscapesQuotesAndControlCharacters) {
  EXPECT_EQ(json_quoted("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\u0001\"");
}

TEST(JsonText, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(json_quoted("kä€😀"), "\"kä€😀\"");
  EXPECT_EQ(json_quoted("a\xFF\xC0\xAF"
                        "b"),
            "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(json_quoted("\xE2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(ProgressBar, FillsFromLeftToRight) {
  EXPECT_EQ(progress_text("train", 5, 10, "loss 0.5"),
            "train [###############---------------]  50 % loss 0.5");
  EXPECT_EQ(progress_text("train", 20, 10, ""), "train [##############################] 100 %");
  EXPECT_EQ(progress_text("read", 7, 0, ""), "read 7");
}

TEST(ProgressBar, WritesNothingToAFile) {
  std::FILE* file = std::tmpfile();
  {
    ProgressBar bar("train", 10, file);
    bar.show(5);
  }
  EXPECT_EQ(std::ftell(file), 0);
  std::fclose(file);
}

}  // namespace
}  // namespace punnet
