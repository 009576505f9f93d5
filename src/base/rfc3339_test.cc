#include "base/rfc3339.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>

namespace punnet {
namespace {

using std::chrono::microseconds;

Timestamp at(std::int64_t micros) { return Timestamp{microseconds{micros}}; }

TEST(Rfc3339, FormatsInUtc) {
  EXPECT_EQ(format_rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(at(1'483'271'606'000'000)), "2017-01-01T11:53:26Z");
  EXPECT_EQ(format_rfc3339(at(1'483'271'606'000'001)), "2017-01-01T11:53:26.000001Z");
  EXPECT_EQ(format_rfc3339(at(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, ReadsAnyOffset) {
  const auto expected = at(1'483'271'606'000'000);
  EXPECT_EQ(parse_rfc3339("2017-01-01T11:53:26Z"), expected);
  EXPECT_EQ(parse_rfc3339("2017-01-01t11:53:26z"), expected);
  EXPECT_EQ(parse_rfc3339("2017-01-01T13:53:26+02:00"), expected);
  EXPECT_EQ(parse_rfc3339("2017-01-01T06:23:26-05:30"), expected);
  EXPECT_EQ(parse_rfc3339("2017-01-02T00:53:26+13:00"), expected);
}

TEST(Rfc3339, ReadsFractions) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.5Z"), at(500'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.000001Z"), at(1));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.000001999Z"), at(1)) << "cut off, not rounded";
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.1234567890Z"), std::nullopt);
}

TEST(Rfc3339, KnowsTheCalendar) {
  EXPECT_TRUE(parse_rfc3339("2016-02-29T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("2017-02-29T00:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("2017-04-31T00:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("2017-13-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("2017-00-01T00:00:00Z"), std::nullopt);
}

TEST(Rfc3339, AnythingElseIsAbsent) {
  for (const auto* const text :
       {"", "2017-01-01", "2017-01-01T11:53:26", "2017-01-01 11:53:26Z", "2017-01-01T24:00:00Z",
        "2017-01-01T11:60:00Z", "2017-01-01T11:53:60Z", "2017-1-1T11:53:26Z",
        "2017-01-01T11:53:26.Z", "2017-01-01T11:53:26+0200", "2017-01-01T11:53:26+24:00",
        "2017-01-01T11:53:26Zx", " 2017-01-01T11:53:26Z", "-017-01-01T11:53:26Z",
        "2017-01-01T11:53:26+02"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(Rfc3339, ReadsWhatItFormats, ()) {
  // From year 0000 to the end of 9999.
  const auto time =
      at(*rc::gen::inRange<std::int64_t>(-62'167'219'200'000'000, 253'402'300'800'000'000));
  RC_ASSERT(parse_rfc3339(format_rfc3339(time)) == time);
}

}  // namespace
}  // namespace punnet
