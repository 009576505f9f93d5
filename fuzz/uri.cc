// URIs of events, tables and files.
#include "config/uri.h"

#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  const auto text = fuzz::to_text(data, size);
  const auto events = parse_events_uri(text);
  const auto tables = parse_tables_uri(text);
  const auto files = parse_files_uri(text);
  fuzz::require(!(events && files) && !(tables && files), "a URI means two things");
  if (events || tables || files) fuzz::require(has_scheme(text), "a URI without a scheme");
  return 0;
}
