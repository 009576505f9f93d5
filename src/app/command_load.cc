#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_data.h"
#include "app/shop_layout.h"
#include "eval/text_table.h"
#include "training/load_tables.h"

namespace punnet {
namespace {

/// A store that answers within tables.timeout takes in at least so many rows meanwhile.
constexpr std::size_t kRowsPerTimeout = 20'000;

constexpr std::size_t kBaselineLength = 5;

class Load final : public Command {
 public:
  std::string_view name() const override { return "load"; }
  std::string_view group() const override { return "Data"; }
  std::string_view summary() const override {
    return "Fill the tables: item features and names, histories, own purchases, baselines.";
  }
  std::vector<std::string_view> examples() const override { return {"punnet load"}; }
  void declare(Options& options) override {
    options.setting("--seed", "split.seed");
    options.setting("--replication", "tables.replication");
    options.switch_setting("--original-tables", "tables.original_tables");
    options.flag("--dry-run", dry_run_, "Read everything and count, but write nothing.");
  }
  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto rows, read_rows(context, *files, call));
    LoadCounts counts{rows.item_features.size(), rows.items.size(), rows.own_purchases.size(),
                      rows.histories.size()};
    if (!dry_run_) {
      PUNNET_TRY(auto tables, open_tables(context.config, TablesUse::kLoad, context.tables_call(),
                                          context.waiting("load")));
      const auto call_for = [&](std::size_t count) {
        const auto times = static_cast<std::int64_t>(1 + count / kRowsPerTimeout);
        return CallContext::within(context.config.tables.timeout * times, context.stop);
      };
      PUNNET_TRY(counts, load_tables(rows, tables, call_for));
    }
    report(context, counts, rows);
    return ok();
  }

 private:
  static Result<TableRows> read_rows(const CommandContext& context, FileStore& files,
                                     const CallContext& call) {
    TableRows rows;
    PUNNET_TRY(auto items, read_shop_items(files, call));
    PUNNET_TRY(const auto whole, read_shop_purchases(files, kPreparedPurchases, "prepare", call));
    PUNNET_TRY(const auto history, read_shop_purchases(files, kHistoricalPurchases, "split", call));
    rows.item_features = std::move(items.features);
    rows.items = std::move(items.names);
    rows.top_5 = std::move(items.top_5);
    rows.own_purchases = distinct_items_by_user(whole.rows);
    rows.histories = count_histories(history.rows);
    rows.random_5 = draw_items(rows.item_features, kBaselineLength,
                               static_cast<std::uint64_t>(context.config.split.seed));
    return rows;
  }

  void report(CommandContext& context, const LoadCounts& counts, const TableRows& rows) const {
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("item_features", counts.item_features)
                           .add("items", counts.items)
                           .add("own_purchases", counts.users)
                           .add("histories", counts.histories)
                           .add_json("top_5", id_array(rows.top_5))
                           .add_json("random_5", id_array(rows.random_5))
                           .add("dry_run", dry_run_)
                           .text());
      return;
    }
    TextTable table({"table", "rows"});
    const auto add = [&](const char* name, std::size_t count) {
      table.add_row({name, with_commas(static_cast<std::int64_t>(count))});
    };
    add("item_features", counts.item_features);
    add("items (names)", counts.items);
    add("own_purchases", counts.users);
    add("histories", counts.histories);
    add("baselines", 2);
    context.out.write(table.text());
    context.out.line(dry_run_ ? "Nothing was written: --dry-run."
                              : "Written to " + context.config.tables.uri);
  }

  static std::string id_array(const std::vector<ItemId>& items) {
    JsonArray array;
    for (const auto item : items) array.add_json(std::to_string(item.value));
    return array.text();
  }

  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_load_command() { return std::make_unique<Load>(); }

}  // namespace punnet
