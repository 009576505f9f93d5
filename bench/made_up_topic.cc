#include "bench/made_up_topic.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/seeded_random.h"
#include "stream/purchase_json.h"

namespace punnet {
namespace {

class MadeUpTopic final : public EventLog {
 public:
  explicit MadeUpTopic(const MadeUpTopicOptions& options) {
    SeededRandom random(5);
    for (std::int64_t i = 0; i < options.events; ++i) {
      Purchase purchase;
      purchase.user = UserId{static_cast<std::int64_t>(random.below(options.users))};
      purchase.item = ItemId{static_cast<std::int64_t>(random.below(options.items))};
      purchase.quantity = static_cast<std::int32_t>(1 + random.below(4));
      purchase.sales_value = static_cast<float>(random.below(2000)) / 100.0F;
      encode_purchase(text_, purchase, {});
      ends_.push_back(text_.size());
    }
  }

  Result<TopicInfo> create_topic(const TopicSpec&, const CallContext&) override { return topic_; }
  Result<TopicInfo> describe_topic(std::string_view, const CallContext&) override { return topic_; }
  Result<Offset> append(const TopicInfo&, Partition, std::span<const NewEvent>,
                        const CallContext&) override {
    return Error{ErrorCode::kInvalid, "this topic is made up: nothing can be appended to it"};
  }
  Result<std::vector<OffsetBounds>> bounds(const TopicInfo&, const CallContext&) override {
    return std::vector<OffsetBounds>{{0, static_cast<Offset>(ends_.size())}};
  }
  Result<std::vector<EventRun>> read(const TopicInfo&, const Positions& from,
                                     const ReadLimit& limit, std::chrono::milliseconds,
                                     const CallContext&) override {
    const auto start = from.at(0);
    const auto next = std::min(start + limit.events, static_cast<Offset>(ends_.size()));
    std::vector<EventRun> runs;
    if (start >= next) return runs;
    EventRun run;
    run.range = {start, next};
    const auto begin = start_of(start);
    run.storage.assign(text_.data() + begin, text_.data() + start_of(next));
    for (auto offset = start; offset < next; ++offset) {
      Event event;
      event.offset = offset;
      event.time = Timestamp(std::chrono::microseconds(offset));
      event.value = {run.storage.data() + (start_of(offset) - begin),
                     start_of(offset + 1) - start_of(offset)};
      run.events.push_back(event);
    }
    runs.push_back(std::move(run));
    return runs;
  }
  Status commit_offsets(std::string_view, const TopicInfo&, const Positions&,
                        const CallContext&) override {
    return ok();
  }
  Result<Positions> committed_offsets(std::string_view, const TopicInfo&,
                                      const CallContext&) override {
    return Positions{};
  }

 private:
  std::size_t start_of(Offset offset) const {
    return offset == 0 ? 0 : ends_[static_cast<std::size_t>(offset) - 1];
  }

  const TopicInfo topic_{"purchases", "t", 1};
  std::string text_;  ///< of all events, one after the other
  std::vector<std::size_t> ends_;
};

}  // namespace

std::unique_ptr<EventLog> make_made_up_topic(const MadeUpTopicOptions& options) {
  return std::make_unique<MadeUpTopic>(options);
}

}  // namespace punnet
