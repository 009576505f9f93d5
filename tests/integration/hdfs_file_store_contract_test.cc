#include "base/random_id.h"
#include "hdfs/hdfs_file_store.h"
#include "tests/contract/file_store_contract.h"
#include "tests/integration/test_cluster.h"

namespace punnet {
namespace {

/// The NameNode and the DataNode, both.
class PausedHdfs final : public Hang {
 public:
  explicit PausedHdfs(const TestCluster& cluster)
      : namenode_(cluster.pid("namenode")), datanode_(cluster.pid("datanode")) {}

 private:
  PausedServer namenode_;
  PausedServer datanode_;
};

class HdfsPlace final : public FilePlace {
 public:
  std::unique_ptr<FileStore> open() override {
    auto files =
        open_hdfs_file_store({.authority = cluster_.address("namenode").value_or("127.0.0.1:1"),
                              .directory = directory_});
    EXPECT_THAT(files, Succeeds());
    return *std::move(files);
  }

  std::unique_ptr<Hang> hang() override { return std::make_unique<PausedHdfs>(cluster_); }

  // What is small is read when it is opened, and sent when it is published.
  bool reading_hangs() const override { return false; }
  bool writing_hangs() const override { return false; }

 private:
  const TestCluster cluster_;
  const std::string directory_ = "/punnet-test/" + random_id();
};

INSTANTIATE_TEST_SUITE_P(Hdfs, FileStoreContract,
                         testing::Values(FileStoreMaker{
                             "hdfs", [] { return std::make_unique<HdfsPlace>(); }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace punnet
