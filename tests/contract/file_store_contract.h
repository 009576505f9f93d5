#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "ports/file_store.h"
#include "tests/contract/hanging.h"
#include "tests/support/calls.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {

/// Some place that is empty at first. Stores opened on it see the same files.
class FilePlace {
 public:
  virtual ~FilePlace() = default;
  virtual std::unique_ptr<FileStore> open() = 0;
  virtual bool can_open_twice() const { return true; }

  /// Keeps answers from all calls of the stores and of their files. Null where nobody's answer is
  /// awaited.
  virtual std::unique_ptr<Hang> hang() { return nullptr; }
  /// False where a small file has its content once it is open.
  virtual bool reading_hangs() const { return true; }
  /// False where small writes are gathered before they are sent.
  virtual bool writing_hangs() const { return true; }
};

/// An adapter that is held to the contract.
struct FileStoreMaker {
  std::string name;
  std::function<std::unique_ptr<FilePlace>()> make;

  friend std::ostream& operator<<(std::ostream& out, const FileStoreMaker& maker) {
    return out << maker.name;
  }
};

/// What ports/file_store.h promises, for any adapter.
class FileStoreContract : public testing::TestWithParam<FileStoreMaker> {
 protected:
  FileStoreContract() : place_(GetParam().make()), files_(place_->open()) {}

  void put(std::string_view path, std::string_view content) {
    const auto outcome = publish_file(*files_, path, content, patiently());
    ASSERT_THAT(outcome, Succeeds());
    ASSERT_EQ(*outcome, PublishOutcome::kPublished);
  }

  std::string content(std::string_view path) {
    const auto text = read_file(*files_, path, 1 << 20, patiently());
    EXPECT_THAT(text, Succeeds());
    return text ? *text : "";
  }

  std::vector<std::string> paths(std::string_view prefix) {
    const auto found = files_->list(prefix, patiently());
    EXPECT_THAT(found, Succeeds());
    std::vector<std::string> names;
    if (found) {
      for (const auto& file : *found) names.push_back(file.path);
    }
    return names;
  }

  std::unique_ptr<WritableFile> started(std::string_view path, std::string_view content) {
    auto file = files_->create(path, patiently());
    EXPECT_THAT(file, Succeeds());
    if (!file) return nullptr;
    EXPECT_THAT((*file)->write(content, patiently()), Succeeds());
    return *std::move(file);
  }

  std::unique_ptr<FilePlace> place_;
  std::unique_ptr<FileStore> files_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FileStoreContract);

TEST_P(FileStoreContract, GivesBackWhatWasPublished) {
  put("a/b/c.txt", "some text");
  EXPECT_EQ(content("a/b/c.txt"), "some text");
  const auto info = files_->stat("a/b/c.txt", patiently());
  ASSERT_THAT(info, Succeeds());
  EXPECT_EQ(info->path, "a/b/c.txt");
  EXPECT_EQ(info->size_bytes, 9);
  EXPECT_GE(info->stored_bytes, info->size_bytes);
}

TEST_P(FileStoreContract, KeepsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 7919 >> 5);
  put("bytes", bytes);
  EXPECT_EQ(content("bytes"), bytes);
}

TEST_P(FileStoreContract, AnEmptyFileIsAFile) {
  put("empty", "");
  EXPECT_EQ(paths(""), std::vector<std::string>{"empty"});
  EXPECT_EQ(content("empty"), "");
}

TEST_P(FileStoreContract, AMissingFileIsAbsent) {
  EXPECT_THAT(files_->stat("nothing", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(files_->open("nothing", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(files_->open("no/thing", patiently()), FailsWith(ErrorCode::kAbsent));
}

TEST_P(FileStoreContract, AFileBelowAFileIsAbsent) {
  put("a", "1");
  EXPECT_THAT(files_->stat("a/b", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(files_->open("a/b", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(files_->remove("a/b", patiently()), Succeeds());
  EXPECT_THAT(files_->create("a/b", patiently()), FailsWith(ErrorCode::kInvalid));
}

TEST_P(FileStoreContract, ADirectoryIsNoFile) {
  put("a/b", "1");
  EXPECT_THAT(files_->stat("a", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(files_->open("a", patiently()), FailsSaying(ErrorCode::kInvalid, "directory"));
  EXPECT_THAT(files_->remove("a", patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(replace_file(*files_, "a", "2", patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_EQ(paths(""), std::vector<std::string>{"a/b"});
}

TEST_P(FileStoreContract, ListsInOrderOfPaths) {
  for (const auto* const path : {"b", "a/z", "a/a/x", "a-b", "ab"}) put(path, "1");
  EXPECT_EQ(paths(""), (std::vector<std::string>{"a-b", "a/a/x", "a/z", "ab", "b"}));
}

TEST_P(FileStoreContract, ListsOnlyBelowTheDirectoryNamed) {
  put("models/1/data", "1");
  put("models-old/1", "1");
  EXPECT_EQ(paths("models"), std::vector<std::string>{"models/1/data"});
  EXPECT_EQ(paths("models/"), std::vector<std::string>{"models/1/data"});
  EXPECT_EQ(paths("models/1"), std::vector<std::string>{"models/1/data"});
  EXPECT_EQ(paths("models/1/data"), std::vector<std::string>{});
}

TEST_P(FileStoreContract, NothingBelowAPrefixIsAnEmptyList) {
  EXPECT_EQ(paths(""), std::vector<std::string>{});
  EXPECT_EQ(paths("no/where"), std::vector<std::string>{});
}

TEST_P(FileStoreContract, HidesWhatBeginsWithADot) {
  put("a/.hidden", "1");
  put(".secret/b", "2");
  put("_delta_log/c", "3");
  EXPECT_EQ(paths(""), std::vector<std::string>{"_delta_log/c"});
  EXPECT_EQ(paths(".secret"), std::vector<std::string>{});
  EXPECT_EQ(content("a/.hidden"), "1");
}

TEST_P(FileStoreContract, ListsSizesAndTimes) {
  put("a", "12345");
  const auto found = files_->list("", patiently());
  ASSERT_THAT(found, Succeeds());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().size_bytes, 5);
  EXPECT_GT(found->front().modified,
            Timestamp{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}});
}

TEST_P(FileStoreContract, ReadsFromAnyPosition) {
  put("a", "0123456789");
  const auto file = files_->open("a", patiently());
  ASSERT_THAT(file, Succeeds());
  EXPECT_EQ((*file)->size(), 10);
  const auto read = [&](std::int64_t position, std::size_t length) {
    std::string out(length, '?');
    const auto got = (*file)->read_at(position, out, patiently());
    EXPECT_THAT(got, Succeeds());
    out.resize(got ? *got : 0);
    return out;
  };
  EXPECT_EQ(read(3, 4), "3456");
  EXPECT_EQ(read(0, 10), "0123456789");
  EXPECT_EQ(read(8, 4), "89");
  EXPECT_EQ(read(10, 4), "");
  EXPECT_EQ(read(999, 4), "");
  EXPECT_EQ(read(5, 0), "");
  std::array<char, 1> out{};
  EXPECT_THAT((*file)->read_at(-1, out, patiently()), FailsWith(ErrorCode::kInvalid));
}

TEST_P(FileStoreContract, AnOpenFileNeverChangesUnderItsReader) {
  put("a", "old");
  const auto file = files_->open("a", patiently());
  ASSERT_THAT(file, Succeeds());
  ASSERT_THAT(replace_file(*files_, "a", "new!", patiently()), Succeeds());
  std::string out(4, '?');
  const auto got = (*file)->read_at(0, out, patiently());
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(out.substr(0, *got), "old");
  EXPECT_EQ((*file)->size(), 3);
}

TEST_P(FileStoreContract, AnOpenFileIsReadByManyThreads) {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>('a' + i % 26);
  put("a", bytes);
  const auto file = files_->open("a", patiently());
  ASSERT_THAT(file, Succeeds());
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> readers;
    readers.reserve(4);
    for (int reader = 0; reader < 4; ++reader) {
      readers.emplace_back([&, reader] {
        for (int i = 0; i < 50; ++i) {
          const auto position = (reader * 1009 + i * 31) % 4000;
          std::string out(64, '?');
          const auto got = (*file)->read_at(position, out, patiently());
          if (got && out == bytes.substr(static_cast<std::size_t>(position), 64)) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 200);
}

TEST_P(FileStoreContract, NothingIsVisibleBeforePublish) {
  const auto file = started("a/b", "text");
  EXPECT_EQ(paths(""), std::vector<std::string>{});
  EXPECT_THAT(files_->stat("a/b", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_EQ(file->size(), 4);
}

TEST_P(FileStoreContract, ADroppedFileLeavesNothing) {
  started("a/b", "text").reset();
  EXPECT_EQ(paths(""), std::vector<std::string>{});
  const auto removed = files_->remove_abandoned("", Timestamp::max(), patiently());
  ASSERT_THAT(removed, Succeeds());
  EXPECT_EQ(*removed, 0);
}

TEST_P(FileStoreContract, PublishNeverReplaces) {
  put("a", "first");
  const auto outcome = publish_file(*files_, "a", "second", patiently());
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(*outcome, PublishOutcome::kLost);
  EXPECT_EQ(content("a"), "first");
  const auto removed = files_->remove_abandoned("", Timestamp::max(), patiently());
  ASSERT_THAT(removed, Succeeds());
  EXPECT_EQ(*removed, 0) << "the file that lost is still there";
}

TEST_P(FileStoreContract, OneOfManyPublishersWins) {
  std::atomic<int> published{0};
  std::atomic<int> lost{0};
  {
    std::vector<std::jthread> writers;
    writers.reserve(8);
    for (int writer = 0; writer < 8; ++writer) {
      writers.emplace_back([&, writer] {
        const auto outcome = publish_file(*files_, "log/00", std::to_string(writer), patiently());
        if (outcome && *outcome == PublishOutcome::kPublished) ++published;
        if (outcome && *outcome == PublishOutcome::kLost) ++lost;
      });
    }
  }
  EXPECT_EQ(published, 1);
  EXPECT_EQ(lost, 7);
  EXPECT_EQ(content("log/00").size(), 1U);
}

TEST_P(FileStoreContract, ReplacePutsTheNewInPlaceOfTheOld) {
  ASSERT_THAT(replace_file(*files_, "current", "1", patiently()), Succeeds());
  EXPECT_EQ(content("current"), "1");
  ASSERT_THAT(replace_file(*files_, "current", "22", patiently()), Succeeds());
  EXPECT_EQ(content("current"), "22");
  EXPECT_EQ(paths(""), std::vector<std::string>{"current"});
}

TEST_P(FileStoreContract, AReaderSeesTheOldOrTheNewContent) {
  const std::string old_content(5000, 'o');
  const std::string new_content(7000, 'n');
  ASSERT_THAT(replace_file(*files_, "current", old_content, patiently()), Succeeds());
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    for (int i = 0; i < 50; ++i) {
      EXPECT_THAT(
          replace_file(*files_, "current", i % 2 == 0 ? new_content : old_content, patiently()),
          Succeeds());
    }
    done = true;
  });
  while (!done) {
    const auto seen = read_file(*files_, "current", 1 << 20, patiently());
    ASSERT_THAT(seen, Succeeds());
    ASSERT_TRUE(*seen == old_content || *seen == new_content);
  }
}

TEST_P(FileStoreContract, RemovesOneFile) {
  put("a/b", "1");
  put("a/c", "2");
  EXPECT_THAT(files_->remove("a/b", patiently()), Succeeds());
  EXPECT_EQ(paths(""), std::vector<std::string>{"a/c"});
}

TEST_P(FileStoreContract, RemovingWhatIsNotThereSucceeds) {
  EXPECT_THAT(files_->remove("a", patiently()), Succeeds());
  EXPECT_THAT(files_->remove("a/b/c", patiently()), Succeeds());
}

TEST_P(FileStoreContract, ARemovedNameCanBePublishedAgain) {
  put("a", "1");
  ASSERT_THAT(files_->remove("a", patiently()), Succeeds());
  put("a", "2");
  EXPECT_EQ(content("a"), "2");
}

TEST_P(FileStoreContract, RemovesATree) {
  put("a/b", "1");
  put("a/c/d", "2");
  put("ab", "3");
  ASSERT_THAT(remove_tree(*files_, "a", patiently()), Succeeds());
  EXPECT_EQ(paths(""), std::vector<std::string>{"ab"});
}

TEST_P(FileStoreContract, RemovesWhatWritersThatDiedLeftBehind) {
  put("models/1", "kept");
  auto abandoned = started("models/2", "text");
  auto elsewhere = started("other/3", "text");
  const auto early = files_->remove_abandoned(
      "models", Timestamp{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}}, patiently());
  ASSERT_THAT(early, Succeeds());
  EXPECT_EQ(*early, 0);
  const auto removed = files_->remove_abandoned("models", Timestamp::max(), patiently());
  ASSERT_THAT(removed, Succeeds());
  EXPECT_EQ(*removed, 1);
  EXPECT_THAT(files_->publish(std::move(abandoned), patiently()), FailsWith(ErrorCode::kAbsent))
      << "its bytes are gone";
  EXPECT_THAT(files_->publish(std::move(elsewhere), patiently()), Succeeds());
  EXPECT_EQ(paths(""), (std::vector<std::string>{"models/1", "other/3"}));
}

TEST_P(FileStoreContract, RefusesPathsThatLeaveTheStore) {
  for (const auto* const path : {"", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "./a", "a/."}) {
    EXPECT_THAT(files_->stat(path, patiently()), FailsWith(ErrorCode::kInvalid)) << path;
    EXPECT_THAT(files_->open(path, patiently()), FailsWith(ErrorCode::kInvalid)) << path;
    EXPECT_THAT(files_->create(path, patiently()), FailsWith(ErrorCode::kInvalid)) << path;
    EXPECT_THAT(files_->remove(path, patiently()), FailsWith(ErrorCode::kInvalid)) << path;
  }
  EXPECT_THAT(files_->list("../a", patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(files_->remove_abandoned("/", Timestamp::max(), patiently()),
              FailsWith(ErrorCode::kInvalid));
}

TEST_P(FileStoreContract, SaysWhereAPathLies) {
  EXPECT_THAT(files_->location("models/current"), testing::EndsWith("models/current"));
  EXPECT_THAT(files_->open("models/current", patiently()),
              FailsSaying(ErrorCode::kAbsent, files_->location("models/current")));
}

TEST_P(FileStoreContract, EveryCallEndsWhenItIsCancelledOrLate) {
  put("a", "1");
  const auto file = files_->open("a", patiently());
  ASSERT_THAT(file, Succeeds());
  std::array<char, 1> out{};
  for (const auto& [call, code] : {std::pair{cancelled_call(), ErrorCode::kCancelled},
                                   std::pair{too_late(), ErrorCode::kTimeout}}) {
    EXPECT_THAT(files_->list("", call), FailsWith(code));
    EXPECT_THAT(files_->stat("a", call), FailsWith(code));
    EXPECT_THAT(files_->open("a", call), FailsWith(code));
    EXPECT_THAT(files_->create("b", call), FailsWith(code));
    EXPECT_THAT(files_->remove("a", call), FailsWith(code));
    EXPECT_THAT(files_->remove_abandoned("", Timestamp::max(), call), FailsWith(code));
    EXPECT_THAT((*file)->read_at(0, out, call), FailsWith(code));
    EXPECT_THAT(files_->publish(started("b", "1"), call), FailsWith(code));
    EXPECT_THAT(files_->replace(started("a", "2"), call), FailsWith(code));
  }
  EXPECT_EQ(paths(""), std::vector<std::string>{"a"});
  EXPECT_EQ(content("a"), "1");
}

TEST_P(FileStoreContract, ACallWithoutAnAnswerEndsWhenItIsCancelledOrLate) {
  put("a", "1");
  const auto file = files_->open("a", patiently());
  ASSERT_THAT(file, Succeeds());
  std::vector<std::unique_ptr<WritableFile>> unfinished;
  unfinished.reserve(6);
  for (int i = 0; i < 6; ++i) unfinished.push_back(started(i < 4 ? "b" : "a", "2"));
  const auto next_unfinished = [&] {
    auto next = std::move(unfinished.back());
    unfinished.pop_back();
    return next;
  };
  auto hang = place_->hang();
  if (hang == nullptr) return;
  expect_to_end_without_answer([&](const CallContext& call) { return files_->list("", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return files_->stat("a", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return files_->open("a", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return files_->create("b", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return files_->remove("a", call); });
  expect_to_end_without_answer([&](const CallContext& call) {
    return files_->remove_abandoned("", Timestamp::max(), call);
  });
  std::array<char, 1> out{};
  if (place_->reading_hangs()) {
    expect_to_end_without_answer(
        [&](const CallContext& call) { return (*file)->read_at(0, out, call); });
  }
  expect_to_end_without_answer(
      [&](const CallContext& call) { return files_->replace(next_unfinished(), call); });
  expect_to_end_without_answer(
      [&](const CallContext& call) { return files_->publish(next_unfinished(), call); });
  if (place_->writing_hangs()) {
    expect_to_end_without_answer([&](const CallContext& call) {
      return next_unfinished()->write(std::string_view("3"), call);
    });
  }
  hang.reset();
  EXPECT_EQ(paths(""), std::vector<std::string>{"a"});
  EXPECT_EQ(content("a"), "1");
}

TEST_P(FileStoreContract, AFileWhoseWriteFailedCanOnlyBeDiscarded) {
  auto file = started("a", "some");
  EXPECT_THAT(file->write(std::string_view(" text"), cancelled_call()),
              FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(file->write(std::string_view(" text"), patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(files_->publish(std::move(file), patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_EQ(paths(""), std::vector<std::string>{});
}

TEST_P(FileStoreContract, AnotherStoreOnThePlaceSeesTheSameFiles) {
  if (!place_->can_open_twice()) return;
  const auto other = place_->open();
  put("a", "1");
  const auto seen = read_file(*other, "a", 10, patiently());
  ASSERT_THAT(seen, Succeeds());
  EXPECT_EQ(*seen, "1");
  const auto outcome = publish_file(*other, "a", "2", patiently());
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(*outcome, PublishOutcome::kLost);
}

TEST_P(FileStoreContract, AFileOutlivesItsStore) {
  put("a", "text");
  auto file = files_->open("a", patiently());
  ASSERT_THAT(file, Succeeds());
  auto unfinished = started("b", "text");
  files_.reset();
  std::string out(4, '?');
  EXPECT_THAT((*file)->read_at(0, out, patiently()), Succeeds());
  EXPECT_EQ(out, "text");
  unfinished.reset();
}

}  // namespace punnet
