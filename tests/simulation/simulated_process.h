#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "tests/simulation/simulated_world.h"

namespace punnet::simulation {

/// Whether kAbsent and kExists are answers of a call, which a store that is away must not give.
enum class Absence : std::uint8_t { kIsAnAnswer, kIsAnError };

/// One life of a process. Its ports ask it at every call what befalls them: it may die there, be
/// put to sleep, or get an error before or after the call took effect. A dead process goes on
/// running, as there is no other way to end it, but none of its calls has an effect any more.
class SimulatedProcess {
 public:
  SimulatedProcess(SimulatedWorld& world, int id);
  SimulatedProcess(const SimulatedProcess&) = delete;
  SimulatedProcess& operator=(const SimulatedProcess&) = delete;
  ~SimulatedProcess() { leave_commit(); }

  /// No faults from now on, and no death.
  void spare();
  void die_after(std::int64_t calls) { calls_to_death_ = calls; }
  void stop_after(std::int64_t calls) { calls_to_stop_ = calls; }

  /// What the call `what` of the store named by its first word meets before it takes effect.
  Status before(std::string_view what, Absence absence = Absence::kIsAnError);

  /// The same once it has taken effect: its answer is lost, or the process dies.
  Status after(std::string_view what);

  /// What becomes of a publish.
  enum class Publishing : std::uint8_t { kDone, kDoneUnheard, kNever, kLate };
  Publishing publishing();

  /// Between these the process holds files that no entry has yet, or opens tables.
  void enter_commit();
  void leave_commit();

  bool dead() const { return dead_; }
  std::stop_token stop() const { return stop_.get_token(); }
  SimulatedWorld& world() { return world_; }

  /// Whether an error of this code, or a death, was its fate: else it has no reason to end so. An
  /// outcome is unknown also when whatever should tell cannot be read.
  bool was_given(ErrorCode code) const {
    if (code == ErrorCode::kUnknownOutcome && !given_.empty()) return true;
    return dead_ || given_.contains(code);
  }

 private:
  void die();
  Error fault(std::string_view what, ErrorCode code);

  SimulatedWorld& world_;
  const int id_;
  const std::thread::id thread_;
  std::stop_source stop_;
  std::size_t calm_ = 0;  ///< one call in so many fails; 0: none
  std::int64_t calls_to_death_ = -1;
  std::int64_t calls_to_stop_ = -1;
  bool dead_ = false;
  bool in_commit_ = false;
  std::map<std::string, std::size_t, std::less<>> away_;  ///< calls that a store will not answer
  std::set<ErrorCode> given_;
};

}  // namespace punnet::simulation
