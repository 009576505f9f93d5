#include "als/row_terms.h"

#include <algorithm>
#include <cmath>

namespace punnet {
namespace {

std::size_t count(std::span<const float> ratings, const AlsConfig& config) {
  if (config.feedback == Feedback::kExplicit) return ratings.size();
  return static_cast<std::size_t>(std::ranges::count_if(ratings, [](float r) { return r > 0; }));
}

}  // namespace

RatingTerm rating_term(double rating, const AlsConfig& config) {
  if (config.feedback == Feedback::kExplicit) return {.weight = 1, .target = rating};
  if (config.confidence == Confidence::kConstant) {
    return {.weight = 1, .target = rating > 0 ? 1.0 : 0.0};
  }
  const double grown = config.alpha * std::fabs(rating);
  return {.weight = grown, .target = rating > 0 ? 1 + grown : 0};
}

double unobserved_weight(const AlsConfig& config) {
  if (config.feedback == Feedback::kExplicit) return 0;
  return config.confidence == Confidence::kConstant ? config.unobserved_weight : 1;
}

bool wants_nothing(std::span<const float> ratings, const AlsConfig& config) {
  if (config.feedback == Feedback::kExplicit) return ratings.empty();
  return std::ranges::none_of(ratings, [](float r) { return r > 0; });
}

double regularization_factor(std::span<const float> ratings, std::size_t fixed_rows,
                             const AlsConfig& config) {
  if (config.scaling == RegularizationScaling::kUnscaled) return 1;
  const auto n = static_cast<double>(count(ratings, config));
  if (config.scaling == RegularizationScaling::kByCount) return n;
  return std::pow(n + unobserved_weight(config) * static_cast<double>(fixed_rows), config.nu);
}

}  // namespace punnet
