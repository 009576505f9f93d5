#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/temporary_directory.h"

namespace punnet {

/// A setting as core-site.xml has it.
inline std::string hadoop_property(const std::string& name, const std::string& value) {
  return "<property><name>" + name + "</name><value>" + value + "</value></property>";
}

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

}  // namespace punnet
