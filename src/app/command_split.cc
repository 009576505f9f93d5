#include <chrono>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_data.h"
#include "app/shop_layout.h"
#include "eval/text_table.h"
#include "parquet/purchase_writer.h"
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

class SplitCommand final : public Command {
 public:
  std::string_view name() const override { return "split"; }
  std::string_view group() const override { return "Data"; }
  std::string_view summary() const override {
    return "Divide prepared purchases into a history to train on and events for the topic.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet split", "punnet split --by time --fraction 0.8"};
  }
  void declare(Options& options) override {
    options.setting("--fraction", "split.fraction");
    options.setting("--seed", "split.seed");
    options.setting("--by", "split.by");
    options.flag("--dry-run", dry_run_, "Only say how many rows each part would have.");
  }
  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(auto shop, read_shop_purchases(*files, kPreparedPurchases, "prepare", call));
    PUNNET_TRY(const auto parts,
               split_purchases(std::move(shop.rows), split_config(context.config.split)));
    if (!dry_run_) PUNNET_CHECK(write(*files, parts, shop.schema, call));
    report(context, *files, parts);
    return ok();
  }

 private:
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

  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_split_command() { return std::make_unique<SplitCommand>(); }

}  // namespace punnet
