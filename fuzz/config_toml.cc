// Settings: what loads is printed, and what is printed loads as the same.
#include "config/load.h"
#include "config/print.h"
#include "config/uri.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  LoadedConfig loaded;
  if (!apply_toml(fuzz::to_text(data, size), "fuzz.toml", loaded)) return 0;
  static_cast<void>(check_uris(loaded.config));
  static_cast<void>(config_json(loaded));
  const auto printed = config_toml(loaded.config);
  LoadedConfig again;
  const auto applied = apply_toml(printed, "printed.toml", again);
  fuzz::require(static_cast<bool>(applied), "what was printed does not load");
  fuzz::require(config_toml(again.config) == printed, "what was printed loads as something else");
  return 0;
}
