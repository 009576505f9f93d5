#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/model.h"
#include "ports/file_store.h"
#include "ports/model_store.h"
#include "spark/als_metadata.h"
#include "spark/als_model_directory.h"
#include "spark/model_manifest.h"

namespace punnet {

/// Writes all of `model` as one directory: an ALSModel that Spark loads, with our files below
/// _punnet/ beside it: model.json (fallback list, catalogue, flags), provenance.json, and, written
/// last, manifest.json with size and SHA-256 of every file there. What lies below `directory`
/// already must not be of the ALSModel; kExists otherwise. After an error some files may be there,
/// the manifest not.
Status write_model_directory(FileStore& files, const std::string& directory, const Model& model,
                             const Provenance& provenance, const AlsModelWriteOptions& options,
                             const CallContext& call);

/// The manifest of such a directory as it stands there. kAbsent when there is none.
Result<std::string> read_model_manifest(FileStore& files, const std::string& directory,
                                        const CallContext& call);

/// Reads such a directory back, every file checked against `manifest`. `version` is left empty.
/// kCorrupt, with the place, when it is not what was written.
Result<std::shared_ptr<Model>> read_model_directory(FileStore& files, const std::string& directory,
                                                    std::string_view manifest,
                                                    std::size_t limit_bytes,
                                                    const CallContext& call);

/// What lies in a model's directory, ours or one of Spark alone.
struct ModelDirectoryFacts {
  AlsMetadata metadata;
  Manifest files;               ///< every file with the hash of what it holds now
  std::string manifest_sha256;  ///< of our manifest; empty where there is none
};

/// Errors as read_als_model.
Result<ModelDirectoryFacts> inspect_model_directory(FileStore& files, const std::string& directory,
                                                    const CallContext& call);

/// The provenance in such a directory, checked in the same way.
Result<Provenance> read_model_provenance(FileStore& files, const std::string& directory,
                                         std::string_view manifest, const CallContext& call);

}  // namespace punnet
