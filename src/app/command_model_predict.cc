#include <algorithm>
#include <cmath>
#include <cstdint>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/model_choice.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "eval/text_table.h"
#include "parquet/prediction_table.h"
#include "ranking/predict.h"

namespace punnet {
namespace {

class ModelPredict final : public Command {
 public:
  std::string_view name() const override { return "model predict"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Say what a model thinks of pairs of users and items, as Spark's transform does.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet model predict --input pairs.csv --output predictions.csv",
            "punnet model predict --model spark_model --input pairs.parquet --cold-start drop "
            "--output predictions.parquet"};
  }
  void declare(Options& options) override {
    options.required_value("--input", input_, "PATH",
                           "Pairs: CSV or Parquet with a column of users and one of items; - is "
                           "standard input. --output: a new file, Parquet when its name ends in "
                           ".parquet; without it CSV goes to standard output.");
    options.value("--model", model_, kModelKind, "The model to ask [the one that is served].");
    options.choice("--cold-start", cold_start_, {"nan", "drop"},
                   "What becomes of a pair of which the model does not know one: its prediction is "
                   "NaN, or it is left out.");
    options.setting("--user-column", "prepare.user_column");
    options.setting("--item-column", "prepare.item_column");
    options.setting("--id-type", "prepare.id_type");
  }
  bool output_may_be_place() const override { return true; }

  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    const auto& settings = context.config.prepare;
    const PairColumns columns{settings.user_column, settings.item_column};
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto chosen, choose_model(*files, model_, call));
    PUNNET_TRY(const auto input, open_named_path(input_, call));
    PUNNET_TRY(const auto pairs,
               read_pairs(*input.files, input.path, columns, settings.id_type, call));

    std::vector<Prediction> predictions;
    predictions.reserve(pairs.size());
    for (const auto& pair : pairs) {
      const auto score = predict(*chosen.model, pair.user, pair.item);
      if (cold_start_ == "drop" && std::isnan(score)) continue;
      predictions.push_back({pair, score});
    }
    PUNNET_CHECK(call.check("predicting"));
    return print(context, predictions, pairs.size(), columns);
  }

 private:
  static Status print(CommandContext& context, const std::vector<Prediction>& predictions,
                      std::size_t pairs, const PairColumns& columns) {
    if (!context.place) {
      if (!context.json()) {
        context.out.write(predictions_csv(predictions, columns));
        return ok();
      }
      for (const auto& [pair, score] : predictions) {
        context.out.line(JsonObject()
                             .add(columns.user, pair.user.value)
                             .add(columns.item, pair.item.value)
                             .add("prediction", static_cast<double>(score))
                             .text());
      }
      return ok();
    }
    const auto call = context.whole_run();
    PUNNET_TRY(const auto target, open_named_path(*context.place, call));
    auto& files = *target.files;
    PUNNET_CHECK(target.path.ends_with(".parquet")
                     ? write_predictions_parquet(files, target.path, predictions, columns,
                                                 context.config.prepare.id_type, call)
                     : write_predictions_csv(files, target.path, predictions, columns, call));
    const auto unknown = pairs - predictions.size() +
                         static_cast<std::size_t>(std::ranges::count_if(
                             predictions, [](const auto& p) { return std::isnan(p.score); }));
    context.out.line(with_commas(static_cast<std::int64_t>(predictions.size())) +
                     " predictions are in " + files.location(target.path) + "; of " +
                     with_commas(static_cast<std::int64_t>(unknown)) +
                     " pairs the model does not know the user or the item.");
    return ok();
  }

  std::string input_;
  std::optional<std::string> model_;
  std::string cold_start_ = "nan";
};

}  // namespace

std::unique_ptr<Command> make_model_predict_command() { return std::make_unique<ModelPredict>(); }

}  // namespace punnet
