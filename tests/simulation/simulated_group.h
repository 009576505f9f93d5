#pragma once

#include <map>
#include <memory>
#include <set>

#include "ports/partition_membership.h"
#include "tests/simulation/simulated_process.h"

namespace punnet::simulation {

/// The group in which the streams of a simulated shop share the partitions. Members come, go and
/// die; now and then one that lives is taken for dead, and learns of it late.
class SimulatedGroup {
 public:
  explicit SimulatedGroup(SimulatedWorld& world) : world_(world) {}

  std::unique_ptr<PartitionMembership> join(SimulatedProcess& process);

 private:
  class Member;

  /// Whose a partition is to be, once everybody has let go of what is another's.
  bool is_due(const Member& member, Partition partition) const;
  bool is_owned(Partition partition) const;
  void bury_the_dead();

  SimulatedWorld& world_;
  std::map<int, Member*> members_;  // by the order in which they joined
  int joined_ = 0;
};

}  // namespace punnet::simulation
