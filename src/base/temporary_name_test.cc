#include "base/temporary_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace punnet {
namespace {

TEST(TemporaryName, IsHiddenAndNewEachTime) {
  const auto name = temporary_name("part-0.parquet");
  EXPECT_THAT(name, testing::StartsWith(".part-0.parquet."));
  EXPECT_NE(name, temporary_name("part-0.parquet"));
}

TEST(TemporaryName, IsRecognised) {
  EXPECT_TRUE(is_temporary_name(temporary_name("a")));
  EXPECT_TRUE(is_temporary_name(temporary_name(".hidden.tmp")));
  for (const auto* const other :
       {"", ".", "a", ".tmp", ".a.tmp", "a.0f8fad5b-d9cb-469f-a165-70867728950e.tmp",
        ".a.0f8fad5b-d9cb-469f-a165-70867728950e", ".a.0f8fad5b-d9cb-469f-a165-7086772895.tmp",
        ".a.0F8FAD5B-d9cb-469f-a165-70867728950e.tmp",
        ".0f8fad5b-d9cb-469f-a165-70867728950e.tmp"}) {
    EXPECT_FALSE(is_temporary_name(other)) << other;
  }
}

}  // namespace
}  // namespace punnet
