#include <algorithm>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/model_gate.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/prepare_options.h"
#include "app/recipe_options.h"
#include "app/shop_layout.h"
#include "app/spark_training.h"
#include "app/train_report.h"
#include "app/training_data.h"
#include "spark/model_directory.h"

namespace punnet {
namespace {

class Train final : public Command {
 public:
  std::string_view name() const override { return "train"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Train a model by alternating least squares and serve it.";
  }
  std::vector<std::string_view> examples() const override {
    return {
        "punnet train", "punnet train --recipe original",
        "punnet train --input purchases.csv --user-column customer --rank 64 --output my_model",
        "punnet train --spark-compatible --input ratings.csv --schema 'user_id int, item_id int, "
        "rating float' --seed 1 --no-validation --output als_model"};
  }
  void declare(Options& options) override {
    options.values(
        "--input", inputs_, "INPUT",
        "historical_purchases, new_purchases, or a path of Parquet, CSV or Delta; may be "
        "given several times [historical_purchases].");
    declare_recipe_options(options, no_promote_, dry_run_);
    options.setting("-k,--k", "stream.k");
    declare_purchase_columns(options);
    options.setting("--id-type", "prepare.id_type");
    options.flag("--spark-compatible", spark_compatible_,
                 "Train on ratings, whatever they are of, the factors that Spark 3.5 trains with "
                 "these parameters and this seed. Each file of the input is a partition.");
    spark_.declare(options);
  }
  bool output_may_be_place() const override { return true; }

  Status check() const override {
    const auto given = spark_.any_given();
    if (!spark_compatible_ && !given.empty()) {
      return Error{ErrorCode::kInvalid, given + " goes with --spark-compatible"};
    }
    if (spark_compatible_ && inputs_.empty()) {
      return Error{ErrorCode::kInvalid, "--spark-compatible: --input must name the ratings"};
    }
    return ok();
  }

  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    return spark_compatible_ ? run_spark_compatible(context, *files) : run_recipe(context, *files);
  }

 private:
  /// Where the model went.
  struct Kept {
    std::string version;
    std::string location;
    std::string sentence;
  };

  Status run_recipe(CommandContext& context, FileStore& files) {
    if (inputs_.empty()) inputs_.emplace_back(kHistoricalPurchases);
    PUNNET_TRY(auto data, read_training_data(context, files, inputs_));
    PUNNET_TRY(const auto items, read_items_if_any(files, context.whole_run()));
    const auto catalogue = data.of_shop ? items.catalogue() : std::vector<ItemId>{};
    PUNNET_TRY(auto config, train_config(context, data.version));
    if (!context.place) config.served = load_served(context, *open_models(files));
    PUNNET_TRY(auto trained, train_with_progress(context, std::move(data), catalogue, config));
    const auto gate = judge_trained(context, trained);
    const bool refused = !dry_run_ && !context.place && gate.keeps_out();
    Kept kept{"", "", "Nothing was published."};
    if (!refused) {
      PUNNET_TRY(kept, keep(context, files, *trained.model, trained.provenance, {}));
    }
    report(context, trained.provenance, kept,
           [&] { return train_report_text(trained, config, item_names(items)) + gate.text(); });
    return refused ? Status(gate.refusal()) : ok();
  }

  Status run_spark_compatible(CommandContext& context, FileStore& files) {
    const auto recipe = context.loaded.origins.find("training.recipe");
    if (recipe != context.loaded.origins.end() && recipe->second == "--recipe") {
      return Error{
          ErrorCode::kInvalid,
          "--recipe says how purchases are rated; --spark-compatible takes ratings as they "
          "are"};
    }
    PUNNET_TRY(const auto trained, train_spark_compatible(context, inputs_, spark_));
    AlsModelWriteOptions as_spark;
    as_spark.user_column = context.config.prepare.user_column;
    as_spark.item_column = context.config.prepare.item_column;
    as_spark.cold_start_strategy = "nan";
    const auto provenance = judge_imported(context, trained.model, trained.provenance);
    PUNNET_TRY(const auto kept, keep(context, files, *trained.model, provenance, as_spark));
    report(context, trained.provenance, kept, [&] { return spark_report_text(trained, context); });
    return ok();
  }

  template <typename MakeText>
  static void report(CommandContext& context, const Provenance& provenance, const Kept& kept,
                     MakeText make_text) {
    if (context.json()) {
      context.out.line(train_report_json(provenance, kept.version, kept.location));
    } else {
      context.out.write(make_text());
      context.out.line(kept.sentence);
    }
  }

  Result<Kept> keep(const CommandContext& context, FileStore& files, const Model& model,
                    const Provenance& provenance, AlsModelWriteOptions options) const {
    const auto call = context.whole_run();
    if (dry_run_) return Kept{"", "", "Nothing was kept: --dry-run."};
    if (context.place) {
      PUNNET_TRY(const auto target, open_named_path(*context.place, call));
      options.written = context.clock.now();
      PUNNET_CHECK(write_new_model_directory(
          *target.files, target.path,
          [&] {
            return write_model_directory(*target.files, target.path, model, provenance, options,
                                         call);
          },
          call));
      const auto location = target.files->location(target.path);
      return Kept{"", location, "Saved as " + location};
    }
    const auto models = open_models(files);
    PUNNET_TRY(const auto version, models->publish(model, provenance, call));
    if (!no_promote_) PUNNET_CHECK(models->promote(version, call));
    const auto location = files.location(std::string(kModels) + '/' + version);
    return Kept{
        version, location,
        "Model " + version + (no_promote_ ? " is kept in " : " is served from ") + location};
  }

  std::vector<std::string> inputs_;
  bool no_promote_ = false;
  bool dry_run_ = false;
  bool spark_compatible_ = false;
  SparkTrainingOptions spark_;
};

}  // namespace

std::unique_ptr<Command> make_train_command() { return std::make_unique<Train>(); }

}  // namespace punnet
