#include "app/commands.h"
#include "app/json_object.h"
#include "app/model_gate.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/recipe_options.h"
#include "app/shop_layout.h"
#include "app/train_report.h"
#include "app/training_data.h"
#include "eval/report.h"
#include "eval/text_table.h"
#include "training/provenance.h"
#include "training/retrain.h"

namespace punnet {
namespace {

class Retrain final : public Command {
 public:
  std::string_view name() const override { return "retrain"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Train on history and new purchases together and serve the result.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet retrain", "punnet evaluate --model 2 --against 1 --later new_purchases"};
  }
  void declare(Options& options) override {
    options.setting("--topic", "events.topic");
    declare_recipe_options(options, no_promote_, dry_run_);
  }

  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(auto data,
               read_training_data(context, *files, {kHistoricalPurchases, kNewPurchases}));
    PUNNET_TRY(const auto items, read_items_if_any(*files, call));
    const auto catalogue = items.catalogue();
    const auto models = open_models(*files);
    PUNNET_TRY(const auto old_version, models->current(call));
    PUNNET_TRY(const bool nothing_new, learned_from(*models, old_version, data.version, call));
    PUNNET_TRY(auto config, train_config(context, data.version));
    config.served = load_served(context, *models);
    const auto history = data.rows;
    PUNNET_TRY(auto trained, train_with_progress(context, std::move(data), catalogue, config));
    std::optional<HeldOutReport> effect;
    if (old_version) {
      PUNNET_TRY(effect, measure_effect(context, *files, *models, *old_version, trained, history,
                                        catalogue));
    }
    const auto gate = judge_trained(context, trained, effect);
    const bool refused = !dry_run_ && gate.keeps_out();
    std::string version;
    if (!dry_run_ && !refused) {
      PUNNET_TRY(version, models->publish(*trained.model, trained.provenance, call));
      if (!no_promote_) PUNNET_CHECK(models->promote(version, call));
    }
    if (nothing_new && !context.json()) {
      context.out.line("There is nothing new since model " + *old_version +
                       ": it learned from the same purchases.");
    }
    report(context, *files, trained, config, item_names(items), old_version, version, effect, gate);
    return refused ? Status(gate.refusal()) : ok();
  }

 private:
  /// True when a version was trained on exactly this data.
  static Result<bool> learned_from(ModelStore& models, const std::optional<std::string>& version,
                                   const std::string& data_version, const CallContext& call) {
    if (!version) return false;
    PUNNET_TRY(const auto provenance, models.provenance(*version, call));
    return summarize(provenance).data_version == data_version;
  }

  /// Both models on events of the topic that the table, and so the new model, has not seen; absent
  /// when there are none.
  static Result<std::optional<HeldOutReport>> measure_effect(const CommandContext& context,
                                                             FileStore& files, ModelStore& models,
                                                             const std::string& old_version,
                                                             const TrainedModel& trained,
                                                             std::span<const Purchase> history,
                                                             std::span<const ItemId> catalogue) {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto log, open_event_log(context.config, context.events_call()));
    auto topic = log->describe_topic(context.config.events.topic, context.events_call());
    if (!topic && topic.error().code == ErrorCode::kAbsent) return std::optional<HeldOutReport>{};
    if (!topic) return topic.error();
    const auto committed = open_committed_purchases(files, *topic);
    PUNNET_TRY(auto positions, committed->positions(call));
    PUNNET_TRY(const auto schema, read_shop_schema(files, call));
    PUNNET_TRY(auto later, read_topic(*log, *topic, std::move(positions), schema, call));
    // Where events carry no time, what lies behind the table's position came later.
    if (trained.report.last_time) later = purchases_after(later, *trained.report.last_time);
    if (later.empty()) return std::optional<HeldOutReport>{};
    PUNNET_TRY(auto old_model, models.load(old_version, call));
    const Recommender new_recommender(trained.model);
    const Recommender old_recommender(std::move(old_model));
    return std::optional(compare_models(history, later, catalogue, new_recommender, old_recommender,
                                        held_out_config(context)));
  }

  void report(CommandContext& context, FileStore& files, const TrainedModel& trained,
              const TrainConfig& config, const NameMap& names,
              const std::optional<std::string>& old_version, const std::string& version,
              const std::optional<HeldOutReport>& effect, const GateDecision& gate) const {
    const auto location =
        version.empty() ? std::string() : files.location(std::string(kModels) + '/' + version);
    if (context.json()) {
      context.out.line(
          JsonObject()
              .add("old_version", old_version.value_or(""))
              .add_json("trained", train_report_json(trained.provenance, version, location))
              .add("effect_text", effect ? describe_effect(*effect) : "")
              .add_json("effect", effect ? to_json(*effect, names) : "null")
              .text());
      return;
    }
    context.out.write(train_report_text(trained, config, names));
    if (effect) {
      context.out.line("Effect of retraining on " +
                       with_commas(static_cast<std::int64_t>(effect->later_rows)) +
                       " events that came after: " + describe_effect(*effect));
    } else {
      context.out.line(
          "No events lie after the new model's last training row yet, so the effect of retraining "
          "cannot be measured; stream more, then `punnet evaluate --model NEW --against OLD "
          "--later "
          "new_purchases`.");
    }
    context.out.write(gate.text());
    if (version.empty()) {
      context.out.line(dry_run_ ? "Nothing was kept: --dry-run." : "Nothing was published.");
    } else {
      context.out.line("Model " + version + (no_promote_ ? " is kept in " : " is served from ") +
                       location);
    }
  }

  bool no_promote_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_retrain_command() { return std::make_unique<Retrain>(); }

}  // namespace punnet
