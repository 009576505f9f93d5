#include "app/model_choice.h"

#include <algorithm>

#include "app/open_ports.h"
#include "app/shop_layout.h"

namespace punnet {
namespace {

bool is_version(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char letter) { return letter >= '0' && letter <= '9'; });
}

Result<ChosenModel> choose_version(FileStore& files, const std::optional<std::string>& asked,
                                   const CallContext& call) {
  const auto models = open_models(files);
  auto version = asked;
  if (!version) {
    PUNNET_TRY(version, models->current(call));
  }
  if (!version) {
    return Error{ErrorCode::kAbsent, "there is no model yet; run `punnet train` first"};
  }
  PUNNET_TRY(auto model, models->load(*version, call));
  PUNNET_TRY(auto provenance, models->provenance(*version, call));
  return ChosenModel{std::move(model), std::move(provenance)};
}

}  // namespace

Result<ModelPlace> locate_model(FileStore& shop, const std::string& name, const CallContext& call) {
  ModelPlace place;
  if (is_version(name)) {
    place.files = &shop;
    place.path = std::string(kModels) + '/' + name;
    place.version = name;
    return place;
  }
  PUNNET_TRY(auto named, open_named_path(name, call));
  place.own_files = std::move(named.files);
  place.files = place.own_files.get();
  place.path = std::move(named.path);
  return place;
}

Result<ChosenModel> choose_model(FileStore& files, const std::optional<std::string>& asked,
                                 const CallContext& call) {
  if (!asked || is_version(*asked)) return choose_version(files, asked, call);
  auto saved = load_saved_model(*asked, call);
  if (saved) return ChosenModel{std::move(saved->model), std::move(saved->provenance)};
  if (saved.error().code != ErrorCode::kAbsent) return saved.error();
  return Error{ErrorCode::kAbsent, saved.error().message +
                                       "; a model is a number of `punnet model list`, or a "
                                       "directory that `punnet train --output` or Spark saved"};
}

}  // namespace punnet
