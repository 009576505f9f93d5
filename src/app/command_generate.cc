#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "domain/purchase.h"
#include "eval/text_table.h"
#include "parquet/csv_table.h"
#include "parquet/purchase_writer.h"
#include "training/generate.h"

namespace punnet {
namespace {

/// Whole purchases as one file with a header, as strangers' data comes.
Status write_purchases(FileStore& files, const std::string& path,
                       std::span<const Purchase> purchases, const CallContext& call) {
  constexpr PurchaseSchema kSchema{IdType::kInt32, true, true};
  constexpr std::size_t kFlush = 1U << 20U;
  PUNNET_TRY(auto file, files.create(path, call));
  std::string text = "user_id,item_id,quantity,sales_value,basket_id,ts\n";
  for (const auto& purchase : purchases) {
    append_csv_line(text, purchase, kSchema);
    if (text.size() < kFlush) continue;
    PUNNET_CHECK(file->write(text, call));
    text.clear();
  }
  PUNNET_CHECK(file->write(text, call));
  return files.replace(std::move(file), call);
}

CsvTable product_table(std::vector<Product> products) {
  CsvTable table{{"product_id", "department", "category", "name"}, {}};
  for (auto& product : products) {
    table.rows.push_back({std::to_string(product.item.value), std::move(product.department),
                          std::move(product.category), std::move(product.name)});
  }
  return table;
}

class Generate final : public Command {
 public:
  std::string_view name() const override { return "generate"; }
  std::string_view group() const override { return "Data"; }
  std::string_view summary() const override {
    return "Make up a shop's purchases and products, to try everything without data.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet generate --users 500 --lines 50000 raw",
            "punnet prepare --purchases raw/purchases.csv --products raw/products.csv "
            "--basket-column basket_id --time-column ts"};
  }
  void declare(Options& options) override {
    options.argument("DIRECTORY", directory_,
                     "Where purchases.csv and products.csv are to lie; replaced if there.");
    options.value("--users", users_, "Shoppers.", 1, 100'000'000);
    options.value("--items", items_, "Products, fuel among them.", 50, 100'000'000);
    options.value("--lines", lines_, "Purchases.", 1, 2'000'000'000);
    options.value("--weeks", weeks_, "Weeks that they spread over.", 1, 5000);
    options.value("--seed", seed_, "The same seed makes the same shop.");
  }
  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto target, open_named_path(directory_, call));
    GenerateConfig config;
    config.users = static_cast<std::size_t>(users_);
    config.items = static_cast<std::size_t>(items_);
    config.purchases = static_cast<std::size_t>(lines_);
    config.weeks = static_cast<int>(weeks_);
    config.seed = static_cast<std::uint64_t>(seed_);
    PUNNET_TRY(auto shop, generate_shop(config));
    const auto purchases = target.path + "/purchases.csv";
    const auto products = target.path + "/products.csv";
    const auto product_count = shop.products.size();
    PUNNET_CHECK(write_purchases(*target.files, purchases, shop.purchases, call));
    PUNNET_CHECK(
        write_csv_table(*target.files, products, product_table(std::move(shop.products)), call));
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("purchases", target.files->location(purchases))
                           .add("products", target.files->location(products))
                           .add("lines", shop.purchases.size())
                           .add("items", product_count)
                           .text());
    } else {
      context.out.line(with_commas(static_cast<std::int64_t>(shop.purchases.size())) +
                       " purchases in " + target.files->location(purchases));
      context.out.line(with_commas(static_cast<std::int64_t>(product_count)) + " products in " +
                       target.files->location(products));
    }
    return ok();
  }

 private:
  std::string directory_;
  std::int64_t users_ = 1000;
  std::int64_t items_ = 2000;
  std::int64_t lines_ = 200'000;
  std::int64_t weeks_ = 26;
  std::int64_t seed_ = 1;
};

}  // namespace

std::unique_ptr<Command> make_generate_command() { return std::make_unique<Generate>(); }

}  // namespace punnet
