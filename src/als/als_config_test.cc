#include "als/als_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace punnet {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string complaint(const AlsConfig& config) {
  const auto valid = validate(config);
  if (valid) return "";
  EXPECT_EQ(valid.error().code, ErrorCode::kInvalid);
  return valid.error().message;
}

TEST(AlsConfig, DefaultsAreValid) { EXPECT_EQ(complaint({}), ""); }

TEST(AlsConfig, BoundsAreInclusive) {
  EXPECT_EQ(complaint({.rank = 1}), "");
  EXPECT_EQ(complaint({.rank = 1024}), "");
  EXPECT_EQ(complaint({.iterations = 1}), "");
  EXPECT_EQ(complaint({.regularization = 0}), "");
  EXPECT_EQ(complaint({.alpha = 0}), "");
}

TEST(AlsConfig, ComplaintsNameTheOptionAndTheValue) {
  EXPECT_THAT(complaint({.rank = 0}), AllOf(HasSubstr("rank"), HasSubstr("1024"), HasSubstr("0")));
  EXPECT_THAT(complaint({.rank = 1025}), AllOf(HasSubstr("rank"), HasSubstr("1025")));
  EXPECT_THAT(complaint({.iterations = 0}), HasSubstr("iterations"));
  EXPECT_THAT(complaint({.regularization = -0.5}),
              AllOf(HasSubstr("regularization"), HasSubstr("-0.5")));
  EXPECT_THAT(complaint({.alpha = -1}), HasSubstr("alpha"));
  EXPECT_THAT(complaint({.unobserved_weight = -1}), HasSubstr("unobserved_weight"));
  EXPECT_THAT(complaint({.nu = -1}), HasSubstr("nu"));
  EXPECT_THAT(complaint({.cg_steps = 0}), HasSubstr("cg_steps"));
  EXPECT_THAT(complaint({.tolerance = -1e-9}), HasSubstr("tolerance"));
  EXPECT_THAT(complaint({.threads = 0}), HasSubstr("threads"));
}

TEST(AlsConfig, NumbersMustBeFinite) {
  EXPECT_THAT(complaint({.regularization = std::numeric_limits<double>::quiet_NaN()}),
              HasSubstr("regularization"));
  EXPECT_THAT(complaint({.alpha = std::numeric_limits<double>::infinity()}), HasSubstr("alpha"));
}

}  // namespace
}  // namespace punnet
