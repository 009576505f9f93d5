#include "cassandra/cassandra_schema.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

TEST(ReplicationCql, ANumberIsForASimpleClusterAndNamesAreForDataCentres) {
  EXPECT_EQ(*replication_cql("3"), "{'class': 'SimpleStrategy', 'replication_factor': 3}");
  EXPECT_EQ(*replication_cql("dc1:3"), "{'class': 'NetworkTopologyStrategy', 'dc1': 3}");
  EXPECT_EQ(*replication_cql("eu-west:3,us:1"),
            "{'class': 'NetworkTopologyStrategy', 'eu-west': 3, 'us': 1}");
}

TEST(ReplicationCql, EverythingElseIsInvalid) {
  for (const auto* text :
       {"", "0", "-1", "three", "dc1", "dc1:", ":3", "dc1:0", "dc1:3,", "d'c:1", "1,2"}) {
    EXPECT_THAT(replication_cql(text), FailsSaying(ErrorCode::kInvalid, "tables.replication"))
        << text;
  }
}

}  // namespace
}  // namespace punnet
