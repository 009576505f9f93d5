#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "domain/id_index.h"
#include "domain/ids.h"
#include "domain/model.h"
#include "domain/recommendation.h"
#include "ranking/lists_ahead.h"
#include "ranking/packed_items.h"

namespace punnet {

/// Whom to recommend to, and what is known about the moment.
struct RecommendationRequest {
  UserId user;
  std::span<const ItemId>
      excluded;  ///< must not be recommended, any order: the event's own item, …
};

/// What a user gets for whom the model has learned nothing.
enum class UnknownUserPolicy : std::uint8_t {
  kPopularity,  ///< the model's popularity list
  kNone,        ///< nothing, as in the original
};

/// Turns a model into lists. Prepares the model's factors once; immutable, safe to call from many
/// threads.
///
/// A list is best first, ordered by score and, of equal scores, by the higher id. It never holds an
/// item twice, an excluded item or one outside of the model's catalogue, and it is shorter than
/// asked only when there are not enough such items.
class Recommender {
 public:
  explicit Recommender(std::shared_ptr<const Model> model,
                       UnknownUserPolicy unknown_users = UnknownUserPolicy::kPopularity);

  /// Makes the lists of all users now, so that recommend() need only look them up, where that is
  /// worth its cost. What recommend() returns stays the same: where exclusions use a list up, the
  /// items are scanned as before. Not to be called while others use this.
  ListsAheadPlan make_lists_ahead(const ListsAheadConfig& config, const Clock& clock);

  const Model& model() const { return *model_; }

  /// The items that lists are made of: the catalogue as far as the model knows it, ascending.
  std::span<const ItemId> candidates() const { return candidates_.ids(); }

  /// A list of up to `k` items for each request, in the order of the requests, the same for any
  /// number of threads. A user that comes several times is scored once.
  ///
  /// The popularity policy also serves users whose factors are all zero: the model has seen them,
  /// but nothing that they wanted. With kNone these get what their factors say, ties, as Spark
  /// gives them.
  std::vector<Recommendations> recommend(std::span<const RecommendationRequest> requests,
                                         std::size_t k, int threads = 1) const;

 private:
  std::optional<std::size_t> known_row(UserId user) const;
  std::optional<Recommendations> look_up(std::size_t user_row, std::span<const ItemId> excluded,
                                         std::size_t k) const;
  void scan(std::span<const RecommendationRequest> requests, std::span<const std::size_t> by_user,
            std::size_t k, int threads, std::span<Recommendations> lists) const;
  Recommendations for_unknown_user(const RecommendationRequest& request, std::size_t k) const;

  std::shared_ptr<const Model> model_;
  UnknownUserPolicy unknown_users_;
  IdIndex<ItemId> candidates_;  // rows of items_
  PackedItems items_;
  std::vector<ScoredItem> popularity_;
  ListsAhead lists_ahead_;
};

}  // namespace punnet
