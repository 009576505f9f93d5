#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "ports/partition_membership.h"

namespace punnet::testing {

/// A membership whose shares change when the test says so: at the n-th poll, from 1.
class ScriptedMembership final : public PartitionMembership {
 public:
  explicit ScriptedMembership(std::map<int, ShareChange> script) : script_(std::move(script)) {}

  std::function<void(int)> on_poll = [](int) {};
  std::function<void()> on_release = [] {};
  std::vector<Positions> notes;
  int releases = 0;

  Result<ShareChange> poll() override {
    on_poll(++polls_);
    const auto at = script_.find(polls_);
    return at == script_.end() ? ShareChange{} : at->second;
  }
  void release() override {
    ++releases;
    on_release();
  }
  Status note_offsets(const Positions& next, const CallContext&) override {
    notes.push_back(next);
    return ok();
  }

 private:
  const std::map<int, ShareChange> script_;
  int polls_ = 0;
};

}  // namespace punnet::testing
