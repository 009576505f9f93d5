#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/ids.h"
#include "domain/purchase.h"
#include "eval/held_out_task.h"
#include "ranking/recommender.h"

namespace punnet {

/// One list for each user of a task, in their order: best first, at most k items, none of them
/// excluded and, but for model_lists, all of them from the task's catalogue.
using Lists = std::vector<std::vector<ItemId>>;

/// What a model gives. Whether its lists keep to the catalogue is the model's own affair.
Lists model_lists(const HeldOutTask& task, const Recommender& recommender, std::size_t k,
                  int threads);

/// The items with the most lines in `history`, the smaller id first among equals: the same list for
/// everybody but for what is excluded.
Lists popularity_lists(const HeldOutTask& task, std::span<const Purchase> history, std::size_t k);

/// The items that the user has bought most often, ties by popularity; filled up by popularity.
Lists own_frequency_lists(const HeldOutTask& task, std::span<const Purchase> history,
                          std::size_t k);

/// Items drawn from the catalogue.
Lists random_lists(const HeldOutTask& task, std::size_t k, std::uint64_t seed);

/// How much of the shop lists show.
struct Coverage {
  std::size_t lists = 0;  ///< that are not empty
  std::size_t distinct_items = 0;
  double share_of_catalogue = 0;  ///< distinct items over the catalogue's; may pass 1 outside of it
  ItemId most_shown;              ///< the smallest id among equals
  double share_of_lists = 0;      ///< that show it
};

Coverage measure_coverage(const Lists& lists, std::size_t catalogue_items);

/// A model that gives nearly everybody the same.
struct DegenerateLimits {
  double share_of_lists = 0.30;      ///< one item in more lists than this
  double share_of_catalogue = 0.01;  ///< or less of the catalogue shown than this
};

/// True when the lists break one of the limits. Lists of nobody do not.
bool is_degenerate(const Coverage& coverage, const DegenerateLimits& limits = {});

}  // namespace punnet
