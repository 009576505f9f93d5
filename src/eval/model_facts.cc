#include "eval/model_facts.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "eval/user_sample.h"
#include "ranking/recommender.h"

namespace punnet {
namespace {

void count_score(float score, ScoreRange& range) {
  const double value = score;
  ++range.scores;
  if (!std::isfinite(value)) {
    ++range.not_finite;
    return;
  }
  const bool first = range.scores - range.not_finite == 1;
  range.least = first ? value : std::min(range.least, value);
  range.greatest = first ? value : std::max(range.greatest, value);
}

}  // namespace

FactorFacts describe_factors(const FactorMatrix& factors) {
  FactorFacts facts;
  facts.rows = factors.rows();
  std::vector<double> lengths;
  for (std::size_t r = 0; r < factors.rows(); ++r) {
    double squares = 0;
    for (const auto value : factors.row(r)) squares += double{value} * double{value};
    if (squares == 0) ++facts.zero_rows;
    if (std::isfinite(squares)) {
      lengths.push_back(std::sqrt(squares));
    } else {
      ++facts.not_finite;
    }
  }
  if (lengths.empty()) return facts;
  std::ranges::sort(lengths);
  facts.least_length = lengths.front();
  facts.median_length = lengths[lengths.size() / 2];
  facts.greatest_length = lengths.back();
  return facts;
}

ListFacts describe_lists(std::shared_ptr<const Model> model, std::size_t k, std::size_t limit,
                         int threads) {
  const auto users = sample_evenly(model->users.ids(), limit);
  const Recommender recommender(std::move(model), UnknownUserPolicy::kNone);
  std::vector<RecommendationRequest> requests;
  requests.reserve(users.size());
  for (const auto user : users) requests.push_back({.user = user, .excluded = {}});

  ListFacts facts;
  facts.k = k;
  facts.users = users.size();
  facts.candidates = recommender.candidates().size();
  Lists lists;
  for (const auto& list : recommender.recommend(requests, k, threads)) {
    auto& items = lists.emplace_back();
    for (const auto& [item, score] : list.items) {
      items.push_back(item);
      count_score(score, facts.scores);
    }
  }
  facts.coverage = measure_coverage(lists, facts.candidates);
  return facts;
}

}  // namespace punnet
