#include "kafka/offset_continuity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace punnet {
namespace {

using Verdict = OffsetContinuity::Verdict;

TEST(OffsetContinuity, PassesWhatComesNext) {
  OffsetContinuity continuity;
  continuity.start_at(7);
  EXPECT_EQ(continuity.judge(7), Verdict::kNext);
  continuity.pass_event(7);
  EXPECT_EQ(continuity.judge(7), Verdict::kRepeated);
  EXPECT_EQ(continuity.judge(8), Verdict::kNext) << "an end without a hole before it";
}

/// A partition whose hole at offset 1 two fetches have shown.
OffsetContinuity with_a_hole() {
  OffsetContinuity continuity;
  continuity.start_at(0);
  continuity.pass_event(0);
  EXPECT_EQ(continuity.judge(2), Verdict::kDoubtful);
  continuity.start_at(1);
  EXPECT_EQ(continuity.judge(2), Verdict::kNext);
  return continuity;
}

TEST(OffsetContinuity, BelievesTheFirstHoleWhenItIsSeenAgain) {
  auto continuity = with_a_hole();
  continuity.pass_event(2);
  EXPECT_EQ(continuity.judge(4), Verdict::kNext) << "such a partition has holes";
  EXPECT_EQ(continuity.judge(2'000), Verdict::kDoubtful) << "but hardly wide ones";
}

TEST(OffsetContinuity, DoubtsAnEndThatSkips) {
  OffsetContinuity continuity;
  continuity.start_at(3);
  EXPECT_EQ(continuity.judge(5), Verdict::kDoubtful);
  continuity.start_at(3);
  EXPECT_EQ(continuity.judge(3), Verdict::kNext) << "the event was there";
}

TEST(OffsetContinuity, DoubtsWhatAnEarlierFetchLeftBehind) {
  auto continuity = with_a_hole();
  continuity.start_at(1);
  EXPECT_EQ(continuity.judge(3), Verdict::kDoubtful) << "nothing of this fetch was seen yet";
}

/// Hands out the offsets of a partition as a client does whose fetches go wrong.
class BrokenClient {
 public:
  BrokenClient(std::vector<Offset> offsets, bool skips_narrowly, std::uint32_t seed)
      : offsets_(std::move(offsets)), skips_narrowly_(skips_narrowly), random_(seed) {}

  void fetch_from(Offset next) {
    at_ = std::ranges::lower_bound(offsets_, next) - offsets_.begin();
    fetched_from_ = at_;
  }

  bool at_end() const { return at_ >= std::ssize(offsets_); }

  Offset hand_out() {
    switch (random_() % 16) {
      case 0:  // back to what an earlier fetch asked for
        at_ = std::max<std::ptrdiff_t>(0, at_ - draw(10));
        ++wrongs;
        break;
      case 1:  // the last one again
        at_ = std::max<std::ptrdiff_t>(0, at_ - 1);
        ++wrongs;
        break;
      case 2: {  // past some, but not in the same way when it was asked for again
        const auto skipped = skips_narrowly_ ? draw(30) : 1'500;
        if (at_ > fetched_from_ && at_ + skipped < std::ssize(offsets_)) {
          at_ += skipped;
          ++wrongs;
        }
        break;
      }
      default:
        break;
    }
    return offsets_[static_cast<std::size_t>(at_++)];
  }

  int wrongs = 0;

 private:
  std::ptrdiff_t draw(unsigned most) { return 1 + static_cast<std::ptrdiff_t>(random_() % most); }

  const std::vector<Offset> offsets_;
  const bool skips_narrowly_;
  std::mt19937 random_;
  std::ptrdiff_t at_ = 0;
  std::ptrdiff_t fetched_from_ = 0;
};

std::vector<Offset> taken_from(BrokenClient& client) {
  OffsetContinuity continuity;
  continuity.start_at(0);
  std::vector<Offset> taken;
  while (!client.at_end()) {
    const Offset offset = client.hand_out();
    switch (continuity.judge(offset)) {
      case Verdict::kNext:
        taken.push_back(offset);
        continuity.pass_event(offset);
        break;
      case Verdict::kRepeated:
        break;
      case Verdict::kDoubtful:
        continuity.start_at(continuity.next());
        client.fetch_from(continuity.next());
        break;
    }
  }
  return taken;
}

TEST(OffsetContinuity, LosesAndRepeatsNothingThoughAClientGoesWrongAHundredThousandTimes) {
  int wrongs = 0;
  for (std::uint32_t seed = 0; wrongs < 100'000; ++seed) {
    std::vector<Offset> offsets(5'000);
    for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = static_cast<Offset>(i);
    BrokenClient client(offsets, true, seed);
    ASSERT_EQ(taken_from(client), offsets) << "seed " << seed;
    wrongs += client.wrongs;
  }
}

TEST(OffsetContinuity, KeepsEveryEventBetweenHolesThoughAClientGoesBackAndFarAhead) {
  int wrongs = 0;
  for (std::uint32_t seed = 0; wrongs < 20'000; ++seed) {
    std::mt19937 random(seed);
    std::vector<Offset> offsets;
    for (Offset offset = 0; offset < 10'000; ++offset) {
      if (random() % 4 != 0) offsets.push_back(offset);
    }
    BrokenClient client(offsets, false, seed);
    ASSERT_EQ(taken_from(client), offsets) << "seed " << seed;
    wrongs += client.wrongs;
  }
}

}  // namespace
}  // namespace punnet
