#include "tests/protocol/model_state.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace punnet::protocol {
namespace {

/// What tells actors apart: all that they know, and which entries are theirs.
struct Identity {
  Actor actor;
  std::array<std::uint8_t, 3> owned{};
};
static_assert(std::has_unique_object_representations_v<Identity>);

Identity identity(const State& state, std::size_t actor) {
  Identity out{state.actors[actor]};
  const auto add = [&](std::size_t where, std::size_t index, const Entry& entry) {
    if (entry.owner == actor + 1) out.owned[where] |= static_cast<std::uint8_t>(1U << index);
  };
  for (std::size_t v = 0; v < kMostEntries; ++v) {
    add(0, v, state.main.entries[v]);
    add(1, v, state.rejects.entries[v]);
  }
  for (const auto& request : state.network) add(2, request.version, request.entry);
  return out;
}

template <typename T>
bool less(const T& a, const T& b) {
  return std::memcmp(&a, &b, sizeof(T)) < 0;
}

}  // namespace

int position(const Log& log, std::size_t version, std::size_t partition) {
  int at = 0;
  for (std::size_t v = 0; v < version; ++v) {
    const Span moved = log.entries[v].moved[partition];
    if (!moved.empty()) at = moved.next;
  }
  return at;
}

std::uint8_t live_files(const Log& log, std::size_t version) {
  unsigned live = 0;
  for (std::size_t v = 0; v < version; ++v) {
    live &= ~unsigned{log.entries[v].removes};
    if (log.entries[v].file != 0) live |= 1U << v;
  }
  return static_cast<std::uint8_t>(live);
}

OffsetBits bits_of(std::size_t partition, Span span) {
  const unsigned all = (1U << span.next) - (1U << span.start);
  return static_cast<OffsetBits>(all << (partition * 4));
}

State canonical(const World& world, const State& state) {
  State out = state;
  if (world.mutant != Mutant::kReplaceAllowed) {
    for (auto& request : out.network) {
      if (request.there && out.log(request.log).length != request.version) request = {};
    }
  }
  std::array<std::size_t, kMostActors> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::array<Identity, kMostActors> who;
  for (std::size_t i = 0; i < who.size(); ++i) who[i] = identity(out, i);
  const auto by_content = [&](std::size_t a, std::size_t b) { return less(who[a], who[b]); };
  std::stable_sort(order.begin(), order.begin() + world.writers, by_content);
  std::stable_sort(order.begin() + world.writers, order.begin() + world.writers + world.compactors,
                   by_content);
  std::array<std::uint8_t, kMostActors + 1> names{};
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.actors[i] = state.actors[order[i]];
    names[order[i] + 1] = static_cast<std::uint8_t>(i + 1);
  }
  for (auto* log : {&out.main, &out.rejects}) {
    for (auto& entry : log->entries) entry.owner = names[entry.owner] & 0xFU;
  }
  for (auto& request : out.network) {
    request.entry.owner = names[request.entry.owner] & 0xFU;
  }
  std::sort(out.network.begin(), out.network.end(), less<Request>);
  return out;
}

std::size_t hash_of(const State& state) {
  return std::hash<std::string_view>()(
      std::string_view(reinterpret_cast<const char*>(&state), sizeof(State)));
}

}  // namespace punnet::protocol
