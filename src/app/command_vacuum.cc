#include <chrono>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_layout.h"
#include "delta/vacuum.h"
#include "eval/text_table.h"
#include "telemetry/json_text.h"

namespace punnet {
namespace {

class Vacuum final : public Command {
 public:
  std::string_view name() const override { return "vacuum"; }
  std::string_view group() const override { return "New purchases"; }
  std::string_view summary() const override {
    return "Remove files that no recent version of a table refers to.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet vacuum --dry-run", "punnet vacuum --retain 24h"};
  }
  void declare(Options& options) override {
    options.choice("--table", table_, {kNewPurchases, kRejectedEvents}, "Which table.");
    options.setting("--retain", "vacuum.retain");
    options.flag("-f,--force", force_,
                 "Allow less than an hour, which may take files from readers.");
    options.flag("--dry-run", dry_run_, "Only list what would go.");
  }
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    VacuumOptions options;
    // Rounded up: never less is kept than was asked for.
    options.retention = std::chrono::ceil<std::chrono::hours>(context.config.vacuum.retain);
    options.force = force_;
    options.dry_run = dry_run_;
    PUNNET_TRY(const auto report,
               vacuum_delta_table(*files, table_, options, context.clock, context.whole_run()));
    if (context.json()) {
      JsonArray removed;
      for (const auto& path : report.files) removed.add_json(json_quoted(path));
      context.out.line(JsonObject()
                           .add("table", table_)
                           .add_json("files", removed.text())
                           .add("bytes", report.bytes)
                           .add("abandoned", report.abandoned)
                           .add("dry_run", dry_run_)
                           .text());
      return ok();
    }
    const auto* verb = dry_run_ ? "would remove " : "removed ";
    for (const auto& path : report.files) context.out.line(verb + path);
    context.out.line(table_ + ": " + verb +
                     with_commas(static_cast<std::int64_t>(report.files.size())) + " files, " +
                     with_commas(report.bytes) + " bytes, and " + with_commas(report.abandoned) +
                     " temporaries of writers that died");
    return ok();
  }

 private:
  std::string table_ = kNewPurchases;
  bool force_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_vacuum_command() { return std::make_unique<Vacuum>(); }

}  // namespace punnet
