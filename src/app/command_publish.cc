#include <cstdio>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/prepare_options.h"
#include "app/shop_layout.h"
#include "app/topic_options.h"
#include "app/training_data.h"
#include "eval/text_table.h"
#include "parquet/purchase_reader.h"
#include "stream/publish.h"
#include "stream/purchase_json.h"
#include "telemetry/progress_bar.h"

namespace punnet {
namespace {

/// A name for these rows in this topic, so that publishing them again goes on where it ended.
std::string run_id_of(std::span<const Purchase> purchases, const TopicInfo& topic, EventKey key,
                      const PurchaseSchema& schema) {
  constexpr std::uint64_t kFnvPrime = 1099511628211ULL;
  std::uint64_t hash = 14695981039346656037ULL;
  std::string text = topic.id + (key == EventKey::kUser ? " user" : " none");
  const auto mix = [&] {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
    text.clear();
  };
  mix();
  for (const auto& purchase : purchases) {
    encode_purchase(text, purchase, schema);
    mix();
  }
  char hex[24];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
  return std::string(hex) + '-' + std::to_string(purchases.size());
}

class Publish final : public Command {
 public:
  std::string_view name() const override { return "publish"; }
  std::string_view group() const override { return "Topic"; }
  std::string_view summary() const override {
    return "Send purchases to the topic as events; a run that was cut off is taken up again.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet publish", "punnet publish --partitions 3 --key user --rate 500/s",
            "punnet publish --input purchases.csv --config retention.ms=-1 --run-id monday"};
  }
  void declare(Options& options) override {
    options.value("--input", input_, "FILE",
                  "for_topic, which `split` wrote, or CSV with header, Parquet, or - [for_topic].");
    declare_topic_place(options);
    options.value("--partitions", partitions_, "Of a topic that is to be made [1].", 1, 10'000);
    options.value("--replication-factor", replication_, "Of a topic that is to be made.", 1, 100);
    options.choice("--key", key_, {"none", "user"},
                   "none: row n goes to partition n mod P; user: by the user's id.");
    options.value("--rate", rate_, "N/s", "Imitate live traffic [as fast as possible].");
    options.value("--run-id", run_id_, "NAME",
                  "The same name takes up the same run; a new one publishes again [made of the "
                  "rows].");
    options.flag("--dry-run", dry_run_, "Read the input and count, but publish nothing.");
    declare_purchase_columns(options);
  }
  bool takes_topic_config() const override { return true; }
  Status check() const override {
    if (rate_ && !parse_rate(*rate_)) {
      return Error{ErrorCode::kInvalid, "--rate " + *rate_ + ": expected a rate such as 500/s"};
    }
    return ok();
  }

  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    PublishConfig config;
    PUNNET_TRY(const auto purchases, read_input(context, *files, config.schema));
    if (dry_run_) {
      print(context, {}, "", static_cast<std::int64_t>(purchases.size()));
      return ok();
    }
    PUNNET_TRY(const auto log,
               open_event_log(context.config, context.events_call(), context.waiting("publish")));
    PUNNET_TRY(const auto topic, find_or_create_topic(*log, context));
    config.key = key_ == "user" ? EventKey::kUser : EventKey::kNone;
    config.rows_per_second = rate_ ? *parse_rate(*rate_) : 0;
    config.run_id = run_id_ ? *run_id_ : run_id_of(purchases, topic, config.key, config.schema);
    auto retry = make_retry(context, "publish");
    ProgressBar bar("publish", static_cast<std::int64_t>(purchases.size()), stderr);
    const PublishPorts ports{.log = *log, .clock = context.clock, .sleep = real_sleep()};
    auto summary = publish(purchases, topic, config, ports, retry, context.stop,
                           [&](std::int64_t done) { bar.show(done); });
    bar.clear();
    if (!summary) return std::move(summary).error();
    print(context, *summary, config.run_id, static_cast<std::int64_t>(purchases.size()));
    return ok();
  }

 private:
  Result<std::vector<Purchase>> read_input(const CommandContext& context, FileStore& files,
                                           PurchaseSchema& schema) const {
    const auto call = context.whole_run();
    if (!input_ || *input_ == kForTopic) {
      PUNNET_TRY(schema, read_shop_schema(files, call));
      return read_for_topic(files, call);
    }
    schema = purchase_schema(context.config.prepare);
    PUNNET_TRY(const auto input, open_named_path(*input_, call));
    PurchaseReadOptions options;
    options.columns = purchase_columns(context.config.prepare);
    options.id_type = schema.id_type;
    return read_purchases(*input.files, input.path, options, call);
  }

  Result<TopicInfo> find_or_create_topic(EventLog& log, const CommandContext& context) const {
    const auto& name = context.config.events.topic;
    auto topic = log.describe_topic(name, context.events_call());
    if (!topic && topic.error().code == ErrorCode::kAbsent) {
      TopicSpec spec;
      spec.name = name;
      spec.partitions = static_cast<std::int32_t>(partitions_.value_or(1));
      spec.replication_factor = static_cast<std::int16_t>(replication_);
      spec.config = context.topic_config;
      topic = log.create_topic(spec, context.events_call());
      // Another publisher may have been a moment earlier.
      if (!topic && topic.error().code == ErrorCode::kExists) {
        topic = log.describe_topic(name, context.events_call());
      }
    }
    if (topic && partitions_ && topic->partitions != *partitions_) {
      return Error{ErrorCode::kInvalid, "the topic \"" + name + "\" has " +
                                            std::to_string(topic->partitions) +
                                            " partition(s); leave --partitions out, or name "
                                            "another --topic"};
    }
    return topic;
  }

  void print(CommandContext& context, const PublishSummary& summary, const std::string& run_id,
             std::int64_t rows) const {
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("topic", context.config.events.topic)
                           .add("run_id", run_id)
                           .add("rows", rows)
                           .add("published", summary.rows)
                           .add("already_held", summary.already_held)
                           .add("dry_run", dry_run_)
                           .text());
      return;
    }
    const auto topic = "topic \"" + context.config.events.topic + '"';
    if (dry_run_) {
      context.out.line(with_commas(rows) + " events would go to " + topic);
      return;
    }
    context.out.line(with_commas(summary.rows) + " events published to " + topic + " (run " +
                     run_id + ")");
    if (summary.already_held > 0) {
      context.out.line(with_commas(summary.already_held) +
                       " were there from earlier attempts; another --run-id publishes them again");
    }
  }

  std::optional<std::string> input_;
  std::optional<std::int64_t> partitions_;
  std::int64_t replication_ = 1;
  std::string key_ = "none";
  std::optional<std::string> rate_;
  std::optional<std::string> run_id_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_publish_command() { return std::make_unique<Publish>(); }

}  // namespace punnet
