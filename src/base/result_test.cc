#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace punnet {
namespace {

struct Animal {
  virtual ~Animal() = default;
};
struct Cat : Animal {};

const Error kAbsentError{ErrorCode::kAbsent, "there is no cat"};

TEST(Result, HoldsAValue) {
  const Result<std::string> result("cat");
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "cat");
  EXPECT_EQ(result->size(), 3U);
}

TEST(Result, HoldsTheReasonThereIsNone) {
  const Result<std::string> result(kAbsentError);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kAbsent);
  EXPECT_EQ(result.error().message, "there is no cat");
}

TEST(Result, IsMadeOfWhatConvertsToItsValue) {
  const auto cat = []() -> Result<std::unique_ptr<Animal>> { return std::make_unique<Cat>(); };
  EXPECT_TRUE(cat());
  const auto none = []() -> Result<std::optional<int>> { return std::nullopt; };
  ASSERT_TRUE(none());
  EXPECT_EQ(*none(), std::nullopt);
  const auto failed = []() -> Result<std::optional<int>> { return kAbsentError; };
  EXPECT_FALSE(failed());
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const auto value = *std::move(result);
  EXPECT_EQ(*value, 7);
}

TEST(Result, AFalseValueIsStillAValue) {
  const Result<bool> result(false);
  ASSERT_TRUE(result);
  EXPECT_FALSE(*result);
}

TEST(ResultDeathTest, TakingTheValueOfAFailureEndsTheProgram) {
  const Result<int> result(kAbsentError);
  EXPECT_DEATH(static_cast<void>(*result), "there is no cat");
}

Result<int> half(int number) {
  if (number % 2 != 0) return Error{ErrorCode::kInvalid, std::to_string(number) + " is odd"};
  return number / 2;
}

Result<int> quarter(int number) {
  PUNNET_TRY(const int once, half(number));
  PUNNET_TRY(const int twice, half(once));
  return twice;
}

Status check_quarter(int number) {
  PUNNET_CHECK(quarter(number));
  return ok();
}

TEST(Result, TryGoesOnWithTheValueOrReturnsTheError) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(3).error().message, "3 is odd");
  EXPECT_EQ(quarter(6).error().message, "3 is odd");
}

TEST(Result, CheckReturnsTheError) {
  EXPECT_TRUE(check_quarter(4));
  EXPECT_EQ(check_quarter(5).error().message, "5 is odd");
}

}  // namespace
}  // namespace punnet
