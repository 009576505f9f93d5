#include <unistd.h>

#include <cstdio>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/reader_watch.h"
#include "app/shop_data.h"
#include "app/topic_options.h"
#include "base/rfc3339.h"
#include "config/field_text.h"
#include "stream/tail.h"

namespace punnet {
namespace {

std::string messages_json(std::span<const EventRun> runs) {
  std::string text;
  for (const auto& run : runs) {
    for (const auto& event : run.events) {
      JsonObject line;
      line.add("partition", run.partition).add("offset", event.offset);
      line.add("timestamp", format_rfc3339(event.time));
      if (event.key) {
        line.add("key", *event.key);
      } else {
        line.add_json("key", "null");
      }
      text += line.add("value", event.value).text() + '\n';
    }
  }
  return text;
}

class Tail final : public Command {
 public:
  std::string_view name() const override { return "tail"; }
  std::string_view group() const override { return "Topic"; }
  std::string_view summary() const override {
    return "Watch the topic: its messages as they are, or as tables batch by batch.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet tail --from-beginning --max-messages 5",
            "punnet tail --from-beginning --max-offsets-per-trigger 10 --trigger 5s"};
  }
  void declare(Options& options) override {
    declare_topic_place(options);
    options.flag("--from-beginning", from_beginning_, "Begin with the first message.");
    options.value("--offset", offset_, "Begin with this offset.");
    options.value("--partition", partition_, "Only this partition.", 0, INT32_MAX);
    options.value("--max-messages", max_messages_, "Stop after so many messages.", 1);
    options.value("--max-offsets-per-trigger", max_offsets_, "Most messages of one batch.", 1,
                  10'000'000);
    options.value("--trigger", trigger_, "TIME", "Time from batch to batch, such as 5s.");
    options.flag("--available-now", available_now_, "Stop at what is the end now.");
    options.choice("--format", format_, {"raw", "table"},
                   "[raw; table where batches are asked for]");
  }
  Status check() const override {
    if (from_beginning_ && offset_) {
      return Error{ErrorCode::kInvalid, "--from-beginning and --offset cannot both be given"};
    }
    const auto interval = trigger_ ? parse_duration(*trigger_) : std::nullopt;
    if (trigger_ && (!interval || interval->count() == 0)) {
      return Error{ErrorCode::kInvalid,
                   "--trigger " + *trigger_ + ": expected a duration such as 5s"};
    }
    if (trigger_ && available_now_) {
      return Error{ErrorCode::kInvalid, "--trigger and --available-now cannot both be given"};
    }
    return ok();
  }

  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto schema, read_shop_schema(*files, context.files_call()));
    PUNNET_TRY(const auto log,
               open_event_log(context.config, context.events_call(), context.waiting("tail")));
    PUNNET_TRY(const auto topic, find_topic(*log, context));
    auto retry = make_retry(context, "tail");
    const bool batches = trigger_ || max_offsets_;
    const bool table = format_ == "table" || (format_.empty() && batches);
    const auto on_batch = [&](std::int64_t id, std::span<const EventRun> runs) {
      if (context.json()) {
        context.out.write(messages_json(runs));
      } else if (table) {
        context.out.write(batch_heading(id) + message_table(runs, schema, topic.partitions));
      } else {
        context.out.write(raw_messages(runs));
      }
    };
    const ReaderWatch watch(STDOUT_FILENO, context.stop);
    const TailPorts ports{.log = *log, .clock = context.clock, .sleep = real_sleep()};
    PUNNET_TRY(const auto messages,
               tail(topic, tail_config(), ports, retry, watch.stop(), on_batch));
    // On standard error, as Kafka's console consumer does, so that messages can be piped on.
    std::fprintf(stderr, "Processed a total of %lld messages\n", static_cast<long long>(messages));
    if (context.stop.stop_requested() && max_messages_ && messages < *max_messages_) {
      return Error{ErrorCode::kCancelled, "stopped before --max-messages were read"};
    }
    return ok();
  }

 private:
  TailConfig tail_config() const {
    TailConfig config;
    config.start = from_beginning_ ? StartingOffsets::kEarliest : StartingOffsets::kLatest;
    if (partition_) config.partition = static_cast<Partition>(*partition_);
    config.offset = offset_;
    config.max_messages = max_messages_;
    if (max_offsets_) config.max_offsets_per_trigger = *max_offsets_;
    if (available_now_) {
      config.trigger = {.kind = TriggerKind::kAvailableNow, .interval = {}};
    } else if (trigger_) {
      config.trigger = {.kind = TriggerKind::kInterval, .interval = *parse_duration(*trigger_)};
    }
    return config;
  }

  bool from_beginning_ = false;
  bool available_now_ = false;
  std::optional<std::int64_t> offset_;
  std::optional<std::int64_t> partition_;
  std::optional<std::int64_t> max_messages_;
  std::optional<std::int64_t> max_offsets_;
  std::optional<std::string> trigger_;
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_tail_command() { return std::make_unique<Tail>(); }

}  // namespace punnet
