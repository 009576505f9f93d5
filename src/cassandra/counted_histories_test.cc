#include "cassandra/counted_histories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

/// What Cassandra keeps: rows that the later write time wins, deletions by partition, and one row
/// that is changed only under a condition.
struct Cluster {
  HistoryState state;
  std::map<std::tuple<std::int64_t, UserId, ItemId>, CountedEntry> rows;
  std::map<std::int64_t, std::map<std::pair<UserId, ItemId>, HistoryEntry>> changes;
  bool last_write_wins = true;  // false: as a store would be in which a late write replaces
};

/// Called before each step that reaches the cluster; false when the step does not happen any more,
/// as its process is dead.
using BeforeStep = std::function<bool()>;

/// A store whose process can be stopped before any step: each partition is a step of its own.
class SteppedStore final : public HistoryStore {
 public:
  SteppedStore(
      Cluster& cluster, BeforeStep before = [] { return true; })
      : cluster_(cluster), before_(std::move(before)) {}

  Result<HistoryState> settled_state(const CallContext& call) override { return state(call); }

  Result<HistoryState> state(const CallContext&) override {
    if (!before_()) return dead();
    return cluster_.state;
  }

  Result<bool> advance(const HistoryState& from, const HistoryState& to,
                       const CallContext&) override {
    if (!before_()) return dead();
    const auto& now = cluster_.state;
    const bool fits =
        now.version == from.version && now.change == from.change && now.is_folded == from.is_folded;
    if (fits) cluster_.state = to;
    // Here the answer may be lost.
    if (!before_()) return Error{ErrorCode::kUnknownOutcome, "no answer"};
    return fits;
  }

  Result<CountedHistories> rows(std::int64_t generation, std::span<const UserId> users,
                                const CallContext&) override {
    CountedHistories found;
    for (const auto user : users) {
      if (!before_()) return dead();
      for (const auto& [key, counted] : cluster_.rows) {
        const auto& [of_generation, of_user, item] = key;
        if (of_generation == generation && of_user == user) found[user].push_back(counted);
      }
    }
    return found;
  }

  Status write_rows(std::int64_t generation, std::int64_t version, const CountedHistories& rows,
                    const CallContext&) override {
    for (const auto& [user, history] : rows) {
      if (!before_()) return dead();
      for (const auto& counted : history) {
        auto& held = cluster_.rows[{generation, user, counted.entry.item}];
        EXPECT_EQ(counted.version, version);
        if (held.version == version && cluster_.last_write_wins) {
          EXPECT_EQ(held, counted) << "two writers of a version differ";
        }
        if (held.version <= version || !cluster_.last_write_wins) held = counted;
      }
    }
    return ok();
  }

  Status forget_rows_before(std::int64_t generation, const CallContext&) override {
    while (!cluster_.rows.empty() && std::get<0>(cluster_.rows.begin()->first) < generation) {
      if (!before_()) return dead();
      cluster_.rows.erase(cluster_.rows.begin());
    }
    return ok();
  }

  Status write_change(std::int64_t change, std::span<const HistoryIncrement> increments,
                      const CallContext&) override {
    for (const auto& [user, entry] : increments) {
      if (!before_()) return dead();
      cluster_.changes[change][{user, entry.item}] = entry;
    }
    return ok();
  }

  Result<std::vector<HistoryIncrement>> read_change(std::int64_t change,
                                                    const CallContext&) override {
    if (!before_()) return dead();
    std::vector<HistoryIncrement> found;
    for (const auto& [key, entry] : cluster_.changes[change]) found.push_back({key.first, entry});
    return found;
  }

  Result<std::vector<HistoryIncrement>> read_change(std::int64_t change,
                                                    std::span<const UserId> users,
                                                    const CallContext&) override {
    std::vector<HistoryIncrement> found;
    for (const auto user : users) {
      if (!before_()) return dead();
      for (const auto& [key, entry] : cluster_.changes[change]) {
        if (key.first == user) found.push_back({user, entry});
      }
    }
    return found;
  }

  Status forget_change(std::int64_t change, const CallContext&) override {
    // A partition at a time too.
    while (!cluster_.changes[change].empty()) {
      if (!before_()) return dead();
      auto& rows = cluster_.changes[change];
      if (!rows.empty()) rows.erase(rows.begin());
    }
    cluster_.changes.erase(change);
    return ok();
  }

 private:
  static Error dead() { return Error{ErrorCode::kUnavailable, "this process is dead"}; }

  Cluster& cluster_;
  const BeforeStep before_;
};

std::unique_ptr<PurchaseHistories> histories_on(
    Cluster& cluster, BeforeStep before = [] { return true; }) {
  static const ManualClock clock(Timestamp{std::chrono::seconds{1}});
  return make_counted_histories(std::make_unique<SteppedStore>(cluster, std::move(before)), clock);
}

HistoryIncrement bought(std::int64_t user, std::int64_t item, std::int64_t count = 1) {
  return {{user}, {{item}, count, Timestamp{std::chrono::seconds{user}}}};
}

const std::vector<HistoryIncrement> kLoaded{bought(1, 10, 5), bought(2, 10, 6)};
const std::vector<HistoryIncrement> kFirst{bought(1, 10), bought(1, 11), bought(2, 10)};
const std::vector<HistoryIncrement> kSecond{bought(1, 10, 2), bought(2, 12), bought(3, 10)};
const std::vector<UserId> kUsers{{1}, {2}, {3}};

using Counts = std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>;

Counts counts_of(const std::vector<std::vector<HistoryIncrement>>& parts) {
  Counts counts;
  for (const auto& part : parts) {
    for (const auto& [user, entry] : part) counts[{user.value, entry.item.value}] += entry.count;
  }
  return counts;
}

Counts fetched(PurchaseHistories& histories) {
  const auto found = histories.fetch(kUsers, patiently());
  EXPECT_THAT(found, Succeeds());
  Counts counts;
  if (!found) return counts;
  for (const auto& [user, history] : *found) {
    for (const auto& entry : history) counts[{user.value, entry.item.value}] = entry.count;
  }
  return counts;
}

Cluster loaded() {
  Cluster cluster;
  EXPECT_THAT(histories_on(cluster)->replace_all(kLoaded, patiently()), Succeeds());
  return cluster;
}

Status apply(PurchaseHistories& histories, const std::vector<HistoryIncrement>& increments,
             Partition partition, Offset from, Offset upto) {
  return histories.apply("topic", increments, {{partition, from}}, {{partition, upto}},
                         patiently());
}

/// Counts steps, and calls `at` before the n-th.
class NthStep {
 public:
  NthStep(int n, std::function<bool()> at) : left_(n), at_(std::move(at)) {}

  BeforeStep before() {
    return [this] {
      if (is_dead_) return false;
      if (left_-- == 0) is_dead_ = !at_();
      return !is_dead_;
    };
  }

  bool was_reached() const { return left_ < 0; }

 private:
  int left_;
  bool is_dead_ = false;
  const std::function<bool()> at_;
};

TEST(CountedHistories, AWriterThatDiesBeforeAnyStepCountsOnceOrNotAtAll) {
  int steps = 0;
  for (;; ++steps) {
    auto cluster = loaded();
    NthStep death(steps, [] { return false; });
    const auto outcome = apply(*histories_on(cluster, death.before()), kFirst, 0, 0, 3);
    auto reader = histories_on(cluster);
    const auto held = reader->positions("topic", patiently());
    ASSERT_THAT(held, Succeeds());
    const bool counts = !held->empty();
    // Whole calls only, also before anybody has tidied up.
    ASSERT_EQ(fetched(*reader), counts ? counts_of({kLoaded, kFirst}) : counts_of({kLoaded}));
    EXPECT_TRUE(!outcome || counts);

    // Its successor does what a stream does after a crash, then goes on.
    auto next = histories_on(cluster);
    const auto again = apply(*next, kFirst, 0, 0, 3);
    EXPECT_THAT(again, counts ? testing::Matcher<const Status&>(FailsWith(ErrorCode::kExists))
                              : testing::Matcher<const Status&>(Succeeds()));
    EXPECT_EQ(fetched(*next), counts_of({kLoaded, kFirst}));
    ASSERT_THAT(apply(*next, kSecond, 0, 3, 6), Succeeds());
    EXPECT_EQ(fetched(*next), counts_of({kLoaded, kFirst, kSecond})) << "death before " << steps;
    if (!death.was_reached()) break;
  }
  EXPECT_GT(steps, 10);
}

/// Lets `other` run to its end before each step of `one` in turn; `one` then goes on as if it had
/// slept. What both left must fit together.
template <typename One, typename Other, typename Check>
void interleave(const One& one, const Other& other, const Check& check) {
  for (int step = 0;; ++step) {
    auto cluster = loaded();
    std::optional<Status> other_did;
    NthStep pause(step, [&] {
      other_did = other(*histories_on(cluster));
      return true;
    });
    auto slow = histories_on(cluster, pause.before());
    const Status one_did = one(*slow);
    if (!pause.was_reached()) {
      EXPECT_GT(step, 10);
      return;
    }
    check(cluster, one_did, *other_did);
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "the other ran before step " << step;
      return;
    }
  }
}

TEST(CountedHistories, OfTwoWritersOfARangeOneCountsWhereverTheOtherSlept) {
  interleave(
      [](auto& histories) { return apply(histories, kFirst, 0, 0, 3); },
      [](auto& histories) { return apply(histories, kSecond, 0, 0, 4); },
      [](Cluster& cluster, const Status& one, const Status& other) {
        EXPECT_NE(static_cast<bool>(one), static_cast<bool>(other));
        for (const auto* status : {&one, &other}) {
          EXPECT_TRUE(*status || status->error().code == ErrorCode::kExists);
        }
        EXPECT_EQ(fetched(*histories_on(cluster)), counts_of({kLoaded, one ? kFirst : kSecond}));
      });
}

TEST(CountedHistories, WritersOfTwoPartitionsBothCount) {
  interleave([](auto& histories) { return apply(histories, kFirst, 0, 0, 3); },
             [](auto& histories) { return apply(histories, kSecond, 1, 0, 4); },
             [](Cluster& cluster, const Status& one, const Status& other) {
               EXPECT_THAT(one, Succeeds());
               EXPECT_THAT(other, Succeeds());
               auto histories = histories_on(cluster);
               EXPECT_EQ(fetched(*histories), counts_of({kLoaded, kFirst, kSecond}));
               EXPECT_EQ(*histories->positions("topic", patiently()), (Positions{{0, 3}, {1, 4}}));
             });
}

TEST(CountedHistories, AWriterThatSleptThroughManyOthersChangesNothingLater) {
  const auto many = [](PurchaseHistories& histories) -> Status {
    for (Offset offset = 0; offset < 3; ++offset) {
      PUNNET_TRY(auto positions, histories.positions("topic", patiently()));
      PUNNET_CHECK(apply(histories, kSecond, 0, positions[0], positions[0] + 10));
    }
    return ok();
  };
  interleave([](auto& histories) { return apply(histories, kFirst, 0, 0, 3); }, many,
             [](Cluster& cluster, const Status& one, const Status& other) {
               ASSERT_THAT(other, Succeeds());
               auto parts = std::vector{kLoaded, kSecond, kSecond, kSecond};
               if (one) parts.push_back(kFirst);
               EXPECT_EQ(fetched(*histories_on(cluster)), counts_of(parts));
             });
}

TEST(CountedHistories, ReadersSeeWholeCallsWhateverRunsBetweenTheirSteps) {
  for (const bool replaces : {false, true}) {
    for (int step = 0;; ++step) {
      auto cluster = loaded();
      NthStep pause(step, [&] {
        auto writer = histories_on(cluster);
        if (replaces) {
          EXPECT_THAT(writer->replace_all(kSecond, patiently()), Succeeds());
        } else {
          EXPECT_THAT(apply(*writer, kFirst, 0, 0, 3), Succeeds());
        }
        return true;
      });
      const auto seen = fetched(*histories_on(cluster, pause.before()));
      const auto before = counts_of({kLoaded});
      const auto after = replaces ? counts_of({kSecond}) : counts_of({kLoaded, kFirst});
      EXPECT_TRUE(seen == before || seen == after) << step;
      if (!pause.was_reached()) break;
    }
  }
}

TEST(CountedHistories, ALoadThatDiesLeavesTheOldRowsOrTheNewOnes) {
  for (int step = 0;; ++step) {
    auto cluster = loaded();
    ASSERT_THAT(apply(*histories_on(cluster), kFirst, 0, 0, 3), Succeeds());
    NthStep death(step, [] { return false; });
    const auto outcome = histories_on(cluster, death.before())->replace_all(kSecond, patiently());
    auto reader = histories_on(cluster);
    const bool replaced = reader->positions("topic", patiently())->empty();
    EXPECT_EQ(fetched(*reader), replaced ? counts_of({kSecond}) : counts_of({kLoaded, kFirst}));
    ASSERT_THAT(reader->replace_all(kSecond, patiently()), Succeeds());
    EXPECT_EQ(fetched(*reader), counts_of({kSecond}));
    EXPECT_EQ(cluster.rows.size(), kSecond.size()) << "what is old is deleted";
    if (!death.was_reached()) break;
  }
}

TEST(CountedHistories, ALoadAndAWriterDoNotMix) {
  interleave(
      [](auto& histories) { return apply(histories, kFirst, 0, 0, 3); },
      [](auto& histories) { return histories.replace_all(kSecond, patiently()); },
      [](Cluster& cluster, const Status& one, const Status& other) {
        ASSERT_THAT(other, Succeeds());
        auto reader = histories_on(cluster);
        const bool counts = !reader->positions("topic", patiently())->empty();
        // It may have been counted, and replaced.
        EXPECT_TRUE(!counts || one);
        EXPECT_EQ(fetched(*reader), counts ? counts_of({kSecond, kFirst}) : counts_of({kSecond}));
      });
}

TEST(CountedHistories, AUserMayBeAskedForTwiceWhileAChangeIsUnderWay) {
  for (int step = 0;; ++step) {
    auto cluster = loaded();
    NthStep death(step, [] { return false; });
    static_cast<void>(apply(*histories_on(cluster, death.before()), kFirst, 0, 0, 3));
    const auto found =
        histories_on(cluster)->fetch(std::vector<UserId>{{1}, {2}, {1}}, patiently());
    ASSERT_THAT(found, Succeeds());
    const bool counts = !histories_on(cluster)->positions("topic", patiently())->empty();
    EXPECT_EQ(found->at({1}).front().count, counts ? 6 : 5) << step;
    if (!death.was_reached()) break;
  }
}

TEST(CountedHistories, KeepNoMoreThanARowPerItemAndTheChangeThatIsUnderWay) {
  auto cluster = loaded();
  auto histories = histories_on(cluster);
  for (Offset offset = 0; offset < 20; ++offset) {
    ASSERT_THAT(apply(*histories, kFirst, 0, offset, offset + 1), Succeeds());
  }
  EXPECT_EQ(cluster.rows.size(), 3U);
  EXPECT_TRUE(cluster.changes.empty());
}

// The tests above can fail: where a late write replaces a later one, a sleeper does harm.
TEST(CountedHistories, RestOnTheStoreKeepingTheLaterVersion) {
  bool did_harm = false;
  for (int step = 0; step < 40; ++step) {
    auto cluster = loaded();
    cluster.last_write_wins = false;
    NthStep pause(step, [&] {
      auto others = histories_on(cluster);
      auto at = (*others->positions("topic", patiently()))[0];
      for (int i = 0; i < 2; ++i, at += 3) static_cast<void>(apply(*others, kFirst, 0, at, at + 3));
      return true;
    });
    const auto one = apply(*histories_on(cluster, pause.before()), kFirst, 0, 0, 3);
    const auto seen = fetched(*histories_on(cluster));
    const auto upto = (*histories_on(cluster)->positions("topic", patiently()))[0];
    std::vector<std::vector<HistoryIncrement>> parts{kLoaded};
    for (Offset at = 0; at < upto; at += 3) parts.push_back(kFirst);
    did_harm = did_harm || seen != counts_of(parts);
  }
  EXPECT_TRUE(did_harm);
}

}  // namespace
}  // namespace punnet
