#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/model.h"
#include "ports/model_store.h"

namespace punnet {

/// The version asked for, or the current one. kAbsent, with the remedy, when there is none.
Result<std::string> choose_version(ModelStore& models, const std::optional<std::string>& asked,
                                   const CallContext& call);

/// Loads that version.
Result<std::shared_ptr<const Model>> load_model(ModelStore& models,
                                                const std::optional<std::string>& asked,
                                                const CallContext& call);

}  // namespace punnet
