#pragma once

#include <vector>

#include "ports/event_log.h"

namespace punnet {

/// An event log that never answers: every call ends with its deadline or stop request.
class HangingEventLog final : public EventLog {
 public:
  Result<TopicInfo> create_topic(const TopicSpec&, const CallContext& call) override {
    return no_answer(call);
  }
  Result<TopicInfo> describe_topic(std::string_view, const CallContext& call) override {
    return no_answer(call);
  }
  Result<Offset> append(const TopicInfo&, Partition, std::span<const NewEvent>,
                        const CallContext& call) override {
    return no_answer(call);
  }
  Result<std::vector<OffsetBounds>> bounds(const TopicInfo&, const CallContext& call) override {
    return no_answer(call);
  }
  Result<std::vector<EventRun>> read(const TopicInfo&, const Positions&, const ReadLimit&,
                                     std::chrono::milliseconds, const CallContext& call) override {
    return no_answer(call);
  }
  Status commit_offsets(std::string_view, const TopicInfo&, const Positions&,
                        const CallContext& call) override {
    return no_answer(call);
  }
  Result<Positions> committed_offsets(std::string_view, const TopicInfo&,
                                      const CallContext& call) override {
    return no_answer(call);
  }

 private:
  static Error no_answer(const CallContext& call) {
    sleep_until(call.deadline(), call);
    return call.check("asking an event log that hangs").error();
  }
};

}  // namespace punnet
