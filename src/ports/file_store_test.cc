#include "ports/file_store.h"

#include <gtest/gtest.h>

#include <string>

namespace punnet {
namespace {

TEST(CheckPath, LetsNamesJoinedBySlashesThrough) {
  for (const auto* const path :
       {"a", "a/b/c.parquet", "_delta_log/00.json", ".hidden", "a/..b", "...", "a b/\xC3\xA4"}) {
    EXPECT_TRUE(check_path(path)) << path;
  }
}

TEST(CheckPath, RefusesWhatCouldLeaveTheStoreOrNameNothing) {
  for (const auto& path : {std::string(""), std::string("/"), std::string("/a"), std::string("a/"),
                           std::string("a//b"), std::string("."), std::string("a/."),
                           std::string(".."), std::string("a/../b"), std::string("a\0b", 3)}) {
    const auto checked = check_path(path);
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace punnet
