#include "domain/recommendation.h"

namespace punnet {

std::string_view name(RecommendationSource source) {
  switch (source) {
    case RecommendationSource::kModel:
      return "model";
    case RecommendationSource::kPopularity:
      return "popularity";
    case RecommendationSource::kNone:
      return "none";
  }
  return "none";
}

}  // namespace punnet
