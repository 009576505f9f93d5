#pragma once

#include "app/command.h"
#include "training/fit_model.h"

namespace punnet {

/// Factorises on a Spark cluster, as the settings of training say; what job and Spark tell goes to
/// the log. `context` must outlive it.
AlsEngine spark_engine(const CommandContext& context);

}  // namespace punnet
