#pragma once

#include <string>
#include <string_view>

#include "als/als_config.h"
#include "domain/item.h"
#include "training/train_model.h"

namespace punnet {

/// The parameters of a training in a line: "explicit, rank 10, 10 iterations, …".
std::string als_parameters_text(const AlsConfig& als);

/// A figure of a report, six digits of it.
std::string number_text(double value);

/// What training did and how good the model is, for a person.
std::string train_report_text(const TrainedModel& trained, const TrainConfig& config,
                              const NameMap& names);

/// The same as one line of JSON: the provenance, and where the model lies.
std::string train_report_json(const Provenance& provenance, std::string_view version,
                              std::string_view location);

}  // namespace punnet
