#include "training/load_tables.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "training/generate.h"

namespace punnet {
namespace {

/// Tables that note what they were given, and refuse to take own purchases when told to.
struct NotedTables {
  std::vector<std::string> calls;
  bool own_purchases_down = false;

  Tables open();
};

class NotedItems final : public ItemTable {
 public:
  explicit NotedItems(NotedTables& noted) : noted_(noted) {}
  Result<FeatureMap> features(std::span<const ItemId>, const CallContext&) override {
    return FeatureMap{};
  }
  Result<NameMap> names(std::span<const ItemId>, const CallContext&) override { return NameMap{}; }
  Status put_features(std::span<const std::pair<ItemId, ItemFeatures>> rows,
                      const CallContext&) override {
    noted_.calls.push_back("features " + std::to_string(rows.size()));
    return ok();
  }
  Status put_names(std::span<const std::pair<ItemId, std::string>> rows,
                   const CallContext&) override {
    noted_.calls.push_back("names " + std::to_string(rows.size()));
    return ok();
  }

 private:
  NotedTables& noted_;
};

class NotedOwnPurchases final : public OwnPurchases {
 public:
  explicit NotedOwnPurchases(NotedTables& noted) : noted_(noted) {}
  Result<ItemLists> fetch(std::span<const UserId>, const CallContext&) override {
    return ItemLists{};
  }
  Status replace_all(const ItemLists& lists, const CallContext&) override {
    if (noted_.own_purchases_down) return Error{ErrorCode::kUnavailable, "nobody answers"};
    noted_.calls.push_back("own " + std::to_string(lists.size()));
    return ok();
  }

 private:
  NotedTables& noted_;
};

class NotedHistories final : public PurchaseHistories {
 public:
  explicit NotedHistories(NotedTables& noted) : noted_(noted) {}
  Result<HistoryMap> fetch(std::span<const UserId>, const CallContext&) override {
    return HistoryMap{};
  }
  Status replace_all(std::span<const HistoryIncrement> rows, const CallContext&) override {
    noted_.calls.push_back("histories " + std::to_string(rows.size()));
    return ok();
  }
  Status apply(std::string_view, std::span<const HistoryIncrement>, const Positions&,
               const Positions&, const CallContext&) override {
    return ok();
  }
  Result<Positions> positions(std::string_view, const CallContext&) override { return Positions{}; }

 private:
  NotedTables& noted_;
};

class NotedBaselines final : public BaselineTable {
 public:
  explicit NotedBaselines(NotedTables& noted) : noted_(noted) {}
  Result<std::vector<ItemId>> fetch(std::string_view, const CallContext&) override {
    return std::vector<ItemId>{};
  }
  Status put(std::string_view name, std::span<const ItemId> items, const CallContext&) override {
    noted_.calls.push_back(std::string(name) + " " + std::to_string(items.size()));
    return ok();
  }

 private:
  NotedTables& noted_;
};

Tables NotedTables::open() {
  Tables tables;
  tables.items = std::make_unique<NotedItems>(*this);
  tables.own_purchases = std::make_unique<NotedOwnPurchases>(*this);
  tables.histories = std::make_unique<NotedHistories>(*this);
  tables.baselines = std::make_unique<NotedBaselines>(*this);
  return tables;
}

TableRows some_rows() {
  TableRows rows;
  rows.item_features = {{{1}, {"A", "B"}}};
  rows.items = {{{1}, "ONE"}, {{2}, "TWO"}};
  rows.own_purchases[{1}] = {{1}, {2}};
  rows.histories = {{{1}, {{1}, 1, {}}}, {{1}, {{2}, 3, {}}}};
  rows.top_5 = {{1}};
  rows.random_5 = {{2}};
  return rows;
}

const CallContext kCall = CallContext::within(std::chrono::seconds{10});

TEST(LoadTables, WritesEveryTable) {
  NotedTables noted;
  auto tables = noted.open();
  const auto counts = load_tables(some_rows(), tables, [](std::size_t) { return kCall; });
  ASSERT_TRUE(counts);
  EXPECT_EQ(noted.calls, (std::vector<std::string>{"features 1", "names 2", "own 1", "histories 2",
                                                   "top_5 1", "random_5 1"}));
  EXPECT_EQ(counts->items, 2U);
  EXPECT_EQ(counts->histories, 2U);
}

TEST(LoadTables, GivesEachTableTimeByItsRows) {
  NotedTables noted;
  auto tables = noted.open();
  std::vector<std::size_t> asked;
  const auto call_for = [&](std::size_t rows) {
    asked.push_back(rows);
    return kCall;
  };
  ASSERT_TRUE(load_tables(some_rows(), tables, call_for));
  EXPECT_EQ(asked, (std::vector<std::size_t>{1, 2, 1, 2, 1, 1}));
}

TEST(LoadTables, StopsAtTheFirstTableThatIsDown) {
  NotedTables noted;
  noted.own_purchases_down = true;
  auto tables = noted.open();
  const auto failed = load_tables(some_rows(), tables, [](std::size_t) { return kCall; });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(noted.calls.size(), 2U);
}

RC_GTEST_PROP(LoadTables, CountsHistoriesAsMapsDo, (std::uint64_t seed)) {
  GenerateConfig config;
  config.users = 10;
  config.items = 50;
  config.purchases = 400;
  config.seed = seed;
  const auto purchases = generate_shop(config)->purchases;
  std::map<std::pair<UserId, ItemId>, HistoryEntry> naive;
  std::map<UserId, std::set<ItemId>> own;
  for (const auto& p : purchases) {
    auto& entry = naive[{p.user, p.item}];
    entry.item = p.item;
    ++entry.count;
    entry.last_time = std::max(entry.last_time, p.time);
    own[p.user].insert(p.item);
  }
  const auto rows = count_histories(purchases);
  RC_ASSERT(rows.size() == naive.size());
  std::size_t n = 0;
  for (const auto& [pair, entry] : naive) {
    RC_ASSERT(rows[n].user == pair.first);
    RC_ASSERT(rows[n].entry == entry);
    ++n;
  }
  const auto lists = distinct_items_by_user(purchases);
  RC_ASSERT(lists.size() == own.size());
  for (const auto& [user, items] : own) {
    RC_ASSERT(lists.at(user) == std::vector<ItemId>(items.begin(), items.end()));
  }
}

TEST(LoadTables, DrawsDifferentCatalogueItemsBySeedAlone) {
  std::vector<std::pair<ItemId, ItemFeatures>> catalogue;
  for (std::int64_t i = 1; i <= 100; ++i) catalogue.push_back({{i}, {}});
  const auto drawn = draw_items(catalogue, 5, 1);
  EXPECT_EQ(std::set<ItemId>(drawn.begin(), drawn.end()).size(), 5U);
  std::reverse(catalogue.begin(), catalogue.end());
  EXPECT_EQ(draw_items(catalogue, 5, 1), drawn);
  EXPECT_NE(draw_items(catalogue, 5, 2), drawn);
  EXPECT_EQ(draw_items(std::span(catalogue).first(3), 5, 1).size(), 3U);
}

}  // namespace
}  // namespace punnet
