#include "tests/protocol/invariants.h"

namespace punnet::protocol {
namespace {

std::string wrong_positions(const World& world, const Log& log) {
  for (std::size_t p = 0; p < static_cast<std::size_t>(world.partitions); ++p) {
    int at = 0;
    for (std::size_t v = 0; v < log.length; ++v) {
      const Span moved = log.entries[v].moved[p];
      if (moved.empty()) continue;
      if (moved.next < moved.start || moved.start != at)
        return "a position did not go on where it stood";
      at = moved.next;
    }
  }
  return "";
}

/// What the live files of a log hold; `wrong` says what is the matter with them.
OffsetBits content(const Log& log, std::string& wrong) {
  const unsigned live = live_files(log, log.length);
  unsigned held = 0;
  for (std::size_t v = 0; v < log.length; ++v) {
    if ((live >> v & 1U) == 0) continue;
    const Entry& entry = log.entries[v];
    if (entry.file_there == 0) wrong = "a file of the table is gone";
    if ((held & entry.file) != 0) wrong = "an offset is there twice";
    held |= entry.file;
  }
  return static_cast<OffsetBits>(held);
}

OffsetBits below_position(const World& world, const Log& log) {
  unsigned below = 0;
  for (std::size_t p = 0; p < static_cast<std::size_t>(world.partitions); ++p) {
    const auto at = static_cast<std::uint8_t>(position(log, log.length, p));
    below |= bits_of(p, Span{0, static_cast<std::uint8_t>(at & 0xFU)});
  }
  return static_cast<OffsetBits>(below);
}

}  // namespace

std::string violation(const World& world, const State& state) {
  if (state.replaced != 0) return "a log entry was replaced";
  if (state.false_ack != 0) return "a commit was taken for done that does not stand in the log";
  auto wrong = wrong_positions(world, state.main);
  if (!wrong.empty()) return wrong;
  const unsigned rows = content(state.main, wrong);
  const unsigned rejects = content(state.rejects, wrong);
  if (!wrong.empty()) return wrong;
  const unsigned below = below_position(world, state.main);
  const unsigned poison = world.poison;
  if (rows != (below & ~poison)) return "the rows are not those below the position";
  if ((below & poison & ~rejects) != 0) return "the rejects table is behind the main table";
  return "";
}

bool is_whole(const World& world, const State& state) {
  for (std::size_t p = 0; p < static_cast<std::size_t>(world.partitions); ++p) {
    if (position(state.main, state.main.length, p) != world.offsets) return false;
  }
  return true;
}

}  // namespace punnet::protocol
