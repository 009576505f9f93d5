#include "spark/model_directory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "embedded/local_file_store.h"
#include "embedded/memory_file_store.h"
#include "tests/contract/model_store_contract.h"
#include "tests/support/calls.h"
#include "tests/support/full_file_store.h"
#include "tests/support/hanging_file_store.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

class Place : public ModelPlace {
 public:
  explicit Place(std::unique_ptr<FileStore> files) : files_(std::move(files)) {}

  std::unique_ptr<ModelStore> open() override {
    return make_model_directory_store(files_, system_clock());
  }
  std::unique_ptr<Hang> hang() override { return files_.hang(); }

 private:
  HangingFileStore files_;
};

class LocalPlace final : private TemporaryDirectory, public Place {
 public:
  LocalPlace() : Place(*open_local_file_store({.directory = path(), .sync = false})) {}
};

INSTANTIATE_TEST_SUITE_P(
    Adapters, ModelStoreContract,
    testing::Values(
        ModelStoreMaker{"memory", [] { return std::make_unique<Place>(make_memory_file_store()); }},
        ModelStoreMaker{"local", [] { return std::make_unique<LocalPlace>(); }}),
    [](const auto& instance) { return instance.param.name; });

class ModelDirectoryStore : public testing::Test {
 protected:
  std::string publish(int seed) {
    const auto version = store_->publish(model_number(seed), {"{}"}, patiently());
    EXPECT_THAT(version, Succeeds());
    return version ? *version : "";
  }
  std::string text(const std::string& path) {
    return *read_file(*files_, path, 1 << 20, patiently());
  }
  void put(const std::string& path, const std::string& content) {
    ASSERT_THAT(replace_file(*files_, path, content, patiently()), Succeeds());
  }
  std::vector<std::string> paths(const std::string& prefix) {
    std::vector<std::string> found;
    const auto listed = files_->list(prefix, patiently());
    for (const auto& info : *listed) found.push_back(info.path);
    return found;
  }

  const ManualClock clock_;
  const std::unique_ptr<FileStore> files_ = make_memory_file_store();
  const std::unique_ptr<ModelStore> store_ = make_model_directory_store(*files_, clock_);
};

TEST_F(ModelDirectoryStore, IgnoresAVersionWithoutManifestAndDoesNotUseItsNumber) {
  (void)publish(1);
  put("models/2/metadata/part-00000", "{");
  EXPECT_THAT(*store_->list(patiently()), testing::ElementsAre("1"));
  EXPECT_THAT(store_->load("2", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(store_->promote("2", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_EQ(publish(3), "3");
}

TEST_F(ModelDirectoryStore, NoticesEveryMissingFile) {
  (void)publish(1);
  for (const auto& path : paths("models/1")) {
    const auto content = text(path);
    ASSERT_THAT(files_->remove(path, patiently()), Succeeds());
    const bool manifest = path.ends_with("manifest.json");
    EXPECT_THAT(store_->load("1", patiently()),
                FailsSaying(manifest ? ErrorCode::kAbsent : ErrorCode::kCorrupt,
                            manifest ? "models/1" : path));
    put(path, content);
  }
  EXPECT_THAT(store_->load("1", patiently()), Succeeds());
}

TEST_F(ModelDirectoryStore, NoticesEveryFlippedByte) {
  (void)publish(1);
  ASSERT_THAT(store_->promote("1", patiently()), Succeeds());
  for (const auto& path : paths("models/1")) {
    const auto content = text(path);
    for (std::size_t at = 0; at < content.size(); ++at) {
      auto damaged = content;
      damaged[at] = static_cast<char>(damaged[at] ^ 1);
      put(path, damaged);
      ASSERT_THAT(store_->load("1", patiently()), FailsWith(ErrorCode::kCorrupt))
          << path << " at " << at;
    }
    put(path, content);
  }
  EXPECT_THAT(store_->load("1", patiently()), Succeeds());
}

TEST_F(ModelDirectoryStore, NoticesFilesCutShortOrGrown) {
  (void)publish(1);
  const std::string path = "models/1/userFactors/part-00000.snappy.parquet";
  const auto content = text(path);
  put(path, content.substr(0, content.size() / 2));
  EXPECT_THAT(store_->load("1", patiently()), FailsSaying(ErrorCode::kCorrupt, path));
  put(path, content + "x");
  EXPECT_THAT(store_->load("1", patiently()), FailsSaying(ErrorCode::kCorrupt, path));
}

TEST_F(ModelDirectoryStore, NoticesAFileThatWasNotPublished) {
  (void)publish(1);
  put("models/1/userFactors/part-00001.parquet", "x");
  EXPECT_THAT(store_->load("1", patiently()),
              FailsSaying(ErrorCode::kCorrupt, "was not published with the model"));
}

TEST_F(ModelDirectoryStore, NoticesWhenAServedVersionIsNotTheOneThatWasPromoted) {
  (void)publish(1);
  ASSERT_THAT(store_->promote("1", patiently()), Succeeds());
  (void)publish(2);
  for (const auto& path : paths("models/2")) put("models/1" + path.substr(8), text(path));
  EXPECT_THAT(store_->load("1", patiently()),
              FailsSaying(ErrorCode::kCorrupt, "not the manifest that was promoted"));
}

TEST_F(ModelDirectoryStore, SaysWhenCurrentPointsToNothing) {
  (void)publish(1);
  ASSERT_THAT(store_->promote("1", patiently()), Succeeds());
  ASSERT_THAT(remove_tree(*files_, "models/1", patiently()), Succeeds());
  EXPECT_EQ(*store_->current(patiently()), "1");
  EXPECT_THAT(store_->load("1", patiently()), FailsSaying(ErrorCode::kAbsent, "models/1"));
}

TEST_F(ModelDirectoryStore, SaysWhenCurrentIsDamagedAndStillLoads) {
  (void)publish(1);
  put("models/current", "{\"format\":1,");
  EXPECT_THAT(store_->current(patiently()), FailsSaying(ErrorCode::kCorrupt, "models/current"));
  EXPECT_THAT(store_->load("1", patiently()), Succeeds());
  ASSERT_THAT(store_->promote("1", patiently()), Succeeds());
  EXPECT_EQ(*store_->current(patiently()), "1");
}

TEST_F(ModelDirectoryStore, DoesNotGoBackToWhatIsNotThatVersionAnyMore) {
  (void)publish(1);
  (void)publish(2);
  ASSERT_THAT(store_->promote("1", patiently()), Succeeds());
  ASSERT_THAT(store_->promote("2", patiently()), Succeeds());
  const auto manifest = text("models/1/_punnet/manifest.json");
  put("models/1/_punnet/manifest.json", text("models/2/_punnet/manifest.json"));
  EXPECT_THAT(store_->rollback(patiently()),
              FailsSaying(ErrorCode::kCorrupt, "not the manifest that was promoted"));
  ASSERT_THAT(files_->remove("models/1/_punnet/manifest.json", patiently()), Succeeds());
  EXPECT_THAT(store_->rollback(patiently()), FailsSaying(ErrorCode::kAbsent, "models/1"));
  EXPECT_EQ(*store_->current(patiently()), "2");
  put("models/1/_punnet/manifest.json", manifest);
  EXPECT_EQ(*store_->rollback(patiently()), "1");
}

TEST_F(ModelDirectoryStore, ReadsAPointerWithoutEarlierVersions) {
  (void)publish(1);
  put("models/current",
      R"({"format":1,"version":"1","manifest_sha256":")" + std::string(64, '0') + R"("})");
  EXPECT_EQ(*store_->current(patiently()), "1");
  EXPECT_EQ(*store_->previous(patiently()), std::nullopt);
  put("models/current", R"({"format":1,"version":"1","manifest_sha256":"","before":[{}]})");
  EXPECT_THAT(store_->current(patiently()), FailsSaying(ErrorCode::kCorrupt, "earlier version"));
}

TEST_F(ModelDirectoryStore, RefusesAFormatOfTheFuture) {
  put("models/current", R"({"format":2,"version":"1","manifest_sha256":""})");
  EXPECT_THAT(store_->current(patiently()), FailsSaying(ErrorCode::kInvalid, "format 2"));
}

TEST_F(ModelDirectoryStore, ShowsNothingHoweverSoonTheDiskIsFull) {
  std::int64_t needed = 0;
  {
    const auto version = publish(1);
    const auto listed = files_->list("models/" + version, patiently());
    for (const auto& info : *listed) needed += info.size_bytes;
  }
  for (std::int64_t room = 0; room < needed; room += 20) {
    FullFileStore full(*files_, room);
    const auto store = make_model_directory_store(full, clock_);
    ASSERT_THAT(store->publish(model_number(2), {"{}"}, patiently()),
                FailsSaying(ErrorCode::kExhausted, "no space left"))
        << room;
    ASSERT_THAT(*store_->list(patiently()), testing::ElementsAre("1"));
  }
}

TEST_F(ModelDirectoryStore, LeavesOnlyItsClaimWhenPublishingFails) {
  auto model = model_number(1);
  model.item_factors = FactorMatrix(2, 3);
  EXPECT_THAT(store_->publish(model, {"{}"}, patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(paths("models"), testing::Each("models/1/_punnet/writer"));
}

}  // namespace
}  // namespace punnet
