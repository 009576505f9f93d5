#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/model.h"
#include "ports/port.h"

namespace punnet {

/// Everything that is written down about where a model came from, as one JSON object: data version,
/// counts, parameters, seed, metrics.
struct Provenance {
  std::string json;
};

/// Model versions of one shop: immutable once published, numbered from 1. Safe to call from many
/// threads.
class ModelStore : public Port {
 public:
  /// Stores `model` under the next free number and returns that number; `current` stays as it is.
  /// On error nothing is visible.
  virtual Result<std::string> publish(const Model& model, const Provenance& provenance,
                                      const CallContext& call) = 0;

  /// Makes a published version the one that is served, atomically. kAbsent when it is not there.
  virtual Status promote(std::string_view version, const CallContext& call) = 0;

  /// The version that is served; absent when none was ever promoted.
  virtual Result<std::optional<std::string>> current(const CallContext& call) = 0;

  /// The version that was served before the current one, to which rollback() goes; absent when
  /// there was none. At least the last hundred are remembered.
  virtual Result<std::optional<std::string>> previous(const CallContext& call) = 0;

  /// Makes previous() the one that is served, atomically, and returns it; done again, it goes
  /// further back. kAbsent when there is no previous version or it is gone, kCorrupt when it is not
  /// the one that was served; what is served then stays.
  virtual Result<std::string> rollback(const CallContext& call) = 0;

  /// Loads and checks a version: sizes, hashes, finite values, ids. kAbsent when it is not there,
  /// kCorrupt, with the place, when it is not what was published.
  virtual Result<std::shared_ptr<const Model>> load(std::string_view version,
                                                    const CallContext& call) = 0;

  virtual Result<Provenance> provenance(std::string_view version, const CallContext& call) = 0;

  /// Published versions, ascending.
  virtual Result<std::vector<std::string>> list(const CallContext& call) = 0;
};

}  // namespace punnet
