#include "hdfs/hdfs_file_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/random_id.h"
#include "tests/integration/lossy_proxy.h"
#include "tests/integration/test_cluster.h"
#include "tests/support/calls.h"
#include "tests/support/hadoop_conf.h"
#include "tests/support/result_matchers.h"
#include "tests/support/silent_port.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

/// What the NameNode's protocol calls a rename.
constexpr char kRename[] = "rename2";

/// What only HDFS does: blocks, users, and a network in between.
class HdfsFileStore : public testing::Test {
 protected:
  void SetUp() override {
    const auto address = TestCluster().address("namenode");
    if (!address) GTEST_SKIP() << "no HDFS runs here; see tools/cluster";
    namenode_ = *address;
    proxy_ = std::make_unique<LossyProxy>(namenode_);
    files_ = open(namenode_);
    behind_proxy_ = open(proxy_->address());
  }

  std::unique_ptr<FileStore> open(const std::string& authority,
                                  std::chrono::milliseconds answer_time = milliseconds{500}) const {
    auto files = open_hdfs_file_store(
        {.authority = authority, .directory = directory_, .answer_time = answer_time});
    EXPECT_THAT(files, Succeeds());
    return *std::move(files);
  }

  Result<PublishOutcome> publish_losing(Loss loss, const CallContext& call = patiently()) {
    proxy_->lose(loss, kRename);
    auto outcome = publish_file(*behind_proxy_, "a", "mine", call);
    EXPECT_TRUE(proxy_->has_lost());
    return outcome;
  }

  std::string content(std::string_view path) {
    const auto text = read_file(*files_, path, 8 << 20, patiently());
    return text ? *text : text.error().message;
  }

  Status write_whole(std::string_view path, std::string_view bytes) {
    PUNNET_TRY(auto file, files_->create(path, patiently()));
    for (std::size_t at = 0; at < bytes.size(); at += 300'007) {
      PUNNET_CHECK(file->write(bytes.substr(at, 300'007), patiently()));
    }
    PUNNET_TRY(const auto outcome, files_->publish(std::move(file), patiently()));
    EXPECT_EQ(outcome, PublishOutcome::kPublished);
    return ok();
  }

  void expect_no_temporary() {
    const auto removed = files_->remove_abandoned("", Timestamp::max(), patiently());
    ASSERT_THAT(removed, Succeeds());
    EXPECT_EQ(*removed, 0);
  }

  std::string namenode_;
  const std::string directory_ = "/punnet-test/" + random_id();
  std::unique_ptr<LossyProxy> proxy_;
  std::unique_ptr<FileStore> files_;
  std::unique_ptr<FileStore> behind_proxy_;
};

TEST_F(HdfsFileStore, AFileOfManyBlocksIsReadFromAnyPosition) {
  std::string bytes;
  for (unsigned i = 0; bytes.size() < (std::size_t{13} << 19U) + 11; ++i) {
    bytes += std::to_string(i * 2654435761U);
  }
  // A NameNode refuses the next block of a file while it has not heard of the last but one.
  ASSERT_THAT(write_whole("blocks", bytes), Succeeds());
  EXPECT_TRUE(content("blocks") == bytes);

  const auto opened = files_->open("blocks", patiently());
  ASSERT_THAT(opened, Succeeds());
  for (const std::size_t at :
       {0UL, 1UL << 20U, (1UL << 20U) - 5, (3UL << 20U) - 1, bytes.size() - 3}) {
    std::string part(99, '?');
    const auto got = (*opened)->read_at(static_cast<std::int64_t>(at), part, patiently());
    ASSERT_THAT(got, Succeeds());
    EXPECT_EQ(part.substr(0, *got), bytes.substr(at, 99)) << at;
  }
}

TEST_F(HdfsFileStore, ARenameWhoseAnswerIsLostIsPublished) {
  const auto outcome = publish_losing(Loss::kAnswer);
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(*outcome, PublishOutcome::kPublished);
  EXPECT_EQ(content("a"), "mine");
  expect_no_temporary();
}

TEST_F(HdfsFileStore, ARenameThatIsNeverAnsweredIsPublished) {
  const auto outcome = publish_losing(Loss::kConnection);
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(*outcome, PublishOutcome::kPublished);
  EXPECT_EQ(content("a"), "mine");
  expect_no_temporary();
}

TEST_F(HdfsFileStore, ARenameThatNeverArrivesIsAnErrorAndPublishesNothing) {
  EXPECT_THAT(publish_losing(Loss::kRequest),
              FailsSaying(ErrorCode::kUnavailable, "nothing was published"));
  EXPECT_THAT(files_->stat("a", patiently()), FailsWith(ErrorCode::kAbsent));
  expect_no_temporary();
}

TEST_F(HdfsFileStore, ALostAnswerOfTheLoserIsNeverAVictory) {
  ASSERT_THAT(publish_file(*files_, "a", "they", patiently()), Succeeds());
  EXPECT_THAT(publish_losing(Loss::kAnswer), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(content("a"), "they");
  expect_no_temporary();
}

TEST_F(HdfsFileStore, WhatTheDeadlineCutsShortIsUnknown) {
  behind_proxy_ = open(proxy_->address(), milliseconds{60'000});
  // A close takes half a second, the answer never comes.
  const auto outcome = publish_losing(Loss::kConnection, CallContext::within(milliseconds{3000}));
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(*outcome, PublishOutcome::kUnknown);
  EXPECT_EQ(content("a"), "mine");
}

TEST_F(HdfsFileStore, AReplaceWhoseAnswerIsLostIsDone) {
  ASSERT_THAT(replace_file(*files_, "a", "old", patiently()), Succeeds());
  proxy_->lose(Loss::kAnswer, kRename);
  EXPECT_THAT(replace_file(*behind_proxy_, "a", "new", patiently()), Succeeds());
  EXPECT_TRUE(proxy_->has_lost());
  EXPECT_EQ(content("a"), "new");
}

TEST_F(HdfsFileStore, ANameServiceIsServedByTheNameNodeThatAnswers) {
  const SilentPort silent;
  for (const auto& other : {std::string("127.0.0.1:1"), silent.authority()}) {
    const HadoopConf conf(hadoop_property("dfs.ha.namenodes.flock", "other,real") +
                          hadoop_property("dfs.namenode.rpc-address.flock.other", other) +
                          hadoop_property("dfs.namenode.rpc-address.flock.real", namenode_));
    const auto files = open("flock");
    EXPECT_EQ(files->location("a"), "hdfs://flock" + directory_ + "/a");
    auto listed = files->list("", patiently());
    // One that is silent costs one answer's time.
    if (!listed) listed = files->list("", patiently());
    EXPECT_THAT(listed, Succeeds());
  }
}

TEST_F(HdfsFileStore, WhoMayNotIsDenied) {
  ASSERT_THAT(publish_file(*files_, "a", "mine", patiently()), Succeeds());
  ::setenv("HADOOP_USER_NAME", "stranger", 1);
  const auto files = open(namenode_);
  EXPECT_THAT(files->create("b", patiently()),
              FailsSaying(ErrorCode::kDenied, "Permission denied: user=stranger"));
  EXPECT_THAT(files->remove("a", patiently()), FailsWith(ErrorCode::kDenied));
  ::unsetenv("HADOOP_USER_NAME");
  EXPECT_EQ(content("a"), "mine");
}

}  // namespace
}  // namespace punnet
