#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <vector>

#include "app/item_labels.h"
#include "app/json_object.h"
#include "app/output.h"
#include "app/stream_progress.h"
#include "app/topic_options.h"

namespace punnet {
namespace {

using std::chrono::microseconds;

TEST(JsonObject, KeepsTheOrderAndEscapes) {
  EXPECT_EQ(JsonObject()
                .add("a", 1)
                .add("b\"", "x\ny")
                .add("c", 0.5)
                .add("d", std::nan(""))
                .add("e", true)
                .add_json("f", JsonArray().add_json("1").add_json("2").text())
                .text(),
            R"({"a":1,"b\"":"x\ny","c":0.5,"d":null,"e":true,"f":[1,2]})");
  EXPECT_EQ(JsonObject().text(), "{}");
  EXPECT_EQ(JsonArray().text(), "[]");
}

TEST(ShortDuration, TakesTheUnitThatFits) {
  EXPECT_EQ(short_duration(microseconds{7}), "7 us");
  EXPECT_EQ(short_duration(microseconds{1234}), "1.23 ms");
  EXPECT_EQ(short_duration(microseconds{12345}), "12.3 ms");
  EXPECT_EQ(short_duration(microseconds{2'345'000}), "2.35 s");
}

TEST(Percentile, IsTheNearestRank) {
  std::vector<microseconds> values;
  for (int i = 100; i > 0; --i) values.emplace_back(i);
  EXPECT_EQ(percentile(values, 0.5), microseconds{50});
  EXPECT_EQ(percentile(values, 0.99), microseconds{99});
  EXPECT_EQ(percentile(values, 1.0), microseconds{100});
  EXPECT_EQ(percentile(values, 0.0), microseconds{1});
  EXPECT_EQ(percentile({}, 0.5), microseconds{0});
}

TEST(ParseRate, ReadsRowsPerTime) {
  EXPECT_EQ(parse_rate("500/s"), 500.0);
  EXPECT_EQ(parse_rate("500"), 500.0);
  EXPECT_EQ(parse_rate("30/m"), 0.5);
  for (const auto* text : {"", "fast", "0/s", "-1/s", "5/", "5/h", "inf", "/s"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
}

TEST(ItemLabels, ShowAsMuchAsIsKnown) {
  const ItemLabels labels({{ItemId{1}, "EGGS - X-LARGE"}},
                          {{ItemId{1}, {"GROCERY", "EGGS"}}, {ItemId{2}, {"", "MILK"}}});
  EXPECT_EQ(labels.text(ItemId{1}), "1 EGGS - X-LARGE (GROCERY)");
  EXPECT_EQ(labels.text(ItemId{2}), "2 MILK");
  EXPECT_EQ(labels.text(ItemId{3}), "3");
}

TEST(Output, TellsAReaderThatLeftFromADiskThatIsFull) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  std::FILE* stream = ::fdopen(ends[1], "w");
  int told = 0;
  Output left(stream, [&] { ++told; });
  left.line("a");
  left.line("b");
  EXPECT_TRUE(left.reader_left());
  EXPECT_TRUE(left.finish());
  EXPECT_EQ(told, 1);
  std::fclose(stream);

  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  Output out(full, [&] { ++told; });
  out.line("a");
  EXPECT_FALSE(out.reader_left());
  ASSERT_FALSE(out.finish());
  EXPECT_EQ(out.finish().error().code, ErrorCode::kExhausted);
  EXPECT_EQ(told, 2);
  std::fclose(full);
}

}  // namespace
}  // namespace punnet
