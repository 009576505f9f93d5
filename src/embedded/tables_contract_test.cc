#include "embedded/sqlite_tables.h"
#include "tests/contract/baseline_table_contract.h"
#include "tests/contract/item_table_contract.h"
#include "tests/contract/own_purchases_contract.h"
#include "tests/contract/purchase_histories_contract.h"
#include "tests/contract/recommendation_table_contract.h"
#include "tests/support/sqlite_shell.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

class SqlitePlace final : public TablesPlace {
 public:
  Tables open() override {
    auto tables = open_sqlite_tables({.path = path_}, patiently());
    EXPECT_THAT(tables, Succeeds());
    return *std::move(tables);
  }

  std::unique_ptr<Hang> hang() override {
    struct Locked final : Hang {
      explicit Locked(const std::string& path) : lock(path) {}
      SqliteLock lock;
    };
    return std::make_unique<Locked>(path_);
  }

  // In WAL mode a reader waits for nobody.
  bool reading_hangs() const override { return false; }

 private:
  TemporaryDirectory directory_;
  const std::string path_ = directory_ / "shop/tables.db";
};

const auto kAdapters =
    testing::Values(TablesMaker{"sqlite", [] { return std::make_unique<SqlitePlace>(); }});
const auto kName = [](const auto& instance) { return instance.param.name; };

INSTANTIATE_TEST_SUITE_P(Embedded, ItemTableContract, kAdapters, kName);
INSTANTIATE_TEST_SUITE_P(Embedded, OwnPurchasesContract, kAdapters, kName);
INSTANTIATE_TEST_SUITE_P(Embedded, PurchaseHistoriesContract, kAdapters, kName);
INSTANTIATE_TEST_SUITE_P(Embedded, BaselineTableContract, kAdapters, kName);
INSTANTIATE_TEST_SUITE_P(Embedded, RecommendationTableContract, kAdapters, kName);

}  // namespace
}  // namespace punnet
