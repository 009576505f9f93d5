// What the embedded tables keep in their cells; the first byte chooses which form.
#include "embedded/event_headers_text.h"
#include "embedded/history_blob.h"
#include "embedded/id_list_text.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  using fuzz::require;
  auto text = fuzz::to_text(data, size);
  switch (fuzz::take_choice(text)) {
    case 'h':
      if (const auto history = history_from_blob(text)) {
        require(history_to_blob(*history) == text, "another history");
      }
      break;
    case 'i':
      if (const auto ids = ids_from_blob(text)) require(ids_to_blob(*ids) == text, "other ids");
      break;
    case 'l':
      if (const auto list = id_list_from_text(text)) {
        require(id_list_from_text(id_list_to_text(*list)) == list, "another list");
      }
      break;
    default:
      if (const auto headers = headers_from_text(text)) {
        require(headers_from_text(headers_to_text(*headers)) == headers, "other headers");
      }
      break;
  }
  return 0;
}
