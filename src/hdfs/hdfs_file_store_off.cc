#include "hdfs/hdfs_file_store.h"

// What stands in for the adapter in a build without HDFS.

namespace punnet {

Result<std::unique_ptr<FileStore>> open_hdfs_file_store(const HdfsFileStoreOptions& options) {
  return Error{ErrorCode::kInvalid,
               "files.uri: this build has no HDFS support: hdfs://" + options.authority +
                   options.directory +
                   "; use file:DIRECTORY, or run tools/setup --cluster and build again with "
                   "-DPUNNET_WITH_CLUSTER=ON"};
}

std::string hdfs_client_version() { return "none"; }

}  // namespace punnet
