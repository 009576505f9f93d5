#include "json/json_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <limits>

namespace punnet {
namespace {

namespace json = boost::json;

TEST(JsonText, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(json_text(0.281), "0.281");
  EXPECT_EQ(json_text(0.3), "0.3");
  EXPECT_EQ(json_text(1.0), "1.0");
  EXPECT_EQ(json_text(-2.0), "-2.0");
  EXPECT_EQ(json_text(0.0), "0.0");
  EXPECT_EQ(json_text(7), "7");
  EXPECT_EQ(json_text(json::value(std::uint64_t{1} << 63U)), "9223372036854775808");
}

TEST(JsonText, HasNoWordForWhatIsNoNumber) {
  EXPECT_EQ(json_text(std::nan("")), "null");
  EXPECT_EQ(json_text(std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonText, GivesBackTheSameValue) {
  const json::value value{{"a \"quoted\" name", {1.5, 1e-300, 6.544e10, 1e22, 123456789.25}},
                          {"nothing", nullptr},
                          {"empty", json::object{}},
                          {"none", json::array{}},
                          {"deep", {{"truth", true}, {"text", "z\n\x01"}, {"list", {{1}, {2.0}}}}}};
  const auto text = json_text(value);
  EXPECT_EQ(json::parse(text), value) << text;
  EXPECT_TRUE(json::parse(text).at("deep").at("list").as_array()[1].as_array()[0].is_double());
}

}  // namespace
}  // namespace punnet
