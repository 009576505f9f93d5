#include "tests/simulation/simulated_world.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "embedded/memory_file_store.h"
#include "tests/support/calls.h"
#include "tests/support/stream_world.h"

namespace punnet::simulation {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

constexpr std::size_t kUsers = 24;  // some more than the models know
constexpr std::size_t kItems = 34;

/// Messages that are no purchases, each in its own way.
std::string poison_message(std::size_t kind) {
  switch (kind) {
    case 0:
      return "no purchase";
    case 1:
      return "";
    case 2:
      return "{\"user_id\":1,\"item_id\":100,\"quantity\":1";
    case 3:
      return std::string("{\"user_id\":\xff\xfe\0}", 14);
    case 4:
      return R"({"user_id":"one","item_id":100,"quantity":1,"sales_value":1.0})";
    case 5:
      return R"({"user_id":1099511627776,"item_id":100,"quantity":1,"sales_value":1.0})";
    case 6:
      return std::string(40, '[') + std::string(40, ']');
    case 7:
      return R"({"user_id":1,"item_id":100,"quantity":1,"sales_value":1e999})";
    case 8:
      return R"({"user_id":1,"user_id":2,"item_id":100,"quantity":1,"sales_value":1.0})";
    default:
      return std::string(70'000, 'x');
  }
}
constexpr std::size_t kPoisonKinds = 10;

const std::array<Model, 3>& models() {
  static const std::array<Model, 3> all{testing::random_model(1), testing::random_model(2),
                                        testing::random_model(3)};
  return all;
}

std::uint64_t mixed(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

SimulatedWorld::SimulatedWorld(std::uint64_t seed, Mutation its_mutation)
    : mutation(its_mutation),
      random(seed),
      scheduler(random.bits()),
      files(make_memory_file_store(memory.clock)),
      to_send_(static_cast<std::int64_t>(6 + random.below(26))),
      partitions_to_be_(static_cast<std::int32_t>(1 + random.below(3))) {
  memory.set_partitions(static_cast<std::int32_t>(1 + random.below(2)));
  is_forgetful = chance(4);
  testing::serve(memory, models()[0]);
  for (std::int64_t user = 1; user <= 3; ++user) {
    memory.own_purchases[{user}] = {{100}, {105}, {129}};
  }
  memory.features[{100}] = {"GROCERY", "COLD CEREAL"};
  memory.names[{100}] = "CORN FLAKES";
  for (std::size_t i = random.below(12); i > 0; --i) send();
}

void SimulatedWorld::live_on() {
  memory.clock.advance(microseconds(random.below(20'000)));
  if (settled_) return;
  if (chance(150)) memory.clock.advance(microseconds(random.below(20'000'000)));
  if (to_send_ > 0 && chance(8)) send();
  if (chance(300)) grow();
  if (chance(250)) swap_model();
  if (chance(400)) sleep_for_months();
  if (chance(200)) drop_events();
  if (!late.empty() && chance(20)) {
    auto file = std::move(late.back());
    late.pop_back();
    const auto arrived = files->publish(std::move(file), patiently());
    if (arrived && *arrived == PublishOutcome::kPublished) count("publishes done late");
    note(-1, "a late publish", arrived ? "arrived" : arrived.error().message);
  }
}

void SimulatedWorld::settle() {
  while (!late.empty()) {
    if (chance(2)) static_cast<void>(files->publish(std::move(late.back()), patiently()));
    late.pop_back();
  }
  while (to_send_ > 0) send();
  settled_ = true;
}

void SimulatedWorld::note(int process, std::string_view what, std::string_view outcome) {
  ++steps;
  hash = mixed(mixed(hash + static_cast<std::uint64_t>(process + 2), what), outcome);
  if (told) {
    std::printf("%6lld  process %2d  %.*s: %.*s\n", static_cast<long long>(steps), process,
                static_cast<int>(what.size()), what.data(), static_cast<int>(outcome.size()),
                outcome.data());
  }
}

void SimulatedWorld::send() {
  --to_send_;
  const auto partition =
      static_cast<Partition>(random.below(static_cast<std::size_t>(memory.topic.partitions)));
  auto& messages = memory.log[static_cast<std::size_t>(partition)];
  if (chance(12)) {
    messages.emplace_back().is_hole = true;
    count("holes of the log");
  }
  const auto offset = static_cast<Offset>(messages.size());
  if (chance(5)) {
    memory.send(partition, poison_message(random.below(kPoisonKinds)));
    poison.emplace(partition, offset);
    count("poison events");
  } else {
    memory.send(partition, testing::message(static_cast<std::int64_t>(1 + random.below(kUsers)),
                                            static_cast<std::int64_t>(100 + random.below(kItems))));
    count("purchases");
  }
}

void SimulatedWorld::grow() {
  if (memory.topic.partitions >= partitions_to_be_) return;
  memory.set_partitions(memory.topic.partitions + 1);
  count("partitions added");
}

void SimulatedWorld::swap_model() {
  testing::serve(memory, models()[random.below(models().size())]);
  count("models published");
}

/// The oldest events of one partition go, read or not.
void SimulatedWorld::drop_events() {
  if (!is_forgetful) return;
  const auto partition =
      static_cast<Partition>(random.below(static_cast<std::size_t>(memory.topic.partitions)));
  auto& start = memory.log_starts[partition];
  const auto held = memory.log[static_cast<std::size_t>(partition)].size();
  start += static_cast<Offset>(random.below(held - static_cast<std::size_t>(start) + 1));
  count("times the topic dropped events");
}

/// Past every retention: never while a commit is under way, which is what retentions assume.
void SimulatedWorld::sleep_for_months() {
  // Gaps are known for as long as the log of the table is whole.
  if (in_commit > 0 || !late.empty() || is_forgetful) return;
  memory.clock.advance(hours(24 * 31));
  count("months passed");
  note(-1, "a month", "passes");
}

}  // namespace punnet::simulation
