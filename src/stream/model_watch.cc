#include "stream/model_watch.h"

#include <utility>

namespace punnet {

Status ModelWatch::open(Timestamp now, const CallContext& call) {
  asked_ = now;
  PUNNET_TRY(const auto current, models_.current(call));
  if (!current) {
    return Error{ErrorCode::kAbsent, "no model is current: run `punnet train` first"};
  }
  return load(*current, call);
}

Result<bool> ModelWatch::poll(Timestamp now, const CallContext& call) {
  // A clock that was set back asks at once rather than never.
  if (now >= asked_ && now - asked_ < period_) return false;
  asked_ = now;
  PUNNET_TRY(const auto current, models_.current(call));
  if (!current || *current == version_) return false;
  PUNNET_CHECK(load(*current, call));
  return true;
}

Status ModelWatch::load(const std::string& version, const CallContext& call) {
  PUNNET_TRY(auto model, models_.load(version, call));
  recommender_ = std::make_unique<Recommender>(std::move(model), unknown_users_);
  plan_ = recommender_->make_lists_ahead(lists_, clock_);
  version_ = version;
  return ok();
}

}  // namespace punnet
