#include "stream/read_through_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace punnet {
namespace {

using Cache = ReadThroughCache<int, std::string>;
using Found = std::unordered_map<int, std::string>;

std::size_t string_bytes(const std::string& text) { return text.size(); }

/// Knows even numbers.
struct Store {
  std::vector<std::vector<int>> asked;

  Result<Found> operator()(std::span<const int> missing) {
    asked.emplace_back(missing.begin(), missing.end());
    Found found;
    for (const int key : missing) {
      if (key % 2 == 0) found[key] = std::to_string(key);
    }
    return found;
  }
};

TEST(ReadThroughCache, AsksForWhatIsMissingInOneCall) {
  Cache cache(1 << 20, string_bytes);
  Store store;
  ASSERT_TRUE(cache.fetch(std::vector{1, 2, 3}, store));
  ASSERT_TRUE(cache.fetch(std::vector{2, 3, 4}, store));
  EXPECT_EQ(store.asked, (std::vector<std::vector<int>>{{1, 2, 3}, {4}}));
  EXPECT_EQ(cache.looked_up(), 4);
  EXPECT_EQ(*cache.find(2), "2");
  EXPECT_EQ(cache.find(3), nullptr);
}

TEST(ReadThroughCache, LearnsNothingFromAFailure) {
  Cache cache(1 << 20, string_bytes);
  const auto down = [](std::span<const int>) -> Result<Found> {
    return Error{ErrorCode::kUnavailable, "down"};
  };
  EXPECT_FALSE(cache.fetch(std::vector{2}, down));
  Store store;
  ASSERT_TRUE(cache.fetch(std::vector{2}, store));
  EXPECT_EQ(*cache.find(2), "2");
}

RC_GTEST_PROP(ReadThroughCache, AnswersAsTheStoreWithinItsBytes,
              (std::vector<std::vector<int>> rounds)) {
  constexpr std::size_t kLimit = 2'000;
  Cache cache(kLimit, string_bytes);
  Store store;
  for (const auto& keys : rounds) {
    RC_ASSERT(bool(cache.fetch(keys, store)));
    for (const int key : keys) {
      const auto* held = cache.find(key);
      RC_ASSERT((held != nullptr) == (key % 2 == 0));
      if (held != nullptr) RC_ASSERT(*held == std::to_string(key));
    }
    // The keys just asked for may alone be beyond the limit.
    RC_ASSERT(cache.bytes() <= kLimit + keys.size() * 200);
  }
  cache.clear();
  RC_ASSERT(cache.bytes() == 0U);
}

}  // namespace
}  // namespace punnet
