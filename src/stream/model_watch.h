#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "ports/model_store.h"
#include "ranking/recommender.h"

namespace punnet {

/// Keeps the recommender of the version that is served. One thread.
class ModelWatch {
 public:
  /// Asks the store at most once in `period`.
  ModelWatch(ModelStore& models, UnknownUserPolicy unknown_users, const ListsAheadConfig& lists,
             const Clock& clock, std::chrono::microseconds period = std::chrono::seconds{1})
      : models_(models),
        unknown_users_(unknown_users),
        lists_(lists),
        clock_(clock),
        period_(period) {}

  /// Loads the current version. kAbsent, with the remedy, when there is none.
  Status open(Timestamp now, const CallContext& call);

  /// Swaps in another version if one is current since; true when it did. On error the version at
  /// hand stays, and a version that could not be loaded is tried again after the period.
  Result<bool> poll(Timestamp now, const CallContext& call);

  /// Valid after open has succeeded.
  const Recommender& recommender() const { return *recommender_; }

  /// What was decided on the lists of that version.
  const ListsAheadPlan& lists_ahead() const { return plan_; }

 private:
  Status load(const std::string& version, const CallContext& call);

  ModelStore& models_;
  const UnknownUserPolicy unknown_users_;
  const ListsAheadConfig lists_;
  const Clock& clock_;
  const std::chrono::microseconds period_;
  Timestamp asked_;
  std::string version_;
  std::unique_ptr<Recommender> recommender_;
  ListsAheadPlan plan_;
};

}  // namespace punnet
