#include "delta/entry_seal.h"

#include <gtest/gtest.h>

namespace punnet::delta {
namespace {

constexpr char kEntry[] =
    "{\"commitInfo\":{\"timestamp\":1,\"engineInfo\":\"punnet\"}}\n"
    "{\"txn\":{\"appId\":\"a\",\"version\":7}}\n";

TEST(EntrySeal, IsIntactUntilABitFlips) {
  const auto sealed = seal_entry(kEntry, 5);
  EXPECT_EQ(check_seal(sealed, 5), Seal::kIntact);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = sealed;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_NE(check_seal(bad, 5), Seal::kIntact) << at;
    }
    EXPECT_NE(check_seal(std::string_view(sealed).substr(0, at), 5), Seal::kIntact) << at;
  }
}

TEST(EntrySeal, IsBrokenUnderAnotherVersion) {
  EXPECT_EQ(check_seal(seal_entry(kEntry, 5), 6), Seal::kBroken);
}

TEST(EntrySeal, IsRenewed) {
  EXPECT_EQ(seal_entry(seal_entry(kEntry, 5), 6), seal_entry(kEntry, 6));
}

TEST(EntrySeal, LeavesWhatDoesNotBeginWithCommitInfo) {
  constexpr char kForeign[] = "{\"txn\":{\"appId\":\"a\",\"version\":7}}\n";
  EXPECT_EQ(seal_entry(kForeign, 5), kForeign);
  EXPECT_EQ(check_seal(kForeign, 5), Seal::kNone);
  EXPECT_EQ(check_seal("", 5), Seal::kNone);
}

}  // namespace
}  // namespace punnet::delta
