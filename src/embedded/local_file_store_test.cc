#include "embedded/local_file_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "embedded/memory_file_store.h"
#include "tests/support/calls.h"
#include "tests/support/child_process.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

std::unique_ptr<FileStore> opened(const std::string& directory) {
  auto files = open_local_file_store({.directory = directory});
  EXPECT_THAT(files, Succeeds());
  return *std::move(files);
}

TEST(LocalFileStore, OpensADirectoryThatIsNotThereYet) {
  const TemporaryDirectory directory;
  const auto files = opened(directory / "new/shop");
  EXPECT_FALSE(std::filesystem::exists(directory / "new"));
  ASSERT_THAT(publish_file(*files, "a", "1", patiently()), Succeeds());
  EXPECT_TRUE(std::filesystem::exists(directory / "new/shop/a"));
}

TEST(LocalFileStore, RefusesAFileInPlaceOfItsDirectory) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "shop") << "x";
  EXPECT_THAT(open_local_file_store({.directory = directory / "shop"}),
              FailsSaying(ErrorCode::kInvalid, directory / "shop"));
  EXPECT_THAT(open_local_file_store({.directory = ""}), FailsWith(ErrorCode::kInvalid));
}

TEST(LocalFileStore, LocationsAreAbsolute) {
  EXPECT_EQ(opened("shop/../shop/")->location("models/current"),
            std::filesystem::current_path().string() + "/shop/models/current");
  EXPECT_EQ(opened("/")->location("tmp"), "/tmp");
}

TEST(LocalFileStore, AFullDiskIsExhaustedAndLeavesNothing) {
  const TemporaryDirectory directory;
  const auto files = opened(directory.path());
  const std::string much(100'000, 'x');
  {
    const FileSizeLimit limit(10'000);
    EXPECT_THAT(publish_file(*files, "a", much, patiently()),
                FailsSaying(ErrorCode::kExhausted, directory / "a"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  EXPECT_THAT(publish_file(*files, "a", much, patiently()), Succeeds());
}

TEST(LocalFileStore, APlaceThatCannotBeWrittenIsNamed) {
  const auto files = opened("/proc/self");
  const auto created = files->create("a", patiently());
  ASSERT_FALSE(created);
  EXPECT_NE(created.error().message.find("/proc/self/a"), std::string::npos);
  const auto below = files->create("fd/no/a", patiently());
  EXPECT_FALSE(below);
}

TEST(LocalFileStore, PublishedFilesCanBeReadByAll) {
  const TemporaryDirectory directory;
  const auto mask = ::umask(022);
  ASSERT_THAT(publish_file(*opened(directory.path()), "a", "1", patiently()), Succeeds());
  ::umask(mask);
  struct stat info {};
  ASSERT_EQ(::stat((directory / "a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0644U);
  EXPECT_EQ(info.st_nlink, 1U);
}

TEST(LocalFileStore, LeavesStrangersTemporariesAlone) {
  const TemporaryDirectory directory;
  std::ofstream(directory / ".part-0.tmp") << "of another program";
  std::ofstream(directory / ".part-0.12345678-1234-1234-1234-123456789abc.tmp") << "ours";
  const auto removed =
      opened(directory.path())->remove_abandoned("", Timestamp::max(), patiently());
  ASSERT_THAT(removed, Succeeds());
  EXPECT_EQ(*removed, 1);
  EXPECT_TRUE(std::filesystem::exists(directory / ".part-0.tmp"));
}

TEST(LocalFileStore, ListsLinkedFilesButNotWhatIsNoFile) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "a") << "1";
  std::filesystem::create_symlink("a", directory / "link");
  std::filesystem::create_symlink("gone", directory / "broken");
  std::filesystem::create_directory_symlink(".", directory / "loop");
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0644), 0);
  const auto files = opened(directory.path());
  const auto found = files->list("", patiently());
  ASSERT_THAT(found, Succeeds());
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at(0).path, "a");
  EXPECT_EQ(found->at(1).path, "link");
  EXPECT_THAT(files->open("pipe", patiently()), FailsWith(ErrorCode::kInvalid));
}

TEST(LocalFileStore, AWriterThatDiesLeavesNothingVisible) {
  const TemporaryDirectory directory;
  ChildProcess writer([&] {
    const auto files = opened(directory.path());
    auto file = files->create("a", patiently());
    const bool written = file && (*file)->write(std::string_view("half"), patiently());
    ::_exit(written ? 0 : 1);  // before anything is destroyed
    return 1;
  });
  ASSERT_EQ(writer.wait(), 0);
  const auto files = opened(directory.path());
  const auto found = files->list("", patiently());
  ASSERT_THAT(found, Succeeds());
  EXPECT_TRUE(found->empty());
  const auto removed = files->remove_abandoned("", Timestamp::max(), patiently());
  ASSERT_THAT(removed, Succeeds());
  EXPECT_EQ(*removed, 1);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(LocalFileStore, TellsItsOwnFilesFromThoseOfAnotherStore) {
  const TemporaryDirectory directory;
  const auto others = make_memory_file_store();
  auto file = others->create("a", patiently());
  ASSERT_THAT(file, Succeeds());
  EXPECT_THAT(opened(directory.path())->publish(*std::move(file), patiently()),
              FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace punnet
