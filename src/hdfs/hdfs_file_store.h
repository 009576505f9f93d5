#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

struct HdfsFileStoreOptions {
  /// HOST:PORT of a NameNode, a name service of hdfs-site.xml, or empty for fs.defaultFS.
  std::string authority;
  std::string directory = "/";  ///< made, with what is missing above it, when the first file is
  std::chrono::milliseconds answer_time{10'000};  ///< for one answer of a server
};

/// A FileStore on a directory of an HDFS. Reads HADOOP_CONF_DIR and HADOOP_USER_NAME, and asks no
/// server: whether one is there shows at the first call, within `answer_time`. kInvalid where the
/// settings lead nowhere, or to a cluster that needs Kerberos.
///
/// A file is written as ".<name>.<random>.tmp" beside its place and gets its name by a rename that
/// does not replace. After a rename without an answer the temporary is removed: where that finds
/// it, nothing was published and never will be.
Result<std::unique_ptr<FileStore>> open_hdfs_file_store(const HdfsFileStoreOptions& options);

/// "hdfs-native 0.14.8", or "none" for a build without HDFS.
std::string hdfs_client_version();

}  // namespace punnet
