#include <memory>

#include "app/commands.h"
#include "app/model_gate.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_data.h"
#include "app/shop_layout.h"
#include "app/stream_printer.h"
#include "app/topic_options.h"
#include "base/random_id.h"
#include "stream/run_stream.h"
#include "training/recipe.h"

namespace punnet {
namespace {

class Stream final : public Command {
 public:
  std::string_view name() const override { return "stream"; }
  std::string_view group() const override { return "Topic"; }
  std::string_view summary() const override {
    return "Apply the model to the topic, batch by batch, and keep events with recommendations.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet stream --max-offsets-per-trigger 100 --trigger 60s",
            "punnet stream --available-now --output json"};
  }
  void declare(Options& options) override {
    declare_topic_place(options);
    options.setting("--group", "events.group");
    options.setting("--output-topic", "events.output_topic");
    options.setting("--output-mode", "events.output_mode");
    options.setting("--max-offsets-per-trigger", "stream.max_offsets_per_trigger");
    options.setting("--trigger", "stream.trigger");
    options.flag("--available-now", available_now_, "Stop when what is in the topic now is done.");
    options.setting("--starting-offsets", "stream.starting_offsets");
    options.setting("--on-data-loss", "stream.on_data_loss");
    options.switch_setting("--file-per-batch", "stream.file_per_batch");
    options.setting("--commit-bytes", "stream.commit_bytes");
    options.setting("--commit-age", "stream.commit_age");
    options.setting("--recipe", "training.recipe");
    options.switch_setting("--exclude-purchased", "stream.exclude_purchased");
    options.setting("-k,--k", "stream.k");
    options.setting("--show-rows", "stream.show_rows");
    options.switch_setting("--original-tables", "tables.original_tables");
    options.value("--max-batches", max_batches_, "Stop after so many batches; 0: never.");
  }

  Status run(CommandContext& context) override {
    const auto& config = context.config;
    PUNNET_TRY(const auto files, open_files(config));
    PUNNET_TRY(const auto schema, read_shop_schema(*files, context.files_call()));
    PUNNET_TRY(const auto log,
               open_event_log(config, context.events_call(), context.waiting("stream")));
    PUNNET_TRY(const auto topic, find_topic(*log, context));
    PUNNET_TRY(const auto sink,
               open_new_purchases(*files, topic, schema, context.log, context.files_call()));
    const auto committed = open_committed_purchases(*files, topic);
    PUNNET_TRY(const auto tables, open_tables(config, TablesUse::kShop, context.tables_call(),
                                              context.waiting("stream")));
    const auto models = open_models(*files);
    PUNNET_TRY(const auto feed, open_feed(config, *log, topic, context.events_call()));
    std::unique_ptr<PartitionMembership> membership;
    if (!available_now_) {
      PUNNET_TRY(membership, join_group(config, topic));
    }

    const auto background = make_background_thread();
    const auto history_writer = make_background_thread();
    const StreamPorts ports{.log = *log,
                            .sink = *sink,
                            .committed = *committed,
                            .own_purchases = *tables.own_purchases,
                            .histories = *tables.histories,
                            .items = *tables.items,
                            .recommendations = *tables.recommendations,
                            .models = *models,
                            .clock = context.clock,
                            .sleep = real_sleep(),
                            .membership = membership.get(),
                            .background = background.get(),
                            .history_writer = history_writer.get(),
                            .feed = feed.get()};
    PUNNET_TRY(const auto settings, stream_config(context, schema));
    StreamPrinter printer(context, {.id = topic.id,
                                    .run_id = random_id(),
                                    .name = config.events.group,
                                    .topic = topic.name,
                                    .sink = files->location(kNewPurchases)});
    announce_served(context, *models);
    PUNNET_TRY(const auto summary, run_stream(ports, settings, printer, context.stop));
    printer.finish(summary);
    return ok();
  }

 private:
  Result<StreamConfig> stream_config(const CommandContext& context,
                                     const PurchaseSchema& schema) const {
    const auto& settings = context.config.stream;
    PUNNET_TRY(const auto recipe, find_recipe(recipe_name(context.config.training.recipe)));
    StreamConfig config;
    config.topic = context.config.events.topic;
    config.group = context.config.events.group;
    config.starting_offsets = settings.starting_offsets == StartAt::kLatest
                                  ? StartingOffsets::kLatest
                                  : StartingOffsets::kEarliest;
    config.on_data_loss =
        settings.on_data_loss == DataLoss::kRecord ? OnDataLoss::kRecord : OnDataLoss::kFail;
    config.trigger = trigger(settings);
    config.max_offsets_per_trigger = settings.max_offsets_per_trigger;
    config.max_batches = max_batches_;
    config.commit = {.bytes = static_cast<std::size_t>(settings.commit_bytes.bytes),
                     .backlog_bytes = static_cast<std::size_t>(settings.commit_backlog_bytes.bytes),
                     .age = settings.commit_age,
                     .every_batch = settings.file_per_batch};
    config.unknown_users = recipe.unknown_users;
    config.apply.schema = schema;
    config.apply.k = static_cast<std::size_t>(settings.k);
    config.apply.threads = context.threads;
    config.apply.exclude_purchased = settings.exclude_purchased;
    config.apply.shown_rows = context.json() ? 0 : static_cast<std::size_t>(settings.show_rows);
    config.apply.lookup_cache_bytes = static_cast<std::size_t>(settings.lookup_bytes.bytes);
    config.histories.limit_bytes = static_cast<std::size_t>(settings.history_bytes.bytes);
    config.histories.backlog_bytes = static_cast<std::size_t>(settings.history_backlog_bytes.bytes);
    config.retry.call_timeout = context.config.tables.timeout;
    return config;
  }

  TriggerConfig trigger(const StreamSettings& settings) const {
    if (available_now_) return {.kind = TriggerKind::kAvailableNow, .interval = {}};
    if (settings.trigger.count() > 0) {
      return {.kind = TriggerKind::kInterval, .interval = settings.trigger};
    }
    return {.kind = TriggerKind::kAsDataComes, .interval = {}};
  }

  bool available_now_ = false;
  std::int64_t max_batches_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_stream_command() { return std::make_unique<Stream>(); }

}  // namespace punnet
