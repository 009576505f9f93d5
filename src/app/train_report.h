#pragma once

#include <string>
#include <string_view>

#include "domain/item.h"
#include "training/train_model.h"

namespace punnet {

/// What training did and how good the model is, for a person.
std::string train_report_text(const TrainedModel& trained, const TrainConfig& config,
                              const NameMap& names);

/// The same as one line of JSON: the provenance, and where the model lies.
std::string train_report_json(const TrainedModel& trained, std::string_view version,
                              std::string_view location);

}  // namespace punnet
