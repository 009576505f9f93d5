#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/factors.h"
#include "domain/id_index.h"
#include "domain/ids.h"
#include "domain/recommendation.h"

namespace punnet {

/// What training leaves behind and recommending needs. Immutable once built; shared between threads
/// as shared_ptr<const Model>.
struct Model {
  std::string version;    ///< "1", "2", … ; empty for a model outside of a model store
  IdIndex<UserId> users;  ///< rows of user_factors
  IdIndex<ItemId> items;  ///< rows of item_factors
  FactorMatrix user_factors;
  FactorMatrix item_factors;
  std::vector<ScoredItem>
      popularity;  ///< fallback list, best first, catalogue items only; score = share of users
  std::vector<ItemId>
      catalogue;  ///< items that may be recommended, ascending; empty: every item of the model
  bool exclude_own_item = true;  ///< false for the original's recipe: the user's bare list
};

}  // namespace punnet
