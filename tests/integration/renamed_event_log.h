#pragma once

#include <memory>
#include <string>
#include <utility>

#include "ports/event_log.h"

namespace punnet {

/// An EventLog on a shared server whose topics have a prefix there, so that tests do not meet.
class RenamedEventLog final : public EventLog {
 public:
  RenamedEventLog(std::unique_ptr<EventLog> log, std::string prefix)
      : log_(std::move(log)), prefix_(std::move(prefix)) {}

  Result<TopicInfo> create_topic(const TopicSpec& spec, const CallContext& call) override {
    auto there = spec;
    // What no topic can be called stays that.
    if (spec.name.find_first_not_of('.') != std::string::npos) there.name = prefix_ + spec.name;
    return here(log_->create_topic(there, call));
  }
  Result<TopicInfo> describe_topic(std::string_view name, const CallContext& call) override {
    return here(log_->describe_topic(prefix_ + std::string(name), call));
  }
  Result<Offset> append(const TopicInfo& topic, Partition partition,
                        std::span<const NewEvent> events, const CallContext& call) override {
    return log_->append(there(topic), partition, events, call);
  }
  Result<std::vector<OffsetBounds>> bounds(const TopicInfo& topic,
                                           const CallContext& call) override {
    return log_->bounds(there(topic), call);
  }
  Result<std::vector<EventRun>> read(const TopicInfo& topic, const Positions& from,
                                     const ReadLimit& limit, std::chrono::milliseconds wait,
                                     const CallContext& call) override {
    return log_->read(there(topic), from, limit, wait, call);
  }
  Status commit_offsets(std::string_view group, const TopicInfo& topic, const Positions& next,
                        const CallContext& call) override {
    return log_->commit_offsets(group, there(topic), next, call);
  }
  Result<Positions> committed_offsets(std::string_view group, const TopicInfo& topic,
                                      const CallContext& call) override {
    return log_->committed_offsets(group, there(topic), call);
  }

 private:
  TopicInfo there(TopicInfo topic) const {
    topic.name = prefix_ + topic.name;
    return topic;
  }
  Result<TopicInfo> here(Result<TopicInfo> topic) const {
    if (topic) topic->name = topic->name.substr(prefix_.size());
    return topic;
  }

  const std::unique_ptr<EventLog> log_;
  const std::string prefix_;
};

}  // namespace punnet
