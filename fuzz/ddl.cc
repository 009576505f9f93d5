// Spark's DDL: what is read is written with every name quoted, and read as the same.
#include "parquet/ddl.h"

#include <string>

#include "fuzz/fuzz_input.h"

namespace punnet {
namespace {

std::string to_ddl(const TableColumns& columns) {
  std::string ddl;
  for (const auto& column : columns) {
    ddl += ddl.empty() ? "`" : ", `";
    for (const char c : column.name) ddl += c == '`' ? std::string("``") : std::string(1, c);
    ddl += "` ";
    ddl += ddl_name(column.type);
  }
  return ddl;
}

}  // namespace
}  // namespace punnet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  const auto columns = parse_ddl(fuzz::to_text(data, size));
  if (!columns) return 0;
  const auto again = parse_ddl(to_ddl(*columns));
  fuzz::require(again && *again == *columns, "it does not survive being written");
  return 0;
}
