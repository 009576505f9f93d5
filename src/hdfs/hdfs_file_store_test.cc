#include "hdfs/hdfs_file_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/support/calls.h"
#include "tests/support/hadoop_conf.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"
#include "tests/support/silent_port.h"

namespace punnet {
namespace {

std::string location_or_error(const HdfsFileStoreOptions& options) {
  const auto files = open_hdfs_file_store(options);
  return files ? (*files)->location("a") : files.error().message;
}

TEST(HdfsFileStore, SaysWhereAPathLies) {
  EXPECT_EQ(location_or_error({.authority = "one:9000", .directory = "/shop/"}),
            "hdfs://one:9000/shop/a");
  EXPECT_EQ(location_or_error({.authority = "one:9000"}), "hdfs://one:9000/a");
  EXPECT_EQ(location_or_error({.authority = "one"}), "hdfs://one:8020/a");
}

TEST(HdfsFileStore, FollowsTheSettingsOfHadoop) {
  const HadoopConf conf(hadoop_property("fs.defaultFS", "hdfs://flock") +
                        hadoop_property("dfs.ha.namenodes.flock", "a,b") +
                        hadoop_property("dfs.namenode.rpc-address.flock.a", "127.0.0.1:1") +
                        hadoop_property("dfs.namenode.rpc-address.flock.b", "127.0.0.1:2"));
  EXPECT_EQ(location_or_error({}), "hdfs://flock/a");
  EXPECT_EQ(location_or_error({.authority = "flock", .directory = "/shop"}), "hdfs://flock/shop/a");
}

TEST(HdfsFileStore, RefusesWhatLeadsNowhere) {
  EXPECT_THAT(open_hdfs_file_store({}), FailsSaying(ErrorCode::kInvalid, "fs.defaultFS"));
  EXPECT_THAT(open_hdfs_file_store({.authority = "one", .directory = "shop"}),
              FailsSaying(ErrorCode::kInvalid, "\"shop\" is no directory"));
  EXPECT_THAT(open_hdfs_file_store({.authority = "one", .directory = "/a/../b"}),
              FailsWith(ErrorCode::kInvalid));
  {
    const HadoopConf conf(hadoop_property("fs.defaultFS", "file:///"));
    EXPECT_THAT(open_hdfs_file_store({}),
                FailsSaying(ErrorCode::kInvalid, "fs.defaultFS is file:///"));
  }
  {
    const HadoopConf conf("<property>");
    EXPECT_THAT(open_hdfs_file_store({.authority = "one"}),
                FailsSaying(ErrorCode::kInvalid, conf.file()));
  }
}

TEST(HdfsFileStore, RefusesKerberosByName) {
  const HadoopConf conf(hadoop_property("hadoop.security.authentication", "kerberos"));
  EXPECT_THAT(open_hdfs_file_store({.authority = "one"}),
              FailsSaying(ErrorCode::kInvalid, "kerberos, which is not supported yet"));
}

TEST(HdfsFileStore, ANameNodeThatIsNotThereIsUnavailableAtOnce) {
  const auto files = open_hdfs_file_store({.authority = "127.0.0.1:1"});
  ASSERT_THAT(files, Succeeds());
  EXPECT_THAT((*files)->stat("a", patiently()),
              FailsSaying(ErrorCode::kUnavailable, "hdfs://127.0.0.1:1/a: Connection refused"));
  EXPECT_THAT((*files)->list("", patiently()), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT((*files)->create("a", patiently()), FailsWith(ErrorCode::kUnavailable));
}

TEST(HdfsFileStore, EachCallToASilentNameNodeEndsWhenItIsCancelledOrLate) {
  const SilentPort port;
  const auto files = open_hdfs_file_store({.authority = port.authority()});
  ASSERT_THAT(files, Succeeds());
  expect_to_end_without_answer([&](const CallContext& call) { return (*files)->list("", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return (*files)->stat("a", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return (*files)->open("a", call); });
  expect_to_end_without_answer(
      [&](const CallContext& call) { return (*files)->create("a", call); });
}

TEST(HdfsFileStore, ASilentNameNodeIsUnavailableWhenTheTimeOfAnAnswerIsOver) {
  const SilentPort port;
  const auto files = open_hdfs_file_store(
      {.authority = port.authority(), .answer_time = std::chrono::milliseconds{50}});
  ASSERT_THAT(files, Succeeds());
  EXPECT_THAT((*files)->stat("a", patiently()),
              FailsSaying(ErrorCode::kUnavailable, "no answer within 0.05 s"));
}

}  // namespace
}  // namespace punnet
