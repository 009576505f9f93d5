#pragma once

#include <vector>

#include "als/als_config.h"

namespace punnet {

/// A config for each thing that training can minimise: feedback, confidence and scaling.
inline std::vector<AlsConfig> every_objective() {
  std::vector<AlsConfig> configs;
  for (const auto scaling : {RegularizationScaling::kByCount, RegularizationScaling::kUnscaled,
                             RegularizationScaling::kByWeight}) {
    AlsConfig config;
    config.scaling = scaling;
    config.nu = 0.7;
    configs.push_back(config);
    config.feedback = Feedback::kImplicit;
    configs.push_back(config);
    config.confidence = Confidence::kConstant;
    configs.push_back(config);
  }
  return configs;
}

}  // namespace punnet
