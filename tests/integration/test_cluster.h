#pragma once

#include <gtest/gtest.h>
#include <signal.h>  // kill

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "base/random_id.h"
#include "tests/contract/hanging.h"

namespace punnet {

/// What `tools/cluster up` started for the tests, in the directory that PUNNET_TEST_CLUSTER names.
class TestCluster {
 public:
  TestCluster() {
    const char* named = std::getenv("PUNNET_TEST_CLUSTER");
    directory_ = named == nullptr ? "build/cluster" : named;
  }

  const std::string& directory() const { return directory_; }

  /// "HOST:PORT" of a listener; absent when it was not started.
  std::optional<std::string> address(const std::string& name) const {
    std::ifstream in(directory_ + "/addresses");
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
    }
    return std::nullopt;
  }

  int pid(const std::string& server) const {
    int pid = 0;
    std::ifstream(directory_ + '/' + server + "/pid") >> pid;
    return pid;
  }

 private:
  std::string directory_;
};

/// A server that keeps its connections and answers nothing.
class PausedServer final : public Hang {
 public:
  explicit PausedServer(int pid) : pid_(pid) {
    EXPECT_EQ(::kill(pid_, SIGSTOP), 0);
    // Until one of its threads has had a processor, the others go on.
    while (state() != 'T' && !testing::Test::HasFailure()) std::this_thread::yield();
  }
  ~PausedServer() override { ::kill(pid_, SIGCONT); }

 private:
  /// As proc(5) has it: behind the name, which ends with the last parenthesis.
  char state() const {
    std::string line;
    std::getline(std::ifstream("/proc/" + std::to_string(pid_) + "/stat"), line);
    const auto name_end = line.rfind(')');
    if (name_end == line.npos || name_end + 2 >= line.size()) return 'T';  // it is gone
    return line[name_end + 2];
  }

  int pid_;
};

}  // namespace punnet
