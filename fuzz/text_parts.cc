// Text that Spark or Hadoop wrote, plain or compressed.
#include "spark/text_parts.h"

#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  constexpr std::size_t kLimitBytes = std::size_t{1} << 20;
  const auto files = fuzz::store_with("m/part-00000", fuzz::to_text(data, size));
  const auto line = read_first_line(*files, "m", kLimitBytes, fuzz::patiently());
  if (!line) return 0;
  fuzz::require(line->text.size() <= kLimitBytes, "more than the limit");
  fuzz::require(line->text.find('\n') == std::string::npos, "more than a line");
  return 0;
}
