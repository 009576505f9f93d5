#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_layout.h"
#include "delta/snapshot_export.h"
#include "eval/text_table.h"

namespace punnet {
namespace {

class SnapshotCommand final : public Command {
 public:
  std::string_view name() const override { return "snapshot"; }
  std::string_view group() const override { return "New purchases"; }
  std::string_view summary() const override {
    return "Export a table's rows as a plain Parquet directory for readers that know no Delta.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet snapshot new_purchases_plain", "punnet snapshot --version-as-of 12 /tmp/v12"};
  }
  void declare(Options& options) override {
    options.argument("DIR", directory_, "A new directory: a path of this machine or a URI.");
    options.choice("--table", table_, {kNewPurchases, kRejectedEvents}, "Which table.");
    options.value("--version-as-of", version_, "This version of the table [the newest].");
  }
  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto target, open_named_path(directory_, call));
    PUNNET_TRY(const auto report,
               export_delta_snapshot(*files, table_, version_, *target.files, target.path, call));
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("table", table_)
                           .add("version", report.version)
                           .add("files", report.files)
                           .add("rows", report.rows)
                           .add("bytes", report.bytes)
                           .add("directory", target.files->location(target.path))
                           .text());
    } else {
      context.out.line(with_commas(report.rows) + " rows of version " +
                       std::to_string(report.version) + " in " + with_commas(report.files) +
                       " files in " + target.files->location(target.path));
    }
    return ok();
  }

 private:
  std::string directory_;
  std::string table_ = kNewPurchases;
  std::optional<std::int64_t> version_;
};

}  // namespace

std::unique_ptr<Command> make_snapshot_command() { return std::make_unique<SnapshotCommand>(); }

}  // namespace punnet
