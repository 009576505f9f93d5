#include "tests/contract/file_store_contract.h"

#include "embedded/local_file_store.h"
#include "embedded/memory_file_store.h"
#include "tests/support/hanging_file_store.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

class LocalPlace final : public FilePlace {
 public:
  std::unique_ptr<FileStore> open() override {
    auto files = open_local_file_store({.directory = directory_ / "files/of/shop"});
    EXPECT_THAT(files, Succeeds());
    return *std::move(files);
  }

 private:
  TemporaryDirectory directory_;
};

class MemoryPlace final : public FilePlace {
 public:
  std::unique_ptr<FileStore> open() override { return make_memory_file_store(); }
  bool can_open_twice() const override { return false; }
};

/// What a store over a network does when the other side falls silent.
class HangingPlace final : public FilePlace {
 public:
  std::unique_ptr<FileStore> open() override {
    auto files = std::make_unique<HangingFileStore>(make_memory_file_store());
    last_opened_ = files.get();
    return files;
  }
  bool can_open_twice() const override { return false; }
  std::unique_ptr<Hang> hang() override { return last_opened_->hang(); }

 private:
  HangingFileStore* last_opened_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(
    Embedded, FileStoreContract,
    testing::Values(FileStoreMaker{"local", [] { return std::make_unique<LocalPlace>(); }},
                    FileStoreMaker{"memory", [] { return std::make_unique<MemoryPlace>(); }},
                    FileStoreMaker{"hanging", [] { return std::make_unique<HangingPlace>(); }}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace punnet
