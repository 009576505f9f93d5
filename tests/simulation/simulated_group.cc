#include "tests/simulation/simulated_group.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace punnet::simulation {

class SimulatedGroup::Member final : public PartitionMembership {
 public:
  Member(SimulatedGroup& group, SimulatedProcess& process)
      : group_(group), process_(process), number_(++group.joined_) {
    group_.members_[number_] = this;
  }
  ~Member() override { group_.members_.erase(number_); }

  Result<ShareChange> poll() override {
    ShareChange change;
    if (process_.dead()) return change;
    group_.bury_the_dead();
    auto& world = group_.world_;
    if (!group_.members_.contains(number_)) {
      change.lost.assign(owned_.begin(), owned_.end());
      world.count("partitions lost to the group", static_cast<std::int64_t>(owned_.size()));
      owned_.clear();
      revoked_.clear();
      group_.members_[number_] = this;
      return change;
    }
    if (!revoked_.empty()) return change;
    for (const Partition partition : owned_) {
      if (!group_.is_due(*this, partition)) revoked_.insert(partition);
    }
    change.revoked.assign(revoked_.begin(), revoked_.end());
    world.count("partitions asked back", static_cast<std::int64_t>(revoked_.size()));
    for (Partition partition = 0; partition < world.memory.topic.partitions; ++partition) {
      if (!group_.is_due(*this, partition) || group_.is_owned(partition)) continue;
      owned_.insert(partition);
      change.assigned.push_back(partition);
      world.count("partitions taken up");
    }
    return change;
  }

  void release() override {
    for (const Partition partition : std::exchange(revoked_, {})) owned_.erase(partition);
  }

  Status note_offsets(const Positions& next, const CallContext&) override {
    PUNNET_CHECK(process_.before("log commit_offsets"));
    for (const auto& [partition, offset] : next) {
      group_.world_.memory.group[partition] = offset;
    }
    return process_.after("log commit_offsets");
  }

  bool is_dead() const { return process_.dead(); }
  bool owns(Partition partition) const { return owned_.contains(partition); }
  int number() const { return number_; }

 private:
  SimulatedGroup& group_;
  SimulatedProcess& process_;
  const int number_;
  std::set<Partition> owned_;
  std::set<Partition> revoked_;  // asked back and not released
};

std::unique_ptr<PartitionMembership> SimulatedGroup::join(SimulatedProcess& process) {
  return std::make_unique<Member>(*this, process);
}

bool SimulatedGroup::is_due(const Member& member, Partition partition) const {
  const auto place = std::distance(members_.begin(), members_.find(member.number()));
  return partition % static_cast<Partition>(members_.size()) == place;
}

bool SimulatedGroup::is_owned(Partition partition) const {
  return std::any_of(members_.begin(), members_.end(),
                     [&](const auto& member) { return member.second->owns(partition); });
}

void SimulatedGroup::bury_the_dead() {
  for (auto at = members_.begin(); at != members_.end();) {
    const bool is_missed = at->second->is_dead() ? world_.chance(3) : world_.chance(100);
    at = is_missed ? members_.erase(at) : std::next(at);
  }
}

}  // namespace punnet::simulation
