#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "domain/ids.h"
#include "domain/model.h"

namespace punnet {

/// Ids of two models. Ascending.
template <typename Id>
struct IdOverlap {
  std::size_t both = 0;
  std::vector<Id> only_first;
  std::vector<Id> only_second;
};

/// How alike the lists are that two models give the same users.
struct ListAgreement {
  std::size_t users = 0;  ///< that both models know and that were asked for
  double overlap = 0;     ///< mean share of the k places whose item stands in both lists
  double same_first = 0;  ///< share of users whose best item is the same
  double same_list = 0;   ///< share of users with the same items in the same order
};

struct ModelDiff {
  int first_rank = 0;
  int second_rank = 0;
  IdOverlap<UserId> users;
  IdOverlap<ItemId> items;
  ListAgreement lists;
  /// How far the second model's factors of common users and items lie from the first's, once they
  /// are turned to lie as close as they can: see OrthogonalAlignment.
  double user_distance = 0;
  double item_distance = 0;
};

struct ModelDiffConfig {
  std::size_t k = 5;
  std::size_t users = 10'000;  ///< at most so many of the common ones are asked for, evenly spread
  int threads = 1;
};

/// Compares two models. Each makes its lists from its own catalogue, from factors alone.
ModelDiff diff_models(const std::shared_ptr<const Model>& first,
                      const std::shared_ptr<const Model>& second, const ModelDiffConfig& config);

}  // namespace punnet
