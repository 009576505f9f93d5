#include "base/java_number.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

namespace punnet {
namespace {

std::string as_float(float value) {
  std::string text;
  append_java_float(text, value);
  return text;
}

std::string as_double(double value) {
  std::string text;
  append_java_double(text, value);
  return text;
}

// The right-hand sides are what the JDK (19 and later) prints.
TEST(JavaNumber, FloatsPrintAsFloatToString) {
  const std::pair<float, const char*> expected[] = {{4.99F, "4.99"},
                                                    {3.0F, "3.0"},
                                                    {0.0F, "0.0"},
                                                    {-0.0F, "-0.0"},
                                                    {0.1F, "0.1"},
                                                    {0.001F, "0.001"},
                                                    {0.00099F, "9.9E-4"},
                                                    {1.0E7F, "1.0E7"},
                                                    {9999999.0F, "9999999.0"},
                                                    {1.2345678E7F, "1.2345678E7"},
                                                    {100.0F, "100.0"},
                                                    {123456.7F, "123456.7"},
                                                    {-2.5F, "-2.5"},
                                                    {1.0E10F, "1.0E10"},
                                                    {3.4028235E38F, "3.4028235E38"},
                                                    {1.4E-45F, "1.4E-45"}};
  for (const auto& [value, text] : expected) {
    EXPECT_EQ(as_float(value), text);
  }
}

TEST(JavaNumber, DoublesPrintAsDoubleToString) {
  EXPECT_EQ(as_double(0.1175), "0.1175");
  EXPECT_EQ(as_double(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(as_double(1.0E7), "1.0E7");
  EXPECT_EQ(as_double(1.0E-3), "0.001");
  EXPECT_EQ(as_double(1.234E-4), "1.234E-4");
  EXPECT_EQ(as_double(1234567.0), "1234567.0");
  EXPECT_EQ(as_double(2.0E-3), "0.002");
  EXPECT_EQ(as_double(2.0E23), "2.0E23");
  EXPECT_EQ(as_double(5.0E-324), "4.9E-324");
}

TEST(JavaNumber, NamesWhatIsNoNumber) {
  EXPECT_EQ(as_float(std::numeric_limits<float>::quiet_NaN()), "NaN");
  EXPECT_EQ(as_float(std::numeric_limits<float>::infinity()), "Infinity");
  EXPECT_EQ(as_double(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(JavaNumber, Appends) {
  std::string text = "sales_value=";
  append_java_float(text, 4.99F);
  EXPECT_EQ(text, "sales_value=4.99");
}

RC_GTEST_PROP(JavaNumber, EveryFloatReadsBackAsItself, (std::uint32_t bits)) {
  const auto value = std::bit_cast<float>(bits);
  RC_PRE(std::isfinite(value));
  const auto text = as_float(value);
  RC_ASSERT(std::strtof(text.c_str(), nullptr) == value);
  RC_ASSERT(text.find('.') != text.npos);
}

RC_GTEST_PROP(JavaNumber, EveryDoubleReadsBackAsItself, (std::uint64_t bits)) {
  const auto value = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(value));
  RC_ASSERT(std::strtod(as_double(value).c_str(), nullptr) == value);
}

}  // namespace
}  // namespace punnet
