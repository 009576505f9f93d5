#include "stream/model_watch.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/stream_world.h"

namespace punnet {
namespace {

using std::chrono::seconds;
using testing::MemoryModelStore;
using testing::MemoryWorld;
using testing::random_model;
using testing::serve;

class ModelWatchTest : public ::testing::Test {
 protected:
  CallContext call() const { return CallContext::within(seconds{5}); }
  ModelWatch watch(const ListsAheadConfig& lists = {}) {
    return ModelWatch(models_, UnknownUserPolicy::kPopularity, lists, clock_);
  }

  MemoryWorld world_;
  MemoryModelStore models_{world_};
  ManualClock clock_;
};

TEST_F(ModelWatchTest, NeedsAModel) {
  auto nothing = watch();
  const auto opened = nothing.open(clock_.now(), call());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kAbsent);
}

TEST_F(ModelWatchTest, SwapsInWhatIsCurrentOncePerPeriod) {
  serve(world_, random_model(1));
  auto models = watch();
  ASSERT_TRUE(models.open(clock_.now(), call()));
  EXPECT_EQ(models.recommender().model().version, "1");

  serve(world_, random_model(2));
  EXPECT_FALSE(*models.poll(clock_.now(), call()));
  clock_.advance(seconds{1});
  EXPECT_TRUE(*models.poll(clock_.now(), call()));
  EXPECT_EQ(models.recommender().model().version, "2");
  clock_.advance(seconds{1});
  EXPECT_FALSE(*models.poll(clock_.now(), call()));
}

TEST_F(ModelWatchTest, MakesTheListsOfEachVersionAheadAndTellsWhatThatTakes) {
  serve(world_, random_model(1));
  auto models = watch({.length = 6});
  ASSERT_TRUE(models.open(clock_.now(), call()));
  EXPECT_TRUE(models.lists_ahead().ahead);
  EXPECT_EQ(models.lists_ahead().users, 20U);
  EXPECT_EQ(models.lists_ahead().rank, 4);

  serve(world_, random_model(2, 7));
  clock_.advance(seconds{1});
  ASSERT_TRUE(*models.poll(clock_.now(), call()));
  EXPECT_EQ(models.lists_ahead().rank, 7);

  const std::vector<RecommendationRequest> requests{{{3}, {}}, {{9}, {}}, {{4711}, {}}};
  const Recommender scanning(world_.models.at("2"));
  const auto expected = scanning.recommend(requests, 6);
  const auto lists = models.recommender().recommend(requests, 6);
  for (std::size_t r = 0; r < lists.size(); ++r) EXPECT_EQ(lists[r].items, expected[r].items);
}

TEST_F(ModelWatchTest, LeavesListsForLaterThatTakeTooMuchMemory) {
  serve(world_, random_model(1));
  auto models = watch({.length = 6, .limit_bytes = 100});
  ASSERT_TRUE(models.open(clock_.now(), call()));
  EXPECT_FALSE(models.lists_ahead().ahead);
}

}  // namespace
}  // namespace punnet
