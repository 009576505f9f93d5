#include "kafka/kafka_membership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/on_kafka.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

class KafkaMembership : public OnKafka {
 protected:
  void SetUp() override {
    OnKafka::SetUp();
    if (IsSkipped()) return;
    const auto made = log_->create_topic({.name = name_, .partitions = kPartitions}, patiently());
    ASSERT_THAT(made, Succeeds());
    topic_ = *made;
  }

  std::unique_ptr<PartitionMembership> join() {
    auto membership = join_kafka_group({.servers = servers_}, name_, name_);
    EXPECT_THAT(membership, Succeeds());
    return *std::move(membership);
  }

  /// What changes until `count` partitions were told as `which`.
  static std::set<Partition> wait_for(PartitionMembership& member,
                                      std::vector<Partition> ShareChange::*which,
                                      std::size_t count) {
    std::set<Partition> seen;
    const auto call = patiently();
    while (seen.size() < count && !call.expired()) {
      const auto change = member.poll();
      EXPECT_THAT(change, Succeeds());
      if (change) seen.insert(((*change).*which).begin(), ((*change).*which).end());
      std::this_thread::sleep_for(milliseconds{10});
    }
    EXPECT_GE(seen.size(), count);
    return seen;
  }

  void note(PartitionMembership& member, const std::set<Partition>& partitions, Offset offset) {
    Positions next;
    for (const Partition partition : partitions) next[partition] = offset;
    EXPECT_THAT(member.note_offsets(next, patiently()), Succeeds());
  }

  Positions noted() {
    const auto found = log_->committed_offsets(name_, topic_, patiently());
    EXPECT_THAT(found, Succeeds());
    return found ? *found : Positions{};
  }

  bool comes_to(const std::set<Partition>& partitions, Offset offset) {
    const auto call = patiently();
    while (!call.expired()) {
      const auto found = noted();
      if (std::ranges::all_of(partitions, [&](Partition partition) {
            const auto at = found.find(partition);
            return at != found.end() && at->second == offset;
          })) {
        return true;
      }
      std::this_thread::sleep_for(milliseconds{10});
    }
    return false;
  }

  static constexpr std::int32_t kPartitions = 4;
  TopicInfo topic_;
};

TEST_F(KafkaMembership, NotesNothingOfPartitionsThatAreAnothersByNow) {
  auto first = join();
  const auto all = wait_for(*first, &ShareChange::assigned, kPartitions);
  note(*first, all, 10);

  const auto second = join();
  const auto revoked = wait_for(*first, &ShareChange::revoked, 1);
  // What was read of them is committed, and noted, before they are given away.
  note(*first, all, 20);
  first->release();
  EXPECT_EQ(wait_for(*second, &ShareChange::assigned, revoked.size()), revoked);
  note(*second, revoked, 30);
  ASSERT_TRUE(comes_to(revoked, 30));

  first.reset();
  wait_for(*second, &ShareChange::assigned, kPartitions - revoked.size());
  for (const auto& [partition, offset] : noted()) {
    EXPECT_EQ(offset, revoked.contains(partition) ? 30 : 20) << "partition " << partition;
  }
}

}  // namespace
}  // namespace punnet
