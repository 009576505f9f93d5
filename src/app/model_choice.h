#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/model.h"
#include "ports/file_store.h"
#include "ports/model_store.h"

namespace punnet {

/// What --model and --against take, for help.
inline constexpr char kModelKind[] = "VERSION|DIRECTORY";

/// A model that a person chose, and where it came from.
struct ChosenModel {
  std::shared_ptr<const Model> model;
  Provenance provenance;  ///< an empty object where nothing is known
};

/// Loads what was asked for: a number is a version of the shop's models, anything else a directory
/// that `train --output`, or Spark, saved. Without a wish, the version that is served. kAbsent,
/// with the remedy, when there is none.
Result<ChosenModel> choose_model(FileStore& files, const std::optional<std::string>& asked,
                                 const CallContext& call);

}  // namespace punnet
