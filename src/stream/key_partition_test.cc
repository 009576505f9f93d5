#include "stream/key_partition.h"

#include <gtest/gtest.h>

namespace punnet {
namespace {

// The values of Kafka's own test of its Java client.
TEST(KeyPartition, HashesAsTheJavaClient) {
  const auto java = [](std::string_view text) { return static_cast<std::int32_t>(murmur2(text)); };
  EXPECT_EQ(java("21"), -973932308);
  EXPECT_EQ(java("foobar"), -790332482);
  EXPECT_EQ(java("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(java("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(java("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(java("abc"), 479470107);
}

TEST(KeyPartition, IsNeverNegative) {
  EXPECT_EQ(partition_of_key("21", 10), (-973932308 & 0x7fffffff) % 10);
  EXPECT_EQ(partition_of_key("anything", 1), 0);
}

}  // namespace
}  // namespace punnet
