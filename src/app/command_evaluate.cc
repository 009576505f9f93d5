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

/// The time of the last purchase; absent when one has none.
std::optional<Timestamp> last_time(std::span<const Purchase> purchases) {
  std::optional<Timestamp> last;
  for (const auto& purchase : purchases) {
    if (!purchase.time) return std::nullopt;
    last = std::max(last, purchase.time);
  }
  return last;
}

/// True when `later` begins before `history` has ended, or nobody can tell.
bool overlaps(std::span<const Purchase> history, std::span<const Purchase> later) {
  const auto last = last_time(history);
  if (!last) return !history.empty();
  return std::any_of(later.begin(), later.end(), [&](const Purchase& purchase) {
    return !purchase.time || *purchase.time < *last;
  });
}

/// A model that was retrained knows more than the history: moves what lies up to `trained` from the
/// later purchases to the history, for figures must not flatter it.
void keep_unseen(const std::optional<Timestamp>& trained, std::vector<Purchase>& history,
                 std::vector<Purchase>& later) {
  const auto last = last_time(history);
  if (!trained || !last || *trained <= *last) return;
  const auto seen = std::stable_partition(
      later.begin(), later.end(),
      [&](const Purchase& purchase) { return purchase.time && *purchase.time > *trained; });
  history.insert(history.end(), seen, later.end());
  later.erase(seen, later.end());
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
    options.value("--model", model_, kModelKind, "The model to measure [the one that is served].");
    options.value("--against", against_, kModelKind,
                  "Another model, to be measured on the same events.");
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
    PUNNET_TRY(const auto chosen, choose_model(*files, model_, call));
    std::optional<ChosenModel> other;
    if (against_) {
      PUNNET_TRY(other, choose_model(*files, against_, call));
    }
    if (history_.empty()) history_.emplace_back(kHistoricalPurchases);
    if (later_.empty()) later_.emplace_back(kForTopic);
    PUNNET_TRY(auto history, read_training_data(context, *files, history_));
    PUNNET_TRY(auto later, read_later(context, *files));
    PUNNET_TRY(const auto items, read_items_if_any(*files, call));
    auto last = last_training_time(chosen.provenance);
    if (other) last = std::max(last, last_training_time(other->provenance));
    keep_unseen(last, history.rows, later);
    if (later.empty()) {
      return Error{
          ErrorCode::kInvalid,
          "no purchases lie after what the model was trained on; stream more, or name others with "
          "--later"};
    }
    if (overlaps(history.rows, later)) {
      context.log.warn("evaluate",
                       "the later purchases do not all lie after the history, so these figures "
                       "flatter; `punnet split --by time` makes parts that do");
    }
    return measure(context, chosen, other, history.rows, later, items);
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

  Status measure(CommandContext& context, const ChosenModel& chosen,
                 const std::optional<ChosenModel>& other, std::span<const Purchase> history,
                 std::span<const Purchase> later, const ShopItems& items) const {
    const auto& model = chosen.model;
    const Recommender recommender(model);
    const auto config = held_out_config(context);
    const auto original =
        measure_original_precision(recommender, history, later, config.k, context.threads);
    std::vector<Contender> contenders{{"model " + model->version, &recommender}};
    std::optional<Recommender> other_recommender;
    if (other) {
      other_recommender.emplace(other->model);
      contenders.push_back({"model " + other->model->version, &*other_recommender});
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
