#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "ports/file_store.h"
#include "ports/model_store.h"

namespace punnet {

struct ModelDirectoryStoreOptions {
  std::string directory = "models";
  std::size_t model_limit_bytes = std::size_t{4} << 30;  ///< for the factors of either side
};

/// A ModelStore on files. models/<n>/ is an ALSModel directory that Spark loads, with our files
/// below _punnet/ beside it: model.json (fallback list, catalogue, flags), provenance.json, and,
/// written last, manifest.json with size and SHA-256 of every file; a version without it does not
/// exist. models/current names the served version and the hash of its manifest.
///
/// A number is taken by the one who publishes models/<n>/_punnet/writer first, so writers at the
/// same time get numbers of their own; the number of a writer that failed or died is not used
/// again. `files` and `clock` must outlive the store.
std::unique_ptr<ModelStore> make_model_directory_store(
    FileStore& files, const Clock& clock, const ModelDirectoryStoreOptions& options = {});

}  // namespace punnet
