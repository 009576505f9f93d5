#include "delta/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/covered_range.h"
#include "delta/file_stats.h"
#include "embedded/memory_file_store.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"
#include "tests/support/scripted_file_store.h"

namespace punnet::delta {
namespace {

constexpr char kSchema[] =
    R"({\"type\":\"struct\",\"fields\":[{\"name\":\"offset\",\"type\":\"long\",\"nullable\":true,)"
    R"(\"metadata\":{}}]})";

std::string protocol_line(std::string_view rest = R"("minReaderVersion":1,"minWriterVersion":2)") {
  return R"({"protocol":{)" + std::string(rest) + "}}\n";
}
std::string metadata_line(std::string_view configuration = "", std::string_view columns = "") {
  return R"({"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":")" +
         std::string(kSchema) + R"(","partitionColumns":[)" + std::string(columns) +
         R"(],"configuration":{)" + std::string(configuration) + R"(},"createdTime":1}})" + "\n";
}
std::string add_line(std::string_view path, std::string_view more = "") {
  return R"({"add":{"path":")" + std::string(path) +
         R"(","partitionValues":{},"size":3,"modificationTime":1,"dataChange":true)" +
         std::string(more) + "}}\n";
}

class SnapshotTest : public testing::Test {
 protected:
  void put(std::int64_t version, std::string_view text) {
    ASSERT_THAT(replace_file(*files_, log_.entry_path(version), text, patiently()), Succeeds());
  }
  auto load(std::optional<std::int64_t> version = {}) {
    return load_snapshot(log_, version, patiently());
  }

  std::unique_ptr<FileStore> files_ = make_memory_file_store();
  DeltaLog log_{*files_, "table"};
};

TEST_F(SnapshotTest, NoLogIsNoTable) { EXPECT_THAT(load(), FailsWith(ErrorCode::kAbsent)); }

TEST_F(SnapshotTest, ReplaysAForeignLogToAnyVersion) {
  put(0, R"({"commitInfo":{"timestamp":"odd","operation":7,"x":{"y":[1]}}})"
         "\n" +
             protocol_line() + metadata_line() + R"({"unheardOf":{"a":1}})" + "\n");
  put(1, add_line("a%20b.parquet") + R"({"txn":{"appId":"p","version":5}})" + "\n");
  put(2, R"({"remove":{"path":"a%20b.parquet","deletionTimestamp":9,"dataChange":true}})"
         "\r\n\n" +
             add_line("c.parquet"));
  const auto newest = load();
  ASSERT_THAT(newest, Succeeds());
  EXPECT_EQ(newest->version, 2);
  EXPECT_TRUE(newest->files.contains("c.parquet"));
  EXPECT_TRUE(newest->tombstones.contains("a b.parquet"));
  EXPECT_EQ(newest->txns.at("p").version, 5);
  const auto earlier = load(1);
  ASSERT_THAT(earlier, Succeeds());
  EXPECT_TRUE(earlier->files.contains("a b.parquet"));
  EXPECT_THAT(load(3), FailsWith(ErrorCode::kAbsent));
}

TEST_F(SnapshotTest, RefreshReadsWhatIsNew) {
  put(0, protocol_line() + metadata_line());
  auto snapshot = *load();
  put(1, add_line("a.parquet"));
  put(2, add_line("b.parquet"));
  ASSERT_THAT(refresh(log_, snapshot, patiently()), Succeeds());
  EXPECT_EQ(snapshot.version, 2);
  EXPECT_EQ(snapshot.files.size(), 2U);
}

TEST_F(SnapshotTest, AnEntryThatAListingMissedIsReadAllTheSame) {
  ScriptedFileStore scripted(*files_);
  const DeltaLog log(scripted, "table");
  put(0, protocol_line() + metadata_line());
  auto old = *load();
  for (const auto version : {1, 2, 3}) put(version, add_line(std::to_string(version)));
  for (const auto missed : {1, 2}) {
    scripted.on_list = [&](std::vector<FileInfo>& found) {
      std::erase_if(found, [&](const auto& file) { return file.path == log.entry_path(missed); });
    };
    const auto snapshot = load_snapshot(log, std::nullopt, patiently());
    ASSERT_THAT(snapshot, Succeeds());
    EXPECT_EQ(snapshot->version, 3);
    EXPECT_EQ(snapshot->files.size(), 3U);
    auto refreshed = old;
    ASSERT_THAT(refresh(log, refreshed, patiently()), Succeeds());
    EXPECT_EQ(refreshed.files.size(), 3U);
  }
}

TEST_F(SnapshotTest, AMissingEntryIsCorrupt) {
  put(0, protocol_line() + metadata_line());
  put(2, add_line("a.parquet"));
  EXPECT_THAT(load(), FailsSaying(ErrorCode::kCorrupt, "log entry 1 is missing"));
}

TEST_F(SnapshotTest, WhatCannotBeReadIsNamedByFileAndLine) {
  put(0, protocol_line() + metadata_line());
  for (const std::string bad :
       {"{\"add\":", "[]", "{\"add\":3}", R"({"add":{"path":"x"}})",
        R"({"txn":{"appId":"a","version":"5"}})", R"({"add":{"path":"x%2","size":1}})"}) {
    put(1, add_line("a.parquet") + bad + "\n");
    EXPECT_THAT(load(), FailsSaying(ErrorCode::kCorrupt, "00001.json line 2")) << bad;
  }
  put(1, "");
  EXPECT_THAT(load(), FailsSaying(ErrorCode::kCorrupt, "holds no action"));
}

TEST_F(SnapshotTest, UnknownFeaturesAreRefusedByName) {
  const std::vector<std::pair<std::string, std::string>> tables{
      {protocol_line(
           R"("minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["v2Checkpoint"],)"
           R"("writerFeatures":["v2Checkpoint","rowTracking"])") +
           metadata_line(),
       "v2Checkpoint, rowTracking"},
      {protocol_line(R"("minReaderVersion":2,"minWriterVersion":5)") + metadata_line(),
       "reader version 2 and writer version 5"},
      {protocol_line(R"("minReaderVersion":4294967297,"minWriterVersion":2)") + metadata_line(),
       "needs Delta reader version"},
      {protocol_line() + metadata_line(R"("delta.columnMapping.mode":"name")"), "columnMapping"},
      {protocol_line() + metadata_line(R"("delta.enableChangeDataFeed":"true")"), "changeDataFeed"},
      {protocol_line() + metadata_line(R"("delta.constraints.c":"x > 1")"), "checkConstraints"},
      {protocol_line() + metadata_line("", R"("day")"), "partitioned by day"},
      {protocol_line() + metadata_line() +
           add_line("a", R"(,"deletionVector":{"storageType":"u"})"),
       "deletionVectors"},
      {protocol_line() + metadata_line() + R"({"domainMetadata":{"domain":"d"}})",
       "domainMetadata"},
      {protocol_line() + metadata_line() + add_line("s3://elsewhere/a.parquet"),
       "inside the table"},
      {protocol_line() + metadata_line() + add_line("../a.parquet"), "inside the table"}};
  for (const auto& [text, name] : tables) {
    put(0, text);
    EXPECT_THAT(load(), FailsSaying(ErrorCode::kInvalid, name));
  }
}

TEST_F(SnapshotTest, ActionsSurviveBeingWritten) {
  const std::vector<Action> actions{
      CommitInfo{5, "WRITE", {{"mode", "Append"}}, "punnet", "id-1", true, "[]"},
      Protocol{},
      Metadata{"id", "n", "d", "parquet", {{"a", "b"}}, "{}", {"p"}, {{"k", "v"}}, 7},
      AddFile{"a b%.parquet", 3, 4, false, "{}", {{"t", "u"}}},
      RemoveFile{"x=1.parquet", 8, false, 9},
      Txn{"app", 5, 6}};
  const auto read = parse_json_lines(to_json_lines(actions), "here");
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(*read, actions);
}

TEST(CoveredRangeTest, TouchingRangesMerge) {
  const std::vector<CoveredRange> ranges{
      {1, {0, 5}, 5, 0}, {0, {5, 9}, 3, 1}, {0, {0, 5}, 4, 0}, {0, {10, 11}, 1, 0}};
  const std::vector<CoveredRange> merged{{0, {0, 9}, 7, 1}, {0, {10, 11}, 1, 0}, {1, {0, 5}, 5, 0}};
  EXPECT_EQ(merge_ranges(ranges), merged);
  EXPECT_EQ(parse_ranges(to_json(merged)), merged);
  EXPECT_FALSE(parse_ranges(R"([{"partition":-1}])"));
}

TEST(CoveredRangeTest, GapsStayApart) {
  const std::vector<CoveredRange> ranges{
      {0, {0, 5}, 5, 0}, {0, {5, 9}, 0, 0, 4}, {0, {9, 12}, 0, 0, 3}, {0, {12, 14}, 2, 0}};
  const std::vector<CoveredRange> merged{
      {0, {0, 5}, 5, 0}, {0, {5, 12}, 0, 0, 7}, {0, {12, 14}, 2, 0}};
  EXPECT_EQ(merge_ranges(ranges), merged);
  EXPECT_EQ(parse_ranges(to_json(merged)), merged);
}

TEST(FileStatsTest, PruneOnlyWhatCannotBeThere) {
  FileStats stats;
  stats.add(1, 10);
  stats.add(3, 20);
  EXPECT_EQ(parse_stats(to_json(stats)), stats);
  EXPECT_TRUE(stats.may_hold(2, {20, 21}));
  EXPECT_FALSE(stats.may_hold(2, {21, 30}));
  EXPECT_FALSE(stats.may_hold(2, {0, 10}));
  EXPECT_FALSE(stats.may_hold(0, {10, 20}));
  EXPECT_TRUE(parse_stats("nonsense").may_hold(0, {0, 1}));
}

TEST(Ranges, ThatNobodyCanHaveWrittenAreNone) {
  const std::string good = R"([{"partition":0,"start":5,"next":9,"rows":3,"rejects":1}])";
  EXPECT_TRUE(parse_ranges(good));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"start\":5", "\"start\":-5"},
           {"\"next\":9", "\"next\":4"},
           {"\"rows\":3", "\"rows\":5"},
           {"\"rows\":3", "\"rows\":-1"},
           {"\"rejects\":1", "\"rejects\":9223372036854775807"},
           {"\"rejects\":1", "\"rejects\":1,\"gap\":-4"},
           {"\"partition\":0", "\"partition\":4294967296"}}) {
    auto bad = good;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_FALSE(parse_ranges(bad)) << bad;
  }
}

}  // namespace
}  // namespace punnet::delta
