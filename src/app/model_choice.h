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

/// Where a model that a person named lies.
struct ModelPlace {
  std::unique_ptr<FileStore> own_files;  ///< of a directory; null for a version of the shop
  FileStore* files = nullptr;
  std::string path;
  std::optional<std::string> version;  ///< of a version of the shop
};

/// Finds out where `name` lies: a number is a version of the shop, anything else a directory.
/// Whether there is anything shows when it is read.
Result<ModelPlace> locate_model(FileStore& shop, const std::string& name, const CallContext& call);

/// Loads what was asked for: a number is a version of the shop's models, anything else a directory
/// that `train --output`, or Spark, saved. Without a wish, the version that is served. kAbsent,
/// with the remedy, when there is none.
Result<ChosenModel> choose_model(FileStore& files, const std::optional<std::string>& asked,
                                 const CallContext& call);

}  // namespace punnet
