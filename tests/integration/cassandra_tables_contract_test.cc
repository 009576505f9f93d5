#include "tests/contract/baseline_table_contract.h"
#include "tests/contract/item_table_contract.h"
#include "tests/contract/own_purchases_contract.h"
#include "tests/contract/purchase_histories_contract.h"
#include "tests/contract/recommendation_table_contract.h"
#include "tests/integration/cassandra_place.h"

namespace punnet {
namespace {

const auto kAdapters =
    testing::Values(TablesMaker{"cassandra", [] { return std::make_unique<CassandraPlace>(); }});
const auto kName = [](const auto& instance) { return instance.param.name; };

INSTANTIATE_TEST_SUITE_P(Cassandra, ItemTableContract, kAdapters, kName);
INSTANTIATE_TEST_SUITE_P(Cassandra, OwnPurchasesContract, kAdapters, kName);
INSTANTIATE_TEST_SUITE_P(Cassandra, PurchaseHistoriesContract, kAdapters, kName);
INSTANTIATE_TEST_SUITE_P(Cassandra, BaselineTableContract, kAdapters, kName);
INSTANTIATE_TEST_SUITE_P(Cassandra, RecommendationTableContract, kAdapters, kName);

}  // namespace
}  // namespace punnet
