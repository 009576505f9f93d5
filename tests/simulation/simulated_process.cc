#include "tests/simulation/simulated_process.h"

#include <array>
#include <utility>

namespace punnet::simulation {
namespace {

constexpr std::array kCalm{std::size_t{0}, std::size_t{400}, std::size_t{100}, std::size_t{30}};

constexpr std::array kErrors{ErrorCode::kInvalid,   ErrorCode::kDenied,  ErrorCode::kUnknownOutcome,
                             ErrorCode::kExhausted, ErrorCode::kCorrupt, ErrorCode::kCancelled,
                             ErrorCode::kInternal,  ErrorCode::kAbsent,  ErrorCode::kExists};
constexpr std::size_t kErrorsThatAreNoAnswers = kErrors.size() - 2;

std::string_view store_of(std::string_view what) { return what.substr(0, what.find(' ')); }

}  // namespace

SimulatedProcess::SimulatedProcess(SimulatedWorld& world, int id)
    : world_(world),
      id_(id),
      thread_(std::this_thread::get_id()),
      calm_(kCalm[world.random.below(kCalm.size())]) {}

void SimulatedProcess::spare() {
  calm_ = 0;
  calls_to_death_ = -1;
  calls_to_stop_ = -1;
  away_.clear();
}

Status SimulatedProcess::before(std::string_view what, Absence absence) {
  // Readers of Parquet may ask from threads of their own, whose order is not ours.
  if (std::this_thread::get_id() != thread_) return ok();
  if (dead_) return Error{ErrorCode::kCancelled, "the process is dead"};
  world_.live_on();
  if (calls_to_stop_ > 0 && --calls_to_stop_ == 0) {
    stop_.request_stop();
    world_.count("stops requested");
  }
  world_.scheduler.yield();
  if (calls_to_death_ > 0 && --calls_to_death_ == 0) {
    die();
    return Error{ErrorCode::kCancelled, "the process died"};
  }
  const auto away = away_.find(store_of(what));
  if (away != away_.end() && away->second > 0) {
    --away->second;
    world_.count("calls during an outage");
    return fault(what, ErrorCode::kUnavailable);
  }
  if (calm_ == 0 || !world_.chance(calm_)) {
    world_.note(id_, what, "goes on");
    return ok();
  }
  world_.count("errors before the effect");
  if (world_.chance(5)) {
    const std::size_t known =
        absence == Absence::kIsAnAnswer ? kErrorsThatAreNoAnswers : kErrors.size();
    return fault(what, kErrors[world_.random.below(known)]);
  }
  if (world_.chance(3)) away_[std::string(store_of(what))] = world_.random.below(20);
  return fault(what, world_.chance(2) ? ErrorCode::kTimeout : ErrorCode::kUnavailable);
}

Status SimulatedProcess::after(std::string_view what) {
  if (std::this_thread::get_id() != thread_ || dead_) return ok();
  if (calls_to_death_ > 0 && --calls_to_death_ == 0) {
    die();
    return Error{ErrorCode::kCancelled, "the process died"};
  }
  if (calm_ == 0 || !world_.chance(calm_)) return ok();
  world_.count("errors after the effect");
  return fault(what, world_.chance(2) ? ErrorCode::kUnknownOutcome : ErrorCode::kUnavailable);
}

SimulatedProcess::Publishing SimulatedProcess::publishing() {
  if (calm_ == 0 || !world_.chance(1 + calm_ / 8)) return Publishing::kDone;
  given_.insert(ErrorCode::kUnknownOutcome);
  switch (world_.random.below(3)) {
    case 0:
      world_.count("publishes done unheard");
      return Publishing::kDoneUnheard;
    case 1:
      world_.count("publishes never done");
      return Publishing::kNever;
    default:
      world_.count("publishes sent and not done yet");
      return Publishing::kLate;
  }
}

void SimulatedProcess::enter_commit() {
  if (std::exchange(in_commit_, true)) return;
  ++world_.in_commit;
}

void SimulatedProcess::leave_commit() {
  if (!std::exchange(in_commit_, false)) return;
  --world_.in_commit;
}

void SimulatedProcess::die() {
  dead_ = true;
  world_.count("deaths");
  if (in_commit_) world_.count("deaths in a commit");
  world_.note(id_, "the process", "dies");
}

Error SimulatedProcess::fault(std::string_view what, ErrorCode code) {
  given_.insert(code);
  world_.note(id_, what, traits(code).name);
  return Error{code, std::string(what) + " failed on purpose"};
}

}  // namespace punnet::simulation
