#pragma once

#include <cstddef>
#include <memory>

#include "domain/factors.h"
#include "domain/model.h"
#include "eval/lists.h"

namespace punnet {

/// What the rows of one side look like.
struct FactorFacts {
  std::size_t rows = 0;
  std::size_t zero_rows = 0;  ///< of which nothing was learned
  std::size_t not_finite = 0;
  double least_length = 0;  ///< Euclidean; of rows that are finite, as the two below
  double median_length = 0;
  double greatest_length = 0;
};

FactorFacts describe_factors(const FactorMatrix& factors);

struct ValueRange {
  double least = 0;
  double greatest = 0;
};

/// The scores that stand in lists.
struct ScoreRange {
  std::size_t scores = 0;
  std::size_t not_finite = 0;
  double least = 0;     ///< of the finite ones
  double greatest = 0;  ///< of the finite ones
};

/// What a model's lists look like, without asking what they are good for.
struct ListFacts {
  std::size_t k = 0;
  std::size_t users = 0;       ///< asked for
  std::size_t candidates = 0;  ///< items that lists are made of
  Coverage coverage;           ///< over the candidates
  ScoreRange scores;
};

/// The lists of at most `limit` users of the model, evenly spread, from factors alone.
ListFacts describe_lists(std::shared_ptr<const Model> model, std::size_t k, std::size_t limit,
                         int threads);

}  // namespace punnet
