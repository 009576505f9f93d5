#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ports/event_log.h"

namespace punnet {

/// An event log whose first calls fail, before they reach the log behind it.
class FlakyEventLog final : public EventLog {
 public:
  /// The first `failures` calls, of whatever kind, fail with `code`. `log` must outlive this.
  FlakyEventLog(EventLog& log, int failures, ErrorCode code)
      : log_(log), failures_left_(failures), code_(code) {}

  int failures_left() const { return failures_left_; }

  Result<TopicInfo> create_topic(const TopicSpec& spec, const CallContext& call) override {
    PUNNET_CHECK(fail());
    return log_.create_topic(spec, call);
  }

  Result<TopicInfo> describe_topic(std::string_view name, const CallContext& call) override {
    PUNNET_CHECK(fail());
    return log_.describe_topic(name, call);
  }

  Result<Offset> append(const TopicInfo& topic, Partition partition,
                        std::span<const NewEvent> events, const CallContext& call) override {
    PUNNET_CHECK(fail());
    return log_.append(topic, partition, events, call);
  }

  Result<std::vector<OffsetBounds>> bounds(const TopicInfo& topic,
                                           const CallContext& call) override {
    PUNNET_CHECK(fail());
    return log_.bounds(topic, call);
  }

  Result<std::vector<EventRun>> read(const TopicInfo& topic, const Positions& from,
                                     const ReadLimit& limit, std::chrono::milliseconds wait,
                                     const CallContext& call) override {
    PUNNET_CHECK(fail());
    return log_.read(topic, from, limit, wait, call);
  }

  Status commit_offsets(std::string_view group, const TopicInfo& topic, const Positions& next,
                        const CallContext& call) override {
    PUNNET_CHECK(fail());
    return log_.commit_offsets(group, topic, next, call);
  }

  Result<Positions> committed_offsets(std::string_view group, const TopicInfo& topic,
                                      const CallContext& call) override {
    PUNNET_CHECK(fail());
    return log_.committed_offsets(group, topic, call);
  }

 private:
  Status fail() {
    if (failures_left_ == 0) return ok();
    --failures_left_;
    return Error{code_, "the event log failed on purpose"};
  }

  EventLog& log_;
  int failures_left_;
  const ErrorCode code_;
};

}  // namespace punnet
