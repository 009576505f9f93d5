#include "delta/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/entry_seal.h"
#include "delta/optimize.h"
#include "tests/support/delta_world.h"

namespace punnet {
namespace {

using testing::HasSubstr;
using testing::Not;

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() {
    const auto sink = world_.open_sink();
    for (Offset offset = 0; offset < 50; offset += 10) {
      world_.append(*sink, make_run(0, offset, offset + 8, [](Offset o) { return o % 10 == 5; }));
      world_.append(*sink, EnrichedRun{0, {offset + 8, offset + 10}, {}, {}});  // holes
      world_.append(*sink, make_run(1, offset, offset + 10));
      EXPECT_THAT(sink->commit(patiently()), Succeeds());
    }
    files_ = world_.paths("new_purchases", ".parquet");
    EXPECT_EQ(files_.size(), 5U);
    EXPECT_EQ(world_.findings(), "");
  }

  static std::string entry(int version) {
    return "new_purchases/_delta_log/0000000000000000000" + std::to_string(version) + ".json";
  }

  /// Replaces the first `from` in an entry.
  void edit(int version, std::string_view from, std::string_view to) {
    auto text = world_.content(entry(version));
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    put(version, text);
  }

  /// Puts an entry there, sealed as if it had been written so.
  void put(int version, std::string_view text) {
    world_.overwrite(entry(version), delta::seal_entry(text, version));
  }

  /// The line of an entry that holds `part`.
  std::string line(int version, std::string_view part) {
    const auto text = world_.content(entry(version));
    const auto at = text.find(part);
    const auto start = text.rfind('\n', at) + 1;
    return text.substr(start, text.find('\n', at) + 1 - start);
  }

  DeltaWorld world_;
  std::vector<std::string> files_;
};

TEST_F(VerifyTest, ReportsWhatTheTablesHold) {
  const auto report = world_.verify();
  EXPECT_EQ(report.version, 5);
  EXPECT_EQ(report.rows, 85);
  EXPECT_EQ(report.rejects, 5);
  EXPECT_EQ(report.files, 10);
  EXPECT_TRUE(report.readable);
  EXPECT_EQ(report.held, (std::map<Partition, HeldOffsets>{{0, {{0, 50}, 10}}, {1, {{0, 50}, 0}}}));
  EXPECT_TRUE(report.notes.empty());
}

TEST(VerifyFromTheMiddle, TellsWhereTheTableBegins) {
  DeltaWorld world;
  const auto sink = world.open_sink();
  world.append(*sink, make_run(0, 40, 60));
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  const auto report = world.verify();
  EXPECT_EQ(report.held, (std::map<Partition, HeldOffsets>{{0, {{40, 60}, 0}}}));
}

TEST(VerifyOfGaps, TellsWhatWasLostBeforeItWasRead) {
  DeltaWorld world;
  const auto sink = world.open_sink();
  world.append(*sink, make_run(0, 0, 10));
  world.append(*sink, EnrichedRun{0, {10, 25}, {}, {}, true});
  world.append(*sink, EnrichedRun{0, {25, 27}, {}, {}});  // holes
  world.append(*sink, make_run(0, 27, 30));
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  const auto report = world.verify();
  EXPECT_EQ(world.findings(), "");
  EXPECT_EQ(report.held,
            (std::map<Partition, HeldOffsets>{{0, {{0, 30}, 2, {OffsetRange{10, 25}}}}}));
  EXPECT_THAT(world.content("new_purchases/_delta_log/00000000000000000001.json"),
              HasSubstr(R"(\"gap\":15)"));
}

TEST(VerifyOfGaps, AcceptsRejectsThatWereKeptBeforeTheirEventsWereLost) {
  DeltaWorld world;
  auto sink = world.open_sink();
  world.files.on_publish = [](const std::string& path) {
    const bool is_main = path.starts_with("new_purchases") && is_log_entry(path);
    return is_main ? PublishFault::kRefused : PublishFault::kNone;
  };
  world.append(*sink, make_run(0, 0, 6, [](Offset offset) { return offset == 2; }));
  EXPECT_THAT(sink->commit(patiently()), FailsWith(ErrorCode::kUnavailable));
  world.files.on_publish = nullptr;
  sink = world.open_sink();
  world.append(*sink, EnrichedRun{0, {0, 6}, {}, {}, true});
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  EXPECT_EQ(world.findings(), "");
  EXPECT_EQ(world.verify().held,
            (std::map<Partition, HeldOffsets>{{0, {{0, 6}, 0, {OffsetRange{0, 6}}}}}));
}

TEST(VerifyOfNothing, NamesThePlaceOnce) {
  DeltaWorld world;
  const auto report = world.verify();
  EXPECT_FALSE(report.readable);
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_THAT(report.findings[0].what, HasSubstr("no Delta table"));
  EXPECT_THAT(report.findings[0].what, Not(HasSubstr(report.findings[0].place)));
}

TEST_F(VerifyTest, FindsEveryFlippedBit) {
  const auto path = files_[2];
  const auto good = world_.content(path);
  for (std::size_t at = 0; at < good.size(); at += 97) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    world_.overwrite(path, bad);
    EXPECT_THAT(world_.findings(), HasSubstr(path)) << at;
  }
  world_.overwrite(path, good);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(VerifyTest, FindsATruncatedAMissingAndASwappedFile) {
  const auto first = world_.content(files_[0]);
  const auto second = world_.content(files_[1]);
  world_.overwrite(files_[0], std::string_view(first).substr(0, first.size() / 2));
  EXPECT_THAT(world_.findings(), HasSubstr(files_[0]));
  world_.remove(files_[0]);
  EXPECT_THAT(world_.findings(), HasSubstr(files_[0]));
  world_.overwrite(files_[0], second);
  world_.overwrite(files_[1], first);
  EXPECT_THAT(world_.findings(), HasSubstr(files_[0]));
  EXPECT_THAT(world_.findings(), HasSubstr(files_[1]));
}

TEST_F(VerifyTest, FindsAnEditedLog) {
  const auto whole = world_.content(entry(3));
  const auto expect_found = [&](std::string_view what) {
    EXPECT_THAT(world_.findings(), HasSubstr(entry(3))) << what;
    world_.overwrite(entry(3), whole);
    ASSERT_EQ(world_.findings(), "");
  };
  edit(3, R"("version":30)", R"("version":31)");
  expect_found("a position moved");
  edit(3, R"(\"next\":30)", R"(\"next\":29)");
  expect_found("a range shortened");
  edit(3, R"(\"rows\":7)", R"(\"rows\":8)");
  expect_found("a count changed");
  edit(3, line(3, "\"add\""), "");
  expect_found("an add dropped");
  edit(3, line(3, "\"txn\""), "");
  expect_found("a txn dropped");
  put(3, whole + line(3, "\"add\""));
  expect_found("an add doubled");
  put(3, whole + line(2, "\"add\""));
  expect_found("an earlier add repeated");
  world_.overwrite(entry(3), whole.substr(0, whole.size() / 2));
  EXPECT_THAT(world_.findings(), HasSubstr(entry(3)));
  world_.overwrite(entry(3), whole);
  world_.remove(entry(3));
  EXPECT_THAT(world_.findings(), HasSubstr("3 is missing"));
}

TEST_F(VerifyTest, FindsEveryFlippedBitOfAnEntry) {
  const auto good = world_.content(entry(3));
  for (std::size_t at = 0; at < good.size(); at += 7) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    world_.overwrite(entry(3), bad);
    EXPECT_THAT(world_.findings(), HasSubstr(entry(3))) << at;
  }
}

TEST_F(VerifyTest, FindsAnEntryWithoutItsSeal) {
  auto text = world_.content(entry(3));
  text.replace(text.find("punnetSeal"), 6, "peanut");
  world_.overwrite(entry(3), text);
  EXPECT_THAT(world_.findings(), HasSubstr(entry(3) + ": it bears no seal"));
  text.erase(0, text.find('\n') + 1);
  world_.overwrite(entry(3), text);
  EXPECT_THAT(world_.findings(), HasSubstr(entry(3) + ": it bears no seal"));
}

TEST_F(VerifyTest, FindsStatisticsThatLie) {
  edit(3, R"(\"numRecords\":17)", R"(\"numRecords\":18)");
  EXPECT_THAT(world_.findings(), HasSubstr("17 rows, the log says 18"));
}

TEST_F(VerifyTest, FindsStatisticsThatAreNotOurs) {
  const auto whole = world_.content(entry(3));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"(\"maxValues\":{\"partition\":1)", R"(\"maxValues\":{\"partition\":2)"},
           {R"(\"offset\":29)", R"(\"offset\":28)"},
           {R"(\"nullCount\":{\"partition\":0,)", R"(\"nullCount\":{\"partition\":2,)"},
           {R"(\"minValues\":{\"partition\":0,)", R"(\"minValues\":{)"},
           {R"(\"numRecords\")", R"(\"numberOfRecords\")"}}) {
    edit(3, from, to);
    EXPECT_THAT(world_.findings(), HasSubstr("than the log says")) << from;
    world_.overwrite(entry(3), whole);
  }
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(VerifyTest, FindsStatisticsThatLieOfAFileThatACompactionReplaced) {
  OptimizeOptions options;
  options.writer_id = "o";
  ASSERT_THAT(
      optimize_delta_table(world_.files, "new_purchases", options, world_.clock, patiently()),
      Succeeds());
  edit(3, R"(\"offset\":29)", R"(\"offset\":28)");
  EXPECT_THAT(world_.findings(), HasSubstr("than the log says"));
}

TEST_F(VerifyTest, FindsRangesThatAreNotThoseOfTheFiles) {
  const std::string rejects = "rejected_events/_delta_log/00000000000000000003.json";
  const auto whole = world_.content(rejects);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"(\"start\":20)", R"(\"start\":19)"}, {R"(\"start\":20)", R"(\"start\":21)"}}) {
    auto text = whole;
    text.replace(text.find(from), from.size(), to);
    world_.overwrite(rejects, delta::seal_entry(text, 3));
    EXPECT_THAT(world_.findings(), HasSubstr(rejects)) << to;
  }
  world_.overwrite(rejects, whole);
  EXPECT_EQ(world_.findings(), "");
}

/// Rejects at 1 and 5, of which the second was kept by a commit that never came about and that
/// began at 4: the first is made up for, below the position.
TEST(VerifyOfRejects, FindsARangeEditedBelowThePosition) {
  DeltaWorld world;
  auto sink = world.open_sink();
  const auto rejected = [](Offset offset) { return offset % 4 == 1; };
  world.files.on_publish = [](const std::string& path) {
    const bool is_main = path.starts_with("new_purchases") && is_log_entry(path);
    return is_main ? PublishFault::kRefused : PublishFault::kNone;
  };
  world.append(*sink, make_run(0, 4, 8, rejected));
  EXPECT_THAT(sink->commit(patiently()), FailsWith(ErrorCode::kUnavailable));
  world.files.on_publish = nullptr;
  sink = world.open_sink();
  world.append(*sink, make_run(0, 0, 8, rejected));
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  ASSERT_EQ(world.findings(), "");

  const std::string entry = "rejected_events/_delta_log/00000000000000000002.json";
  auto text = world.content(entry);
  const std::string from = R"(\"next\":2)";
  ASSERT_NE(text.find(from), std::string::npos);
  text.replace(text.find(from), from.size(), R"(\"next\":3)");
  world.overwrite(entry, delta::seal_entry(text, 2));
  EXPECT_THAT(world.findings(), HasSubstr(entry));
}

/// What the entries before said is gone; what these say the checkpoint says too.
TEST(VerifyOfACleanedLog, HoldsItsFirstEntriesAgainstTheCheckpointOfTheirVersion) {
  DeltaWorld world;
  auto options = world.options();
  options.upkeep.checkpoint_every = 3;
  options.upkeep.log_retention = std::chrono::hours(1);
  const auto opened = open_delta_purchase_sink(world.files, world.clock, options, patiently());
  ASSERT_THAT(opened, Succeeds());
  const auto commit = [&](Offset offset) {
    world.append(**opened, make_run(0, offset, offset + 10, [](Offset o) { return o % 10 == 5; }));
    ASSERT_THAT((*opened)->commit(patiently()), Succeeds());
    world.clock.set(world.clock.now() + std::chrono::hours(2));
  };
  for (Offset offset = 0; offset < 70; offset += 10) commit(offset);
  for (const std::string table : {"new_purchases", "rejected_events"}) {
    const auto first = world.paths(table + "/_delta_log/", ".json").front();
    ASSERT_EQ(first, table + "/_delta_log/00000000000000000003.json");
    ASSERT_EQ(world.paths(table + "/_delta_log/", "3.checkpoint.parquet").size(), 1U);
    const auto whole = world.content(first);
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {R"(\"numRecords\":)", R"(\"numRecords\":1)"},
             {R"("version":30)", R"("version":31)"}}) {
      ASSERT_EQ(world.findings(), "");
      auto text = whole;
      ASSERT_NE(text.find(from), std::string::npos);
      text.replace(text.find(from), from.size(), to);
      world.overwrite(first, delta::seal_entry(text, 3));
      EXPECT_THAT(world.findings(), HasSubstr(first)) << to;
      world.overwrite(first, whole);
    }
  }
}

/// A bit of the footer: one column has another name, and what it held reads as absent.
TEST(VerifyOfACheckpoint, FindsAColumnThatWasRenamed) {
  DeltaWorld world;
  auto options = world.options();
  options.upkeep.checkpoint_every = 2;
  const auto sink = open_delta_purchase_sink(world.files, world.clock, options, patiently());
  ASSERT_THAT(sink, Succeeds());
  world.commit(**sink, 0, 0, 10);
  world.commit(**sink, 0, 10, 20);
  const auto checkpoints = world.paths("new_purchases/_delta_log/", ".checkpoint.parquet");
  ASSERT_EQ(checkpoints.size(), 1U);
  ASSERT_EQ(world.findings(), "");
  auto bytes = world.content(checkpoints[0]);
  ASSERT_NE(bytes.find("lastUpdated"), std::string::npos);
  for (auto found = bytes.find("lastUpdated"); found != std::string::npos;
       found = bytes.find("lastUpdated", found)) {
    bytes[found + 8] = 'i';
  }
  world.overwrite(checkpoints[0], bytes);
  EXPECT_THAT(world.findings(), HasSubstr(checkpoints[0]));
}

TEST_F(VerifyTest, FindsACopyUnderAnotherName) {
  auto add = line(2, "\"add\"");
  const auto at = add.find("part-");
  const auto name = add.substr(at, add.find('"', at) - at);
  world_.overwrite("new_purchases/copy.parquet", world_.content("new_purchases/" + name));
  add.replace(at, name.size(), "copy.parquet");
  world_.overwrite(entry(6), add);
  EXPECT_THAT(world_.findings(), HasSubstr("is more than one row"));
}

TEST_F(VerifyTest, FindsLostRejects) {
  const auto rejects = world_.paths("rejected_events", ".parquet");
  ASSERT_EQ(rejects.size(), 5U);
  world_.remove(rejects[1]);
  EXPECT_THAT(world_.findings(), HasSubstr(rejects[1]));
}

TEST_F(VerifyTest, FindsAGapWhereACommitIsLost) {
  // The last entry but one vanishes without a trace: its successor takes its number.
  put(4, world_.content(entry(5)));
  world_.remove(entry(5));
  EXPECT_THAT(world_.findings(), HasSubstr("offsets [30, 40) are covered by no commit"));
}

TEST_F(VerifyTest, StaysSilentAfterCompaction) {
  for (const char* table : {"new_purchases", "rejected_events"}) {
    OptimizeOptions options;
    options.writer_id = "o";
    ASSERT_THAT(optimize_delta_table(world_.files, table, options, world_.clock, patiently()),
                Succeeds());
  }
  EXPECT_EQ(world_.findings(), "");
  EXPECT_TRUE(world_.verify().notes.empty());
}

TEST_F(VerifyTest, AnUnreachableStoreIsNoFinding) {
  EXPECT_FALSE(
      verify_delta_tables(world_.files, "new_purchases", "rejected_events", cancelled_call()));
}

TEST_F(VerifyTest, ATableThatIsNotThereIsAFinding) {
  const auto report = verify_delta_tables(world_.files, "nothing", "rejected_events", patiently());
  ASSERT_THAT(report, Succeeds());
  EXPECT_EQ(report->findings.size(), 1U);
}

}  // namespace
}  // namespace punnet
