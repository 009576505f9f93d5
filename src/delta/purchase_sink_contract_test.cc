#include "tests/contract/purchase_sink_contract.h"

#include "delta/delta_committed_purchases.h"
#include "delta/delta_purchase_sink.h"
#include "embedded/local_file_store.h"
#include "embedded/memory_file_store.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

class DeltaPlace final : public SinkPlace {
 public:
  explicit DeltaPlace(bool in_memory) {
    if (in_memory) {
      files_ = make_memory_file_store();
    } else {
      auto opened = open_local_file_store({directory_.path(), false});
      if (opened) files_ = *std::move(opened);
    }
  }

  std::unique_ptr<PurchaseSink> open_sink() override {
    DeltaSinkOptions options;
    options.topic = "purchases";
    options.topic_id = "t1";
    options.writer_id = "writer-" + std::to_string(++writers_);
    auto sink = open_delta_purchase_sink(*files_, system_clock(), options, patiently());
    EXPECT_THAT(sink, Succeeds());
    return sink ? *std::move(sink) : nullptr;
  }

  std::unique_ptr<CommittedPurchases> open_reader() override {
    return make_delta_committed_purchases(*files_, "new_purchases", "t1");
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<FileStore> files_;
  int writers_ = 0;
};

INSTANTIATE_TEST_SUITE_P(
    Delta, PurchaseSinkContract,
    testing::Values(SinkMaker{"Memory", [] { return std::make_unique<DeltaPlace>(true); }},
                    SinkMaker{"Local", [] { return std::make_unique<DeltaPlace>(false); }}),
    [](const auto& maker) { return maker.param.name; });

}  // namespace
}  // namespace punnet
