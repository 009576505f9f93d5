#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace punnet {
namespace {

constexpr ErrorCode kAll[] = {
    ErrorCode::kInvalid,        ErrorCode::kAbsent,      ErrorCode::kExists,
    ErrorCode::kDenied,         ErrorCode::kUnavailable, ErrorCode::kTimeout,
    ErrorCode::kUnknownOutcome, ErrorCode::kExhausted,   ErrorCode::kCorrupt,
    ErrorCode::kCancelled,      ErrorCode::kInternal};

TEST(ErrorCode, EveryCodeHasAName) {
  std::set<std::string_view> names;
  for (const auto code : kAll) {
    EXPECT_EQ(traits(code).code, code);
    EXPECT_FALSE(traits(code).name.empty());
    names.insert(traits(code).name);
  }
  EXPECT_EQ(names.size(), std::size(kAll));
}

TEST(ErrorCode, OnlyWhatChangedNothingAndMayPassIsTriedAgain) {
  for (const auto code : kAll) {
    EXPECT_EQ(is_retriable(code), code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout)
        << traits(code).name;
  }
}

TEST(ErrorCode, ExitCodesAreThoseOfSysexits) {
  EXPECT_EQ(traits(ErrorCode::kInvalid).exit_code, 65);
  EXPECT_EQ(traits(ErrorCode::kCorrupt).exit_code, 65);
  EXPECT_EQ(traits(ErrorCode::kDenied).exit_code, 69);
  EXPECT_EQ(traits(ErrorCode::kUnavailable).exit_code, 69);
  EXPECT_EQ(traits(ErrorCode::kTimeout).exit_code, 75);
  EXPECT_EQ(traits(ErrorCode::kCancelled).exit_code, 130);
  for (const auto code : kAll) EXPECT_NE(traits(code).exit_code, 0) << traits(code).name;
}

TEST(Error, ContextComesFirst) {
  const auto error = with_context({ErrorCode::kCorrupt, "line 3: no number"}, "purchases.csv");
  EXPECT_EQ(error.code, ErrorCode::kCorrupt);
  EXPECT_EQ(error.message, "purchases.csv: line 3: no number");
}

}  // namespace
}  // namespace punnet
