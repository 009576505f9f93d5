#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/protocol/model_steps.h"

namespace punnet::protocol {

/// What a search through all states of a world found.
struct Exploration {
  std::size_t states = 0;
  std::size_t steps = 0;
  std::size_t whole = 0;  ///< states with every event in the tables
  std::array<std::size_t, static_cast<std::size_t>(Event::kCount)> events{};
  std::string violation;           ///< empty: none; else the first, by the shortest way
  std::vector<std::string> trace;  ///< the steps that lead there

  std::size_t count(Event event) const { return events[static_cast<std::size_t>(event)]; }
};

/// Breadth first through every state that `world` can come to, up to the first violation. A state
/// from which nothing can be done and events are missing is a violation too.
Exploration explore(const World& world);

}  // namespace punnet::protocol
