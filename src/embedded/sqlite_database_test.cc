#include "embedded/sqlite_database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "embedded/sqlite_kinds.h"
#include "tests/support/calls.h"
#include "tests/support/child_process.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"
#include "tests/support/sqlite_shell.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

constexpr SqliteKind kKind{.name = "the test's database",
                           .application_id = kPunnetMark | 0x7474,
                           .version = 3,
                           .schema = "CREATE TABLE numbers (n INTEGER PRIMARY KEY, text TEXT);",
                           .durable = true,
                           .option = "[tests] uri"};

Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path,
                                             const CallContext& call = patiently()) {
  return SqliteDatabase::open(path, kKind, call);
}

Status insert(SqliteDatabase& database, std::int64_t n, std::string_view text,
              const CallContext& call) {
  PUNNET_TRY(auto use, database.use("write to", call));
  PUNNET_CHECK(use.begin_writing());
  {
    PUNNET_TRY(auto statement, use.prepare("INSERT INTO numbers VALUES (?, ?)"));
    statement.bind(1, n);
    statement.bind_text(2, text);
    PUNNET_CHECK(statement.run());
  }
  return use.commit();
}

std::string bytes_of(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

class SqliteDatabaseTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  const std::string path_ = directory_ / "some/where/a.db";
};

TEST_F(SqliteDatabaseTest, MakesAFileThatSaysWhatItIs) {
  ASSERT_THAT(open(path_), Succeeds());
  SqliteShell shell(path_);
  EXPECT_EQ(shell.run("PRAGMA application_id; PRAGMA user_version; PRAGMA journal_mode"),
            std::to_string(kKind.application_id) + "\n3\nwal\n");
  EXPECT_EQ(shell.run("SELECT count(*) FROM numbers"), "0\n");
}

TEST_F(SqliteDatabaseTest, OpensWhatItMade) {
  {
    const auto database = open(path_);
    ASSERT_THAT(database, Succeeds());
    ASSERT_THAT(insert(**database, 1, "one", patiently()), Succeeds());
  }
  ASSERT_THAT(open(path_), Succeeds());
  EXPECT_EQ(SqliteShell(path_).run("SELECT * FROM numbers"), "1|one\n");
}

TEST_F(SqliteDatabaseTest, FillsAnEmptyFile) {
  std::filesystem::create_directories(directory_ / "some/where");
  std::ofstream(path_).flush();
  EXPECT_THAT(open(path_), Succeeds());
}

TEST_F(SqliteDatabaseTest, MakesAnewWhatDiedBeforeItsCreationWasCertain) {
  {
    const auto database = open(path_);
    ASSERT_THAT(database, Succeeds());
  }
  // A journal that takes everything back: of a database that had no pages, and holds none.
  const std::string journal(
      "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"  // magic
      "\0\0\0\0\0\0\0\0\0\0\0\0"          // records, nonce, pages before
      "\0\0\x02\0\0\0\x10\0",             // sizes of sectors and pages
      28);
  std::ofstream(path_ + "-journal", std::ios::binary)
      << journal << std::string(512 - journal.size(), '\0');
  const auto database = open(path_);
  ASSERT_THAT(database, Succeeds());
  EXPECT_THAT(insert(**database, 1, "one", patiently()), Succeeds());
}

TEST_F(SqliteDatabaseTest, LeavesAnotherProgramsDatabaseAsItIs) {
  const auto path = directory_ / "foreign.db";
  SqliteShell(path).run("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  const auto before = bytes_of(path);
  EXPECT_THAT(open(path), FailsSaying(ErrorCode::kInvalid, "another program"));
  EXPECT_THAT(open(path), FailsSaying(ErrorCode::kInvalid, "[tests] uri"));
  EXPECT_EQ(bytes_of(path), before);
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
}

TEST_F(SqliteDatabaseTest, LeavesAnotherKindOfDatabaseAsItIs) {
  const auto path = directory_ / "events.db";
  ASSERT_THAT(SqliteDatabase::open(path, kEventsKind, patiently()), Succeeds());
  const auto before = bytes_of(path);
  EXPECT_THAT(open(path), FailsSaying(ErrorCode::kInvalid, "not the test's database"));
  EXPECT_EQ(bytes_of(path), before);
}

TEST_F(SqliteDatabaseTest, LeavesANewerDatabaseAsItIs) {
  ASSERT_THAT(open(path_), Succeeds());
  SqliteShell(path_).run("PRAGMA user_version=4");
  const auto before = bytes_of(path_);
  EXPECT_THAT(open(path_), FailsSaying(ErrorCode::kInvalid, "a newer punnet"));
  EXPECT_EQ(bytes_of(path_), before);
}

TEST_F(SqliteDatabaseTest, LeavesWhatIsNoDatabaseAsItIs) {
  for (const auto& content : {std::string("user_id,item_id\n1,2\n"), std::string(5000, 'x')}) {
    const auto path = directory_ / "purchases.csv";
    std::ofstream(path) << content;
    EXPECT_THAT(open(path), FailsSaying(ErrorCode::kCorrupt, "is not a SQLite database"));
    EXPECT_EQ(bytes_of(path), content);
  }
}

TEST_F(SqliteDatabaseTest, RefusesADirectory) {
  EXPECT_THAT(open(directory_.path()), FailsSaying(ErrorCode::kInvalid, directory_.path()));
  EXPECT_THAT(open(""), FailsSaying(ErrorCode::kInvalid, "[tests] uri"));
}

TEST_F(SqliteDatabaseTest, RefusesAPathBelowAFile) {
  std::ofstream(directory_ / "some") << "x";
  EXPECT_THAT(open(path_), FailsWith(ErrorCode::kInvalid));
}

TEST_F(SqliteDatabaseTest, ADamagedPageIsCorruptAndNamesTheFile) {
  {
    const auto database = open(path_);
    ASSERT_THAT(database, Succeeds());
    ASSERT_THAT(insert(**database, 1, std::string(9000, 'x'), patiently()), Succeeds());
  }
  std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(4096)
      .write(std::string(4096, '\xFF').data(), 4096);
  const auto database = open(path_);
  ASSERT_THAT(database, Succeeds());
  EXPECT_THAT(insert(**database, 2, "two", patiently()), FailsSaying(ErrorCode::kCorrupt, path_));
}

TEST_F(SqliteDatabaseTest, ManyProcessesMayMakeItAtOnce) {
  std::vector<std::unique_ptr<ChildProcess>> others;
  for (int i = 0; i < 6; ++i) {
    others.push_back(std::make_unique<ChildProcess>([&, i] {
      const auto database = open(path_);
      return database && insert(**database, i, "x", patiently()) ? 0 : 1;
    }));
  }
  for (const auto& other : others) EXPECT_EQ(other->wait(), 0);
  EXPECT_EQ(SqliteShell(path_).run("SELECT count(*) FROM numbers"), "6\n");
}

TEST_F(SqliteDatabaseTest, OpeningEndsWhenItIsCancelledOrLate) {
  {
    ASSERT_THAT(open(path_), Succeeds());
    SqliteShell(path_).run("PRAGMA journal_mode=DELETE");
  }
  const SqliteLock lock(path_);
  expect_to_end_without_answer([&](const CallContext& call) { return open(path_, call); });
}

TEST_F(SqliteDatabaseTest, AWriterTakesItsTurnAfterAnother) {
  const auto database = open(path_);
  ASSERT_THAT(database, Succeeds());
  auto lock = std::make_unique<SqliteLock>(path_);
  const std::jthread other([&] { lock.reset(); });
  EXPECT_THAT(insert(**database, 1, "one", patiently()), Succeeds());
}

TEST_F(SqliteDatabaseTest, ALongWaitForALockIsTold) {
  std::unique_ptr<SqliteLock> lock;
  std::string told;
  const auto notice = [&](std::string_view text) {
    told = text;
    lock.reset();  // what is waited for comes only if it was told
  };
  const auto database = SqliteDatabase::open(path_, kKind, patiently(), notice);
  ASSERT_THAT(database, Succeeds());
  lock = std::make_unique<SqliteLock>(path_);
  EXPECT_THAT(insert(**database, 1, "one", patiently()), Succeeds());
  EXPECT_EQ(told, "waiting for " + path_ + ", which another process keeps locked");
}

TEST_F(SqliteDatabaseTest, ALongStatementEndsWhenItIsCancelledOrLate) {
  const auto database = open(path_);
  ASSERT_THAT(database, Succeeds());
  expect_to_end_without_answer([&](const CallContext& call) -> Status {
    PUNNET_TRY(auto use, (*database)->use("count for ever in", call));
    PUNNET_TRY(auto endless,
               use.prepare("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                           "SELECT max(i) FROM n"));
    return endless.run();
  });
}

TEST_F(SqliteDatabaseTest, ACallThatWaitsForAnotherThreadEndsWhenItIsCancelledOrLate) {
  const auto database = open(path_);
  ASSERT_THAT(database, Succeeds());
  const auto call = patiently();
  const auto use = (*database)->use("hold", call);
  ASSERT_THAT(use, Succeeds());
  expect_to_end_without_answer(
      [&](const CallContext& waiting) { return insert(**database, 1, "one", waiting); });
}

TEST_F(SqliteDatabaseTest, WhatWasNotCommittedIsNotThere) {
  const auto database = open(path_);
  ASSERT_THAT(database, Succeeds());
  {
    const auto call = patiently();
    auto use = (*database)->use("write to", call);
    ASSERT_THAT(use, Succeeds());
    ASSERT_THAT(use->begin_writing(), Succeeds());
    auto statement = use->prepare("INSERT INTO numbers VALUES (1, 'one')");
    ASSERT_THAT(statement, Succeeds());
    ASSERT_THAT(statement->run(), Succeeds());
  }
  EXPECT_EQ(SqliteShell(path_).run("SELECT count(*) FROM numbers"), "0\n");
  EXPECT_THAT(insert(**database, 1, "one", patiently()), Succeeds());
}

TEST_F(SqliteDatabaseTest, AFullDiskChangesNothing) {
  const auto database = open(path_);
  ASSERT_THAT(database, Succeeds());
  ASSERT_THAT(insert(**database, 1, "one", patiently()), Succeeds());
  {
    const FileSizeLimit limit(200'000);
    EXPECT_THAT(insert(**database, 2, std::string(400'000, 'x'), patiently()),
                FailsSaying(ErrorCode::kExhausted, path_));
  }
  EXPECT_EQ(SqliteShell(path_).run("SELECT n FROM numbers"), "1\n");
  EXPECT_THAT(insert(**database, 2, std::string(400'000, 'x'), patiently()), Succeeds());
}

}  // namespace
}  // namespace punnet
