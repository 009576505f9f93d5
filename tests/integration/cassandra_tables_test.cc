#include "cassandra/cassandra_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/cassandra_place.h"

namespace punnet {
namespace {

using Items = std::vector<ItemId>;

class CassandraTables : public testing::Test {
 protected:
  /// The rows of a query of one column of numbers.
  std::vector<std::int64_t> numbers(const std::string& cql) {
    CqlValues values;
    values.request();
    const auto found = place_.ask(cql, values);
    std::vector<std::int64_t> result;
    for (std::size_t row = 0; row < found.rows(); ++row) result.push_back(found.number(0, row));
    return result;
  }

  void put_list(Tables& tables, Offset offset) {
    const std::vector<StoredRecommendation> rows{
        {{1}, Items{{offset}}, RecommendationSource::kModel, "7", 0, offset}};
    EXPECT_THAT(tables.recommendations->put(rows, patiently()), Succeeds());
  }

  CassandraPlace place_;
};

TEST_F(CassandraTables, AKeyspaceThatWasNeverMadeIsAbsent) {
  auto options = place_.options();
  options.create = false;
  options.keyspace = "never_made";
  EXPECT_THAT(open_cassandra_tables(options, patiently()),
              FailsSaying(ErrorCode::kAbsent, "punnet load"));
}

TEST_F(CassandraTables, AreOpenedThroughTheDataCentreThatIsNamed) {
  auto options = place_.options();
  options.create = false;
  options.datacenter = "datacenter1";
  EXPECT_THAT(open_cassandra_tables(options, patiently()), Succeeds());
}

TEST_F(CassandraTables, CredentialsThatAreNotAcceptedAreDenied) {
  auto options = place_.options();
  options.password = "wrong";
  EXPECT_THAT(open_cassandra_tables(options, patiently()),
              FailsSaying(ErrorCode::kDenied, "tables.password_file"));
  options.user.clear();
  EXPECT_THAT(open_cassandra_tables(options, patiently()),
              FailsSaying(ErrorCode::kDenied, "tables.user"));
}

TEST_F(CassandraTables, AServerThatIsNotThereIsUnavailable) {
  auto options = place_.options();
  options.servers = {"127.0.0.1:1"};
  EXPECT_THAT(open_cassandra_tables(options, patiently()),
              FailsSaying(ErrorCode::kUnavailable, "127.0.0.1:1"));
}

TEST_F(CassandraTables, ADataCentreThatIsNotThereIsInvalid) {
  auto options = place_.options();
  options.datacenter = "mars";
  EXPECT_THAT(open_cassandra_tables(options, patiently()),
              FailsSaying(ErrorCode::kInvalid, "datacenter1"));
}

TEST_F(CassandraTables, TlsToAServerWithoutItSaysWhichOptionToChange) {
  auto options = place_.options();
  options.tls = true;
  EXPECT_THAT(open_cassandra_tables(options, patiently()),
              FailsSaying(ErrorCode::kInvalid, "tables.tls"));
}

TEST_F(CassandraTables, ACaFileThatCannotBeReadIsInvalid) {
  auto options = place_.options();
  options.tls = true;
  options.ca_file = "/nowhere/ca.pem";
  EXPECT_THAT(open_cassandra_tables(options, patiently()),
              FailsSaying(ErrorCode::kInvalid, "tables.ca_file"));
}

TEST_F(CassandraTables, KeepTheNewestListsOfAUserFirst) {
  auto options = place_.options();
  options.recommendations_kept = 3;
  auto tables = open_cassandra_tables(options, patiently());
  ASSERT_THAT(tables, Succeeds());
  for (Offset offset = 0; offset < 20; ++offset) put_list(*tables, offset);
  const auto offsets =
      numbers("SELECT topic_offset FROM {}.recommendations_by_user WHERE user_id = 1");
  EXPECT_THAT(offsets, testing::SizeIs(testing::Le(6)));
  EXPECT_THAT(offsets, testing::SizeIs(testing::Ge(3)));
  EXPECT_EQ(offsets.front(), 19);
  EXPECT_TRUE(std::ranges::is_sorted(offsets, std::greater{}));
}

TEST_F(CassandraTables, ListsEndWithTheirTime) {
  auto options = place_.options();
  options.recommendation_ttl = std::chrono::hours{1};
  auto tables = open_cassandra_tables(options, patiently());
  ASSERT_THAT(tables, Succeeds());
  put_list(*tables, 5);
  const auto left = numbers("SELECT TTL(source) FROM {}.recommendations_by_user");
  ASSERT_EQ(left.size(), 1U);
  EXPECT_GT(left.front(), 3500);
  EXPECT_LE(left.front(), 3600);
}

TEST_F(CassandraTables, HistoriesAreOneRowPerUserAndItem) {
  auto tables = place_.open();
  const std::vector<HistoryIncrement> bought{{{1}, {{2}, 1, {}}}, {{1}, {{3}, 1, {}}}};
  for (Offset offset = 0; offset < 10; ++offset) {
    ASSERT_THAT(
        tables.histories->apply("topic", bought, {{0, offset}}, {{0, offset + 1}}, patiently()),
        Succeeds());
  }
  EXPECT_EQ(numbers("SELECT count FROM {}.histories_by_user"), (std::vector<std::int64_t>{10, 10}));
  EXPECT_TRUE(numbers("SELECT change FROM {}.history_increments").empty());
}

TEST_F(CassandraTables, ManyIncrementsOfOneUserAllCount) {
  auto tables = place_.open();
  constexpr std::int64_t kItems = 2'500;
  std::vector<HistoryIncrement> bought;
  for (std::int64_t item = 0; item < kItems; ++item) bought.push_back({{1}, {{item}, 1, {}}});
  bought.push_back({{65}, {{7}, 2, {}}});  // of the same bucket
  for (Offset offset = 0; offset < 2; ++offset) {
    ASSERT_THAT(
        tables.histories->apply("topic", bought, {{0, offset}}, {{0, offset + 1}}, patiently()),
        Succeeds());
  }
  const auto found = tables.histories->fetch(std::vector<UserId>{{1}, {65}}, patiently());
  ASSERT_THAT(found, Succeeds());
  EXPECT_THAT(found->at({1}), testing::SizeIs(kItems));
  EXPECT_THAT(found->at({1}), testing::Each(testing::Field(&HistoryEntry::count, 2)));
  EXPECT_EQ(found->at({65}).front().count, 4);
}

TEST_F(CassandraTables, ALoadLeavesNothingOfTheOneBefore) {
  auto tables = place_.open();
  for (const std::int64_t user : {1, 2, 3}) {
    const std::vector<HistoryIncrement> rows{{{user}, {{2}, 1, {}}}};
    ASSERT_THAT(tables.histories->replace_all(rows, patiently()), Succeeds());
    ASSERT_THAT(tables.own_purchases->replace_all({{{user}, {{2}}}}, patiently()), Succeeds());
  }
  EXPECT_EQ(numbers("SELECT user_id FROM {}.histories_by_user"), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(numbers("SELECT user_id FROM {}.own_purchases_by_user"),
            (std::vector<std::int64_t>{3}));
}

class OriginalTables : public testing::Test {
 protected:
  CassandraPlace place_{true};
  Tables tables_ = place_.open();
};

TEST_F(OriginalTables, AreReadAsTheyAreWritten) {
  const std::vector<std::pair<ItemId, ItemFeatures>> features{{{818981}, {"GROCERY", "CEREAL"}}};
  ASSERT_THAT(tables_.items->put_features(features, patiently()), Succeeds());
  ASSERT_THAT(tables_.own_purchases->replace_all({{{1}, {{30}, {20}}}, {{2}, {{5}}}}, patiently()),
              Succeeds());
  ASSERT_THAT(tables_.own_purchases->replace_all({{{1}, {{30}, {20}, {10}}}}, patiently()),
              Succeeds());
  ASSERT_THAT(tables_.baselines->put("top_5", Items{{3}, {1}}, patiently()), Succeeds());
  tables_ = place_.open();
  const auto found = tables_.items->features(Items{{818981}, {1}, {5'000'000'000}}, patiently());
  ASSERT_THAT(found, Succeeds());
  EXPECT_EQ(*found, (FeatureMap{{{818981}, {"GROCERY", "CEREAL"}}}));
  const auto own = tables_.own_purchases->fetch(std::vector<UserId>{{1}, {2}}, patiently());
  ASSERT_THAT(own, Succeeds());
  EXPECT_EQ(*own, (OwnPurchases::ItemLists{{{1}, {{10}, {20}, {30}}}}));
  EXPECT_EQ(*tables_.baselines->fetch("top_5", patiently()), (Items{{3}, {1}}));
}

TEST_F(OriginalTables, HoldIdsOf32BitsOnly) {
  EXPECT_THAT(tables_.baselines->put("top_5", Items{{5'000'000'000}}, patiently()),
              FailsSaying(ErrorCode::kInvalid, "5000000000"));
}

}  // namespace
}  // namespace punnet
