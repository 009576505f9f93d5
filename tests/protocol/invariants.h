#pragma once

#include <string>

#include "tests/protocol/model_state.h"

namespace punnet::protocol {

/// What of the promise does not hold in this state; empty when all of it does:
/// - log entries are never replaced, and a commit that was taken for done stands in the log;
/// - each position goes on exactly where it stood;
/// - the live files exist, and hold each offset at most once and every row below the position;
/// - the rejects table is never behind: it holds each reject below the main position, once.
std::string violation(const World& world, const State& state);

/// Whether every event of the topic is in the tables.
bool is_whole(const World& world, const State& state);

}  // namespace punnet::protocol
