#include "hdfs/hdfs_file_store.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/calls.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

/// A port of this machine; while it listens, connections to it are taken and nothing is ever said.
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(socket_, generic, length), 0);
    EXPECT_EQ(::listen(socket_, 64), 0);
    EXPECT_EQ(::getsockname(socket_, generic, &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentPort() { ::close(socket_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// Hadoop's settings, in the directory that HADOOP_CONF_DIR names meanwhile.
class HadoopConf {
 public:
  explicit HadoopConf(const std::string& properties) {
    std::ofstream(directory_ / "core-site.xml")
        << "<?xml version=\"1.0\"?>\n<configuration>" << properties << "</configuration>\n";
    ::setenv("HADOOP_CONF_DIR", std::string(directory_ / "").c_str(), 1);
  }
  ~HadoopConf() { ::unsetenv("HADOOP_CONF_DIR"); }
  HadoopConf(const HadoopConf&) = delete;
  HadoopConf& operator=(const HadoopConf&) = delete;

  std::string file() const { return directory_ / "core-site.xml"; }

 private:
  TemporaryDirectory directory_;
};

std::string property(const std::string& name, const std::string& value) {
  return "<property><name>" + name + "</name><value>" + value + "</value></property>";
}

std::string location_or_error(const HdfsFileStoreOptions& options) {
  const auto files = open_hdfs_file_store(options);
  return files ? (*files)->location("a") : files.error().message;
}

TEST(HdfsFileStore, SaysWhereAPathLies) {
  EXPECT_EQ(location_or_error({.authority = "one:9000", .directory = "/shop/"}),
            "hdfs://one:9000/shop/a");
  EXPECT_EQ(location_or_error({.authority = "one:9000"}), "hdfs://one:9000/a");
  EXPECT_EQ(location_or_error({.authority = "one"}), "hdfs://one:8020/a");
}

TEST(HdfsFileStore, FollowsTheSettingsOfHadoop) {
  const HadoopConf conf(property("fs.defaultFS", "hdfs://flock") +
                        property("dfs.ha.namenodes.flock", "a,b") +
                        property("dfs.namenode.rpc-address.flock.a", "127.0.0.1:1") +
                        property("dfs.namenode.rpc-address.flock.b", "127.0.0.1:2"));
  EXPECT_EQ(location_or_error({}), "hdfs://flock/a");
  EXPECT_EQ(location_or_error({.authority = "flock", .directory = "/shop"}), "hdfs://flock/shop/a");
}

TEST(HdfsFileStore, RefusesWhatLeadsNowhere) {
  EXPECT_THAT(open_hdfs_file_store({}), FailsSaying(ErrorCode::kInvalid, "fs.defaultFS"));
  EXPECT_THAT(open_hdfs_file_store({.authority = "one", .directory = "shop"}),
              FailsSaying(ErrorCode::kInvalid, "\"shop\" is no directory"));
  EXPECT_THAT(open_hdfs_file_store({.authority = "one", .directory = "/a/../b"}),
              FailsWith(ErrorCode::kInvalid));
  {
    const HadoopConf conf(property("fs.defaultFS", "file:///"));
    EXPECT_THAT(open_hdfs_file_store({}),
                FailsSaying(ErrorCode::kInvalid, "fs.defaultFS is file:///"));
  }
  {
    const HadoopConf conf("<property>");
    EXPECT_THAT(open_hdfs_file_store({.authority = "one"}),
                FailsSaying(ErrorCode::kInvalid, conf.file()));
  }
}

TEST(HdfsFileStore, RefusesKerberosByName) {
  const HadoopConf conf(property("hadoop.security.authentication", "kerberos"));
  EXPECT_THAT(open_hdfs_file_store({.authority = "one"}),
              FailsSaying(ErrorCode::kInvalid, "kerberos, which is not supported yet"));
}

TEST(HdfsFileStore, ANameNodeThatIsNotThereIsUnavailableAtOnce) {
  const auto files = open_hdfs_file_store({.authority = "127.0.0.1:1"});
  ASSERT_THAT(files, Succeeds());
  EXPECT_THAT((*files)->stat("a", patiently()),
              FailsSaying(ErrorCode::kUnavailable, "hdfs://127.0.0.1:1/a: Connection refused"));
  EXPECT_THAT((*files)->list("", patiently()), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT((*files)->create("a", patiently()), FailsWith(ErrorCode::kUnavailable));
}

TEST(HdfsFileStore, EachCallToASilentNameNodeEndsWhenItIsCancelledOrLate) {
  const SilentPort port;
  const auto files = open_hdfs_file_store({.authority = port.authority()});
  ASSERT_THAT(files, Succeeds());
  expect_to_end_without_answer([&](const CallContext& call) { return (*files)->list("", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return (*files)->stat("a", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return (*files)->open("a", call); });
  expect_to_end_without_answer(
      [&](const CallContext& call) { return (*files)->create("a", call); });
}

TEST(HdfsFileStore, ASilentNameNodeIsUnavailableWhenTheTimeOfAnAnswerIsOver) {
  const SilentPort port;
  const auto files = open_hdfs_file_store(
      {.authority = port.authority(), .answer_time = std::chrono::milliseconds{50}});
  ASSERT_THAT(files, Succeeds());
  EXPECT_THAT((*files)->stat("a", patiently()),
              FailsSaying(ErrorCode::kUnavailable, "no answer within 0.05 s"));
}

}  // namespace
}  // namespace punnet
