// The texts of a model directory; the first byte chooses which.
#include "fuzz/fuzz_input.h"
#include "spark/als_metadata.h"
#include "spark/model_manifest.h"

namespace punnet {
namespace {

using fuzz::require;

void check_metadata(std::string_view text) {
  const auto metadata = parse_als_metadata(text, "fuzz");
  if (!metadata) return;
  require(metadata->rank >= 1 && metadata->rank <= 65536, "a rank out of bounds");
  const auto again = parse_als_metadata(to_json_line(*metadata), "fuzz");
  require(again && again->uid == metadata->uid && again->rank == metadata->rank &&
              again->user_column == metadata->user_column &&
              again->block_size == metadata->block_size && again->written == metadata->written,
          "metadata do not survive being written");
}

void check_manifest(std::string_view text) {
  const auto manifest = parse_manifest(text, "fuzz");
  if (!manifest) return;
  const auto again = parse_manifest(to_json(*manifest), "fuzz");
  require(again && *again == *manifest, "a manifest does not survive being written");
}

void check_pointer(std::string_view text) {
  const auto pointer = parse_current_pointer(text, "fuzz");
  if (!pointer) return;
  const auto again = parse_current_pointer(to_json(*pointer), "fuzz");
  require(again && again->now == pointer->now && again->before == pointer->before,
          "a pointer does not survive being written");
}

void check_lists(std::string_view text) {
  Model model;
  if (!parse_lists(text, "fuzz", model)) return;
  Model again;
  require(static_cast<bool>(parse_lists(lists_to_json(model), "fuzz", again)), "lists do not load");
  require(again.catalogue == model.catalogue && again.popularity == model.popularity &&
              again.exclude_own_item == model.exclude_own_item,
          "lists do not survive being written");
}

}  // namespace
}  // namespace punnet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = punnet::fuzz::to_text(data, size);
  switch (punnet::fuzz::take_choice(text)) {
    case 's':
      punnet::check_metadata(text);
      break;
    case 'm':
      punnet::check_manifest(text);
      break;
    case 'c':
      punnet::check_pointer(text);
      break;
    default:
      punnet::check_lists(text);
      break;
  }
  return 0;
}
