#include <algorithm>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/model_choice.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_layout.h"
#include "app/training_data.h"
#include "eval/original_precision.h"
#include "eval/report.h"
#include "training/provenance.h"
#include "training/retrain.h"

namespace punnet {
namespace {

/// True when `later` begins before `history` has ended, or nobody can tell.
bool overlaps(std::span<const Purchase> history, std::span<const Purchase> later) {
  std::optional<Timestamp> last;
  for (const auto& purchase : history) {
    if (!purchase.time) return true;
    if (!last || *purchase.time > *last) last = purchase.time;
  }
  return std::any_of(later.begin(), later.end(), [&](const Purchase& purchase) {
    return !purchase.time || (last && *purchase.time < *last);
  });
}

class Evaluate final : public Command {
 public:
  std::string_view name() const override { return "evaluate"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Measure a model on what users bought later, next to simple baselines.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet evaluate", "punnet evaluate --model 2 --against 1 --later new_purchases"};
  }
  void declare(Options& options) override {
    options.value("--model", model_, "VERSION", "The version to measure [the current one].");
    options.value("--against", against_, "VERSION",
                  "Another version, measured on the same events after what the model was trained "
                  "on.");
    options.values("--history", history_, "INPUT",
                   "What the model was trained on [historical_purchases].");
    options.values("--later", later_, "INPUT",
                   "What was bought later: for_topic, new_purchases, or a path [for_topic].");
    options.setting("-k,--k", "stream.k");
    options.setting("--seed", "training.seed");
  }

  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    const auto call = context.whole_run();
    const auto models = open_models(*files);
    PUNNET_TRY(const auto version, choose_version(*models, model_, call));
    PUNNET_TRY(const auto model, models->load(version, call));
    if (history_.empty()) history_.emplace_back(kHistoricalPurchases);
    if (later_.empty()) later_.emplace_back(kForTopic);
    PUNNET_TRY(auto history, read_training_data(context, *files, history_));
    PUNNET_TRY(auto later, read_later(context, *files));
    PUNNET_TRY(const auto items, read_items_if_any(*files, call));
    if (against_) PUNNET_CHECK(keep_unseen(*models, version, history, later, call));
    if (later.empty()) {
      return Error{
          ErrorCode::kInvalid,
          "no purchases lie after what the model was trained on; name others with --later"};
    }
    if (overlaps(history.rows, later)) {
      context.log.warn("evaluate",
                       "the later purchases do not all lie after the history, so these figures "
                       "flatter; `punnet split --by time` makes parts that do");
    }
    return measure(context, *models, model, history.rows, later, items);
  }

 private:
  Result<std::vector<Purchase>> read_later(const CommandContext& context, FileStore& files) const {
    std::vector<Purchase> later;
    for (const auto& name : later_) {
      if (name == kForTopic) {
        PUNNET_TRY(const auto rows, read_for_topic(files, context.whole_run()));
        later.insert(later.end(), rows.begin(), rows.end());
      } else {
        PUNNET_TRY(const auto data, read_training_data(context, files, {name}));
        later.insert(later.end(), data.rows.begin(), data.rows.end());
      }
    }
    return later;
  }

  /// Moves what the model has seen from the later purchases to the history.
  static Status keep_unseen(ModelStore& models, const std::string& version, TrainingData& history,
                            std::vector<Purchase>& later, const CallContext& call) {
    PUNNET_TRY(const auto provenance, models.provenance(version, call));
    const auto last = last_training_time(provenance);
    if (!last) return ok();
    const auto seen = std::stable_partition(
        later.begin(), later.end(),
        [&](const Purchase& purchase) { return purchase.time && *purchase.time > *last; });
    history.rows.insert(history.rows.end(), seen, later.end());
    later.erase(seen, later.end());
    return ok();
  }

  Status measure(CommandContext& context, ModelStore& models,
                 const std::shared_ptr<const Model>& model, std::span<const Purchase> history,
                 std::span<const Purchase> later, const ShopItems& items) const {
    const Recommender recommender(model);
    const auto config = held_out_config(context);
    const auto original =
        measure_original_precision(recommender, history, later, config.k, context.threads);
    std::vector<Contender> contenders{{"model " + model->version, &recommender}};
    std::unique_ptr<Recommender> other;
    if (against_) {
      PUNNET_TRY(auto loaded, models.load(*against_, context.whole_run()));
      other = std::make_unique<Recommender>(std::move(loaded));
      contenders.push_back({"model " + *against_, other.get()});
    }
    const auto report = evaluate_held_out(history, later, items.catalogue(), contenders, config);
    PUNNET_CHECK(context.whole_run().check("evaluate"));
    const auto names = item_names(items);
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("model_version", model->version)
                           .add_json("original_precision", to_json(original))
                           .add_json("held_out", to_json(report, names))
                           .text());
    } else {
      context.out.write(to_text(original) + to_text(report, names));
    }
    return ok();
  }

  std::optional<std::string> model_;
  std::optional<std::string> against_;
  std::vector<std::string> history_;
  std::vector<std::string> later_;
};

}  // namespace

std::unique_ptr<Command> make_evaluate_command() { return std::make_unique<Evaluate>(); }

}  // namespace punnet
