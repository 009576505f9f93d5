#include "base/random_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace punnet {
namespace {

TEST(RandomId, IsAUuidOfVersion4) {
  for (int i = 0; i < 100; ++i) {
    const auto id = random_id();
    ASSERT_EQ(id.size(), 36U);
    for (std::size_t at = 0; at < id.size(); ++at) {
      const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      EXPECT_EQ(id[at] == '-', dash) << id;
      if (dash) continue;
      EXPECT_NE(std::string("0123456789abcdef").find(id[at]), std::string::npos) << id;
    }
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
  }
}

TEST(RandomId, IsNeverGivenTwice) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(random_id());
  EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace punnet
