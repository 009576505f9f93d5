#include "tests/contract/purchase_sink_contract.h"

#include "delta/delta_committed_purchases.h"
#include "delta/delta_purchase_sink.h"
#include "embedded/local_file_store.h"
#include "embedded/memory_file_store.h"
#include "tests/support/hanging_file_store.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

class DeltaPlace : public SinkPlace {
 public:
  explicit DeltaPlace(std::unique_ptr<FileStore> files) : files_(std::move(files)) {}

  std::unique_ptr<PurchaseSink> open_sink() override {
    DeltaSinkOptions options;
    options.topic = "purchases";
    options.topic_id = "t1";
    options.writer_id = "writer-" + std::to_string(++writers_);
    auto sink = open_delta_purchase_sink(files_, system_clock(), options, patiently());
    EXPECT_THAT(sink, Succeeds());
    return sink ? *std::move(sink) : nullptr;
  }

  std::unique_ptr<Hang> hang() override { return files_.hang(); }

  std::unique_ptr<CommittedPurchases> open_reader() override {
    return make_delta_committed_purchases(files_, "new_purchases", "t1");
  }

 private:
  HangingFileStore files_;
  int writers_ = 0;
};

class LocalPlace final : private TemporaryDirectory, public DeltaPlace {
 public:
  LocalPlace() : DeltaPlace(*open_local_file_store({.directory = path(), .sync = false})) {}
};

INSTANTIATE_TEST_SUITE_P(
    Delta, PurchaseSinkContract,
    testing::Values(
        SinkMaker{"Memory", [] { return std::make_unique<DeltaPlace>(make_memory_file_store()); }},
        SinkMaker{"Local", [] { return std::make_unique<LocalPlace>(); }}),
    [](const auto& maker) { return maker.param.name; });

}  // namespace
}  // namespace punnet
