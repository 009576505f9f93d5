#include "app/model_choice.h"

namespace punnet {

Result<std::string> choose_version(ModelStore& models, const std::optional<std::string>& asked,
                                   const CallContext& call) {
  if (asked) return *asked;
  PUNNET_TRY(const auto current, models.current(call));
  if (current) return *current;
  return Error{ErrorCode::kAbsent, "there is no model yet; run `punnet train` first"};
}

Result<std::shared_ptr<const Model>> load_model(ModelStore& models,
                                                const std::optional<std::string>& asked,
                                                const CallContext& call) {
  PUNNET_TRY(const auto version, choose_version(models, asked, call));
  return models.load(version, call);
}

}  // namespace punnet
