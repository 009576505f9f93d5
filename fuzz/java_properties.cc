// Java's properties, a login of JAAS, and settings of the command line.
#include "kafka/java_properties.h"

#include "fuzz/fuzz_input.h"
#include "kafka/client_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  const auto text = fuzz::to_text(data, size);
  static_cast<void>(parse_java_properties(text));
  static_cast<void>(parse_client_properties(text));
  const auto login = parse_jaas_login(text);
  if (login) fuzz::require(!login->module.empty(), "a login without a module");
  return 0;
}
