#include <chrono>

#include "app/commands.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/prepare_options.h"
#include "app/shop_data.h"
#include "app/shop_layout.h"
#include "parquet/product_reader.h"
#include "parquet/purchase_reader.h"
#include "parquet/purchase_writer.h"
#include "training/prepare.h"
#include "training/prepare_report.h"

namespace punnet {
namespace {

constexpr std::chrono::minutes kFinishTime{5};

class Prepare final : public Command {
 public:
  std::string_view name() const override { return "prepare"; }
  std::string_view group() const override { return "Data"; }
  std::string_view summary() const override {
    return "Clean purchases and choose the catalogue: what everything else works on.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet prepare --purchases purchases.csv --products products.csv",
            "zcat purchases.csv.gz | punnet prepare --purchases - --products products.csv",
            "punnet prepare --purchases transactions.parquet --products products.parquet "
            "--user-column household_id --item-column product_id --category-column "
            "product_category --time-column transaction_timestamp"};
  }
  void declare(Options& options) override {
    options.required_value("--purchases", purchases_, "FILE",
                           "CSV with header, CSV in gzip or Parquet; a directory of them; or -.");
    options.required_value("--products", products_, "FILE", "The product list, the same forms.");
    declare_purchase_columns(options);
    options.setting("--product-column", "prepare.product_column");
    options.setting("--department-column", "prepare.department_column");
    options.setting("--category-column", "prepare.category_column");
    options.setting("--name-column", "prepare.name_column");
    options.setting("--top-n", "prepare.top_n");
    options.setting("--min-price", "prepare.min_price");
    options.switch_setting("--keep-outlier-units", "prepare.keep_outlier_units");
    options.setting("--id-type", "prepare.id_type");
    options.flag("--dry-run", dry_run_, "Read, clean and report, but write nothing.");
  }
  Status check() const override {
    if (purchases_ != "-" || products_ != "-") return ok();
    return Error{ErrorCode::kInvalid, "--purchases and --products cannot both be standard input"};
  }
  Status run(CommandContext& context) override {
    const auto& settings = context.config.prepare;
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(auto purchases, read_raw_purchases(settings, call));
    if (purchases.empty()) {
      return Error{ErrorCode::kInvalid, purchases_ + " holds no purchases: there is no row in it"};
    }
    PUNNET_TRY(const auto products, read_raw_products(settings, call));
    PUNNET_TRY(auto prepared, prepare(std::move(purchases), products, prepare_config(settings)));
    PUNNET_CHECK(call.check("prepare"));
    const auto report = to_json(prepared.report);
    if (!dry_run_) {
      PUNNET_CHECK(write(*files, prepared, purchase_schema(settings), report, call));
    }
    if (context.json()) {
      context.out.line(report);
    } else {
      context.out.write(to_text(prepared.report));
      context.out.line(dry_run_ ? "Nothing was written: --dry-run."
                                : "Written to " + files->location("prepared"));
    }
    return ok();
  }

 private:
  Result<std::vector<Purchase>> read_raw_purchases(const PrepareSettings& settings,
                                                   const CallContext& call) const {
    PUNNET_TRY(const auto input, open_named_path(purchases_, call));
    PurchaseReadOptions options;
    options.columns = purchase_columns(settings);
    options.id_type = settings.id_type;
    return read_purchases(*input.files, input.path, options, call);
  }

  Result<std::vector<Product>> read_raw_products(const PrepareSettings& settings,
                                                 const CallContext& call) const {
    PUNNET_TRY(const auto input, open_named_path(products_, call));
    ProductReadOptions options;
    options.columns = {.item = settings.product_column,
                       .department = settings.department_column,
                       .category = settings.category_column,
                       .name = settings.name_column};
    options.id_type = settings.id_type;
    return read_products(*input.files, input.path, options, call);
  }

  static PrepareConfig prepare_config(const PrepareSettings& settings) {
    PrepareConfig config;
    config.top_n = static_cast<std::size_t>(settings.top_n);
    config.min_price = settings.min_price;
    config.keep_outlier_units = settings.keep_outlier_units;
    config.id_type = settings.id_type;
    return config;
  }

  static Status write(FileStore& files, Prepared& prepared, const PurchaseSchema& schema,
                      const std::string& report, const CallContext& call) {
    PurchaseParquetOptions options;
    options.existing = ExistingFiles::kReplace;
    PUNNET_TRY(auto parts, stage_purchases_parquet(files, kPreparedPurchases, prepared.purchases,
                                                   schema, options, call));
    const ShopItems items{std::move(prepared.item_features), std::move(prepared.items),
                          prepared.top_5_by_category};
    PUNNET_TRY(auto tables, stage_shop_items(files, items, call));
    PUNNET_TRY(auto told, files.create(kPreparedReport, call));
    PUNNET_CHECK(told->write(report + '\n', call));
    // All of it belongs together: from here on no signal comes between.
    PUNNET_CHECK(call.check("prepare"));
    const auto at_once = CallContext::within(kFinishTime);
    PUNNET_CHECK(parts.finish(at_once));
    for (auto& table : tables) PUNNET_CHECK(files.replace(std::move(table), at_once));
    return files.replace(std::move(told), at_once);
  }

  std::string purchases_;
  std::string products_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_prepare_command() { return std::make_unique<Prepare>(); }

}  // namespace punnet
