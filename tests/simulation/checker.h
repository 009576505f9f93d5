#pragma once

#include <string>

#include "tests/simulation/simulated_world.h"

namespace punnet::simulation {

/// What the tables hold that they must not, or lack, at any moment: below its positions each event
/// that was sent is there once, as a row or as a reject, and nothing else is. Empty: all is well.
/// Reads the store itself, without faults.
std::string check_tables(SimulatedWorld& world);

/// The same once everything was drained, and all that has to agree with it: positions, histories,
/// lists, what the rows say, the order of rows in files, and what verify finds.
std::string check_everything(SimulatedWorld& world);

}  // namespace punnet::simulation
