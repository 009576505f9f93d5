#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_layout.h"
#include "app/version.h"
#include "base/random_id.h"
#include "delta/optimize.h"
#include "eval/text_table.h"

namespace punnet {
namespace {

class Compact final : public Command {
 public:
  std::string_view name() const override { return "compact"; }
  std::string_view group() const override { return "New purchases"; }
  std::string_view summary() const override {
    return "Merge small files of new_purchases into large ones; rows and readers notice nothing.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet compact", "punnet compact --target-size 256MB --dry-run"};
  }
  void declare(Options& options) override {
    options.choice("--table", table_, {kNewPurchases, kRejectedEvents}, "Which table.");
    options.setting("--target-size", "compact.target_size");
    options.flag("--dry-run", dry_run_, "Only say what would be merged.");
  }
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    OptimizeOptions options;
    options.target_file_bytes = context.config.compact.target_size.bytes;
    options.writer_id = random_id();
    options.engine_info = "punnet " + short_version();
    options.dry_run = dry_run_;
    PUNNET_TRY(const auto report,
               optimize_delta_table(*files, table_, options, context.clock, context.whole_run()));
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("table", table_)
                           .add("version", report.version)
                           .add("files_before", report.files_before)
                           .add("files_after", report.files_after)
                           .add("bytes_before", report.bytes_before)
                           .add("bytes_after", report.bytes_after)
                           .add("rewritten_files", report.rewritten_files)
                           .add("rewritten_rows", report.rewritten_rows)
                           .add("dry_run", dry_run_)
                           .text());
      return ok();
    }
    context.out.line(table_ + (dry_run_ ? ": would go from " : ": from ") +
                     with_commas(report.files_before) + " files (" +
                     with_commas(report.bytes_before) + " bytes) to " +
                     with_commas(report.files_after) + " (" + with_commas(report.bytes_after) +
                     " bytes), " + with_commas(report.rewritten_rows) + " rows rewritten");
    return ok();
  }

 private:
  std::string table_ = kNewPurchases;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_compact_command() { return std::make_unique<Compact>(); }

}  // namespace punnet
