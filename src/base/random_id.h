#pragma once

#include <string>

namespace punnet {

/// A new random identifier that no other call gives, on this machine or another: a version 4 UUID,
/// e.g. "0f8fad5b-d9cb-469f-a165-70867728950e". Safe to call from many threads and after fork.
std::string random_id();

}  // namespace punnet
