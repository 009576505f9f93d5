#include <algorithm>
#include <memory>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/model_choice.h"
#include "app/model_gate.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_layout.h"
#include "app/training_data.h"
#include "ranking/popularity.h"
#include "spark/als_model_directory.h"
#include "spark/model_directory.h"
#include "training/rate_purchases.h"

namespace punnet {
namespace {

constexpr std::size_t kPopularItems = 1000;

/// Gives a model from elsewhere what Spark's files do not hold: the shop's catalogue, and the
/// fallback list for users that it does not know. Where the shop has no history, nothing.
Status complete(const CommandContext& context, FileStore& files, Model& model) {
  PUNNET_TRY(const auto items, read_items_if_any(files, context.whole_run()));
  if (model.catalogue.empty()) model.catalogue = items.catalogue();
  std::ranges::sort(model.catalogue);
  if (!model.popularity.empty()) return ok();
  const auto history = read_training_data(context, files, {kHistoricalPurchases});
  if (!history) {
    return history.error().code == ErrorCode::kAbsent ? ok() : Status(history.error());
  }
  const auto rated = rate_purchases(history->rows, RatingRule::kCount, model.catalogue);
  const auto matrix =
      make_interaction_matrix(rated.interactions, rated.users.size(), rated.items.size());
  model.popularity =
      rank_by_popularity(matrix.by_item, rated.users.size(), rated.items, model.catalogue);
  model.popularity.resize(std::min(model.popularity.size(), kPopularItems));
  return ok();
}

/// Where a model came from that nobody wrote a provenance for.
Provenance imported_provenance(const std::string& location, const AlsMetadata& metadata) {
  return {JsonObject()
              .add("recipe", "imported")
              .add("data_version", location)
              .add("spark_uid", metadata.uid)
              .add("spark_version", metadata.spark_version)
              .text()};
}

class ModelConvert final : public Command {
 public:
  std::string_view name() const override { return "model convert"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Write a model again: for Spark alone, for punnet, or with ids of another width.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet model convert 2 --to spark --output als_model",
            "punnet model convert als_model --publish"};
  }
  void declare(Options& options) override {
    options.argument("MODEL", model_,
                     "A version of the shop, or a directory. --output: a new directory.");
    options.choice("--to", to_, {"punnet", "spark"},
                   "spark: an ALSModel and nothing beside it; punnet: also fallback list, "
                   "catalogue, provenance and hashes, below _punnet/.");
    options.choice("--id-type", id_type_, {"auto", "int32", "int64"},
                   "Width of ids: as they are in int32, or in int64, where Spark sees rows and "
                   "_ids/ maps them.");
    options.value("--user-column", user_column_, "TEXT", "Column of users in Spark's transform.");
    options.value("--item-column", item_column_, "TEXT", "Column of items in Spark's transform.");
    options.choice("--cold-start", cold_start_, {"drop", "nan"},
                   "What Spark's transform does with unknown ids.");
    options.flag("--publish", publish_,
                 "Instead of writing a directory, make the model a version of the shop and serve "
                 "it; the gate only reports.");
    options.flag("--no-promote", no_promote_, "With --publish: do not serve it yet.");
  }
  bool output_may_be_place() const override { return true; }

  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    if (context.place.has_value() == publish_) {
      return Error{ErrorCode::kInvalid,
                   "model convert: --output names a new directory, or --publish makes a version"};
    }
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto chosen, choose_model(*files, model_, call));
    if (publish_) return publish(context, *files, chosen);
    PUNNET_TRY(const auto target, open_named_path(*context.place, call));
    const auto options = write_options(context);
    const auto& model = *chosen.model;
    PUNNET_CHECK(write_new_model_directory(
        *target.files, target.path,
        [&] {
          return to_ == "spark" ? write_als_model(*target.files, target.path, model, options, call)
                                : write_model_directory(*target.files, target.path, model,
                                                        chosen.provenance, options, call);
        },
        call));
    const auto location = target.files->location(target.path);
    if (context.json()) {
      context.out.line(JsonObject().add("format", to_).add("location", location).text());
    } else {
      context.out.line("Saved for " + to_ + " as " + location);
    }
    return ok();
  }

 private:
  Status publish(CommandContext& context, FileStore& files, const ChosenModel& chosen) const {
    const auto call = context.whole_run();
    auto provenance = chosen.provenance;
    if (provenance.json == "{}") {
      PUNNET_TRY(const auto place, locate_model(files, model_, call));
      PUNNET_TRY(const auto metadata, read_als_model_metadata(*place.files, place.path, call));
      provenance = imported_provenance(place.files->location(place.path), metadata);
    }
    auto model = std::make_shared<Model>(*chosen.model);
    PUNNET_CHECK(complete(context, files, *model));
    provenance = judge_imported(context, model, provenance);
    const auto models = open_models(files);
    PUNNET_TRY(const auto version, models->publish(*model, provenance, call));
    if (!no_promote_) PUNNET_CHECK(models->promote(version, call));
    const auto location = files.location(std::string(kModels) + '/' + version);
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("model_version", version)
                           .add("location", location)
                           .add_json("provenance", provenance.json)
                           .text());
    } else {
      context.out.line("Model " + version + (no_promote_ ? " is kept in " : " is served from ") +
                       location);
    }
    return ok();
  }

  AlsModelWriteOptions write_options(const CommandContext& context) const {
    AlsModelWriteOptions options;
    options.user_column = user_column_;
    options.item_column = item_column_;
    options.cold_start_strategy = cold_start_;
    if (id_type_ != "auto") {
      options.id_type = id_type_ == "int32" ? IdType::kInt32 : IdType::kInt64;
    }
    options.written = context.clock.now();
    return options;
  }

  std::string model_;
  std::string to_ = "spark";
  std::string id_type_ = "auto";
  std::string user_column_ = "user_id";
  std::string item_column_ = "item_id";
  std::string cold_start_ = "drop";
  bool publish_ = false;
  bool no_promote_ = false;
};

}  // namespace

std::unique_ptr<Command> make_model_convert_command() { return std::make_unique<ModelConvert>(); }

}  // namespace punnet
