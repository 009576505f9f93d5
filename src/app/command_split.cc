#include <charconv>
#include <chrono>
#include <numeric>
#include <utility>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_data.h"
#include "app/shop_layout.h"
#include "app/spark_inputs.h"
#include "eval/text_table.h"
#include "parquet/purchase_writer.h"
#include "parquet/typed_table_writer.h"
#include "training/spark_split.h"
#include "training/split.h"

namespace punnet {
namespace {

constexpr std::chrono::minutes kFinishTime{5};

SplitConfig split_config(const SplitSettings& settings) {
  SplitConfig config;
  config.mode = settings.by == SplitOrder::kTime ? SplitMode::kTime : SplitMode::kRandom;
  config.fraction = settings.fraction;
  config.seed = static_cast<std::uint64_t>(settings.seed);
  return config;
}

/// "0.6,0.3,0.1".
Result<std::vector<double>> parse_weights(std::string_view text) {
  std::vector<double> weights;
  for (auto rest = text; true;) {
    const auto word = rest.substr(0, rest.find(','));
    double weight = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), weight);
    if (error != std::errc{} || end != word.data() + word.size()) {
      return Error{
          ErrorCode::kInvalid,
          "--weights: expected numbers such as 0.6,0.3,0.1, found \"" + std::string(text) + "\""};
    }
    weights.push_back(weight);
    if (word.size() == rest.size()) break;
    rest.remove_prefix(word.size() + 1);
  }
  PUNNET_CHECK(check_weights(weights));
  return weights;
}

/// The rows of each side, a part per partition.
using Sides = std::vector<std::vector<TypedSelection>>;

class SplitCommand final : public Command {
 public:
  std::string_view name() const override { return "split"; }
  std::string_view group() const override { return "Data"; }
  std::string_view summary() const override {
    return "Divide prepared purchases into a history to train on and events for the topic.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet split", "punnet split --by time --fraction 0.8",
            "punnet split --spark-compatible --input ratings.csv --schema 'user_id int, item_id "
            "int, rating float' --weights 0.8,0.2 --seed 5 --output sides"};
  }
  void declare(Options& options) override {
    options.setting("--fraction", "split.fraction");
    options.setting("--seed", "split.seed");
    options.setting("--by", "split.by");
    options.flag("--dry-run", dry_run_, "Only say how many rows each part would have.");
    options.flag("--spark-compatible", spark_compatible_,
                 "Divide any table, row for row as Spark's randomSplit, into side0, side1, … below "
                 "--output. Each file of the input is a partition.");
    options.values("--input", inputs_, "PATH",
                   "With --spark-compatible: CSV or Parquet, a file or a directory of them; may be "
                   "given several times.");
    options.value("--schema", schema_, "DDL",
                  "With --spark-compatible: columns of the input, in Spark's DDL: 'user_id int, "
                  "rating float'. Parquet does without.");
    options.value("--weights", weights_, "W,W,…",
                  "With --spark-compatible: shares of the sides, such as 0.6,0.3,0.1 [what "
                  "--fraction says, and the rest].");
  }
  bool output_may_be_place() const override { return true; }

  Status check() const override {
    const auto* given = !inputs_.empty() ? "--input" : schema_ ? "--schema" : "--weights";
    const bool any = !inputs_.empty() || schema_ || weights_;
    if (!spark_compatible_ && any) {
      return Error{ErrorCode::kInvalid, std::string(given) + " goes with --spark-compatible"};
    }
    if (spark_compatible_ && inputs_.empty()) {
      return Error{ErrorCode::kInvalid, "--spark-compatible: --input must name what to divide"};
    }
    return ok();
  }

  Status run(CommandContext& context) override {
    return spark_compatible_ ? run_spark_compatible(context) : run_purchases(context);
  }

 private:
  Status run_purchases(CommandContext& context) const {
    if (context.place) {
      return Error{ErrorCode::kInvalid,
                   "split: --output " + *context.place + " goes with --spark-compatible"};
    }
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(auto shop, read_shop_purchases(*files, kPreparedPurchases, "prepare", call));
    PUNNET_TRY(const auto parts,
               split_purchases(std::move(shop.rows), split_config(context.config.split)));
    if (!dry_run_) PUNNET_CHECK(write(*files, parts, shop.schema, call));
    report(context, *files, parts);
    return ok();
  }

  static Status write(FileStore& files, const Split& parts, const PurchaseSchema& schema,
                      const CallContext& call) {
    PurchaseParquetOptions parquet;
    parquet.existing = ExistingFiles::kReplace;
    PUNNET_TRY(auto history, stage_purchases_parquet(files, kHistoricalPurchases, parts.train,
                                                     schema, parquet, call));
    PurchaseCsvOptions csv;
    csv.existing = ExistingFiles::kReplace;
    PUNNET_TRY(auto topic, stage_purchases_csv(files, kForTopic, parts.test, schema, csv, call));
    // The two are parts of one whole: from here on no signal comes between them.
    PUNNET_CHECK(call.check("split"));
    const auto at_once = CallContext::within(kFinishTime);
    PUNNET_CHECK(history.finish(at_once));
    return topic.finish(at_once);
  }

  void report(CommandContext& context, FileStore& files, const Split& parts) const {
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("historical_purchases", parts.train.size())
                           .add("for_topic", parts.test.size())
                           .add("dry_run", dry_run_)
                           .text());
      return;
    }
    const auto verb = std::string(dry_run_ ? " purchases would go to " : " purchases in ");
    context.out.line(with_commas(static_cast<std::int64_t>(parts.train.size())) + verb +
                     files.location(kHistoricalPurchases));
    context.out.line(with_commas(static_cast<std::int64_t>(parts.test.size())) + verb +
                     files.location(kForTopic));
  }

  Status run_spark_compatible(CommandContext& context) const {
    if (!context.place) {
      return Error{ErrorCode::kInvalid, "split: --output names the directory for the sides"};
    }
    const auto& settings = context.config.split;
    std::vector<double> weights{settings.fraction, 1 - settings.fraction};
    if (weights_) {
      PUNNET_TRY(weights, parse_weights(*weights_));
    }
    PUNNET_TRY(const auto read, read_spark_inputs(context, inputs_, schema_));
    Sides sides(weights.size());
    for (std::size_t n = 0; n < read.partitions.size(); ++n) {
      const auto& table = read.partitions[n].table;
      auto rows = spark_random_split(table, n, weights, settings.seed);
      for (std::size_t side = 0; side < sides.size(); ++side) {
        sides[side].push_back({&table, std::move(rows[side])});
      }
    }
    PUNNET_TRY(const auto target, open_named_path(*context.place, context.whole_run()));
    std::vector<std::string> places;
    for (std::size_t side = 0; side < sides.size(); ++side) {
      places.push_back(target.path + "/side" + std::to_string(side));
    }
    if (!dry_run_) {
      PUNNET_CHECK(write_sides(*target.files, places, sides, read.partitions, context.whole_run()));
    }
    report_sides(context, *target.files, places, sides);
    return ok();
  }

  /// In the format of the first partition.
  static Status write_sides(FileStore& files, const std::vector<std::string>& places,
                            const Sides& sides, const std::vector<TypedFile>& partitions,
                            const CallContext& call) {
    TypedWriteOptions options;
    options.parquet = partitions.front().format == FileFormat::kParquet;
    for (const auto& partition : partitions) options.csv_header |= partition.csv_header;
    std::vector<PartDirectory> staged;
    for (std::size_t side = 0; side < sides.size(); ++side) {
      PUNNET_TRY(auto parts, stage_typed_parts(files, places[side], sides[side], options, call));
      staged.push_back(std::move(parts));
    }
    PUNNET_CHECK(call.check("split"));
    const auto at_once = CallContext::within(kFinishTime);
    for (auto& parts : staged) PUNNET_CHECK(parts.finish(at_once));
    return ok();
  }

  void report_sides(CommandContext& context, FileStore& files,
                    const std::vector<std::string>& places, const Sides& sides) const {
    JsonArray found;
    for (std::size_t side = 0; side < sides.size(); ++side) {
      std::size_t rows = 0;
      for (const auto& part : sides[side]) rows += part.rows.size();
      const auto location = files.location(places[side]);
      found.add_json(JsonObject().add("location", location).add("rows", rows).text());
      if (context.json()) continue;
      context.out.line(with_commas(static_cast<std::int64_t>(rows)) +
                       (dry_run_ ? " rows would go to " : " rows in ") + location);
    }
    if (!context.json()) return;
    context.out.line(JsonObject().add_json("sides", found.text()).add("dry_run", dry_run_).text());
  }

  bool dry_run_ = false;
  bool spark_compatible_ = false;
  std::vector<std::string> inputs_;
  std::optional<std::string> schema_;
  std::optional<std::string> weights_;
};

}  // namespace

std::unique_ptr<Command> make_split_command() { return std::make_unique<SplitCommand>(); }

}  // namespace punnet
