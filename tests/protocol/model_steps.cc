// The protocol as src/delta and src/stream have it, one port call a step. Which step is which
// function:
//
//   open_main, open_rejects     DeltaPurchaseSink::open, open_table
//   append                      run_stream reading on from the table's position, then
//                               DeltaPurchaseSink::append; any cut of the log is tried
//   read_ahead                  the same while a commit is under way
//   finish                      DeltaPurchaseSink::end_commit
//   prepare                     DeltaPurchaseSink::prepare, commit_rejects; data files are written
//                               here, under names that nobody else uses
//   look_back                   ensure_fresh in delta_commit.cc
//   publish, read               the loop of delta::commit: publish_entry, then read_entry unless
//                               the answer was clear; rebase and conflicts for another's entry
//   lost                        DeltaPurchaseSink::give_up_lost, the same of commit_rejects and of
//                               Optimizer::attempt_once
//   acknowledge                 where delta::commit returns committed
//   begin_compaction, gate      Optimizer::attempt_once, rewrite
//   vacuum, clean               vacuum_delta_table; keep_log_short, clean_log
//
// Two assumptions, which are the retentions: nobody sleeps for a week with files that no entry has
// yet, nor for a month between looking back and the end of that call. Everywhere else actors sleep
// as long as they like.
#include "tests/protocol/model_steps.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace punnet::protocol {
namespace {

class Stepper {
 public:
  Stepper(const World& world, const State& state, std::vector<Step>& out)
      : world_(world), state_(state), out_(out) {}

  void run() {
    for (std::size_t a = 0; a < actors(); ++a) {
      if (state_.actors[a].stage == Stage::kDown) {
        open_main(a);
        continue;
      }
      if (a < writers()) {
        step_writer(a);
      } else {
        step_compactor(a);
      }
      crash(a);
    }
    deliver();
    vacuum();
    clean();
  }

 private:
  std::size_t writers() const { return static_cast<std::size_t>(world_.writers); }
  std::size_t actors() const { return writers() + static_cast<std::size_t>(world_.compactors); }
  std::size_t partitions() const { return static_cast<std::size_t>(world_.partitions); }
  bool is(Mutant mutant) const { return world_.mutant == mutant; }

  void emit(const State& next, std::string_view what, std::size_t actor,
            Event event = Event::kNone) {
    out_.push_back({next, what, static_cast<int>(actor), event});
  }

  void step_writer(std::size_t a) {
    switch (state_.actors[a].stage) {
      case Stage::kOpenRejects:
        return open_rejects(a);
      case Stage::kReady:
        return append(a);
      case Stage::kPublishRejects:
        return publish(a, LogName::kRejects);
      case Stage::kReadRejects:
        return read(a, LogName::kRejects);
      case Stage::kLookBack:
        return look_back(a);
      case Stage::kPublish:
        read_ahead(a, 0, state_);
        return publish(a, LogName::kMain);
      case Stage::kRead:
        return read(a, LogName::kMain);
      case Stage::kDown:
      case Stage::kGate:
        return;
    }
  }

  void step_compactor(std::size_t a) {
    switch (state_.actors[a].stage) {
      case Stage::kReady:
        return begin_compaction(a);
      case Stage::kGate:
        return gate(a);
      case Stage::kLookBack:
        return look_back(a);
      case Stage::kPublish:
        return publish(a, LogName::kMain);
      case Stage::kRead:
        return read(a, LogName::kMain);
      default:
        return;
    }
  }

  // --- a writer's life -------------------------------------------------------------------------

  void open_main(std::size_t a) {
    State next = state_;
    auto& actor = next.actors[a];
    actor = {};
    if (a < writers()) {
      actor.main_version = next.main.length;
      actor.stage = Stage::kOpenRejects;
    } else {
      actor.stage = Stage::kReady;
    }
    emit(next, "opens the main table", a);
  }

  void open_rejects(std::size_t a) {
    State next = state_;
    next.actors[a].rejects_version = next.rejects.length;
    next.actors[a].stage = Stage::kReady;
    emit(next, "opens the rejects table", a);
  }

  void append(std::size_t a) {
    if (!has_any(state_.actors[a].pending)) return append_from(a, 0, state_);
    State next = state_;
    prepare(next, a);
    emit(next, "commits what it read meanwhile", a, Event::kAheadCommitted);
  }

  /// Every choice of how much of each partition is read behind the commit at hand.
  void read_ahead(std::size_t a, std::size_t partition, const State& chosen) {
    if (has_any(state_.actors[a].ahead)) return;
    if (partition == partitions()) {
      if (has_any(chosen.actors[a].ahead)) emit(chosen, "reads on", a);
      return;
    }
    const auto& actor = state_.actors[a];
    const Span run = actor.pending[partition];
    const int start =
        run.empty() ? position(state_.main, actor.main_version, partition) : int{run.next};
    for (int cut = start; cut <= world_.offsets; ++cut) {
      State next = chosen;
      next.actors[a].ahead[partition] = span(start, cut);
      read_ahead(a, partition + 1, next);
    }
  }

  /// Every choice of how much of each partition is read before the commit.
  void append_from(std::size_t a, std::size_t partition, const State& chosen) {
    if (partition == partitions()) {
      State next = chosen;
      if (!has_any(next.actors[a].pending)) return;
      const Event event = prepare(next, a);
      emit(next, "reads events and commits", a, event);
      return;
    }
    const int start = position(state_.main, state_.actors[a].main_version, partition);
    for (int cut = start; cut <= world_.offsets; ++cut) {
      State next = chosen;
      next.actors[a].pending[partition] = span(start, cut);
      append_from(a, partition + 1, next);
    }
  }

  static bool has_any(const std::array<Span, kPartitions>& runs) {
    return std::any_of(runs.begin(), runs.end(), [](const Span& run) { return !run.empty(); });
  }

  static Span span(int start, int next) {
    return Span{static_cast<std::uint8_t>(start & 0xF), static_cast<std::uint8_t>(next & 0xF)};
  }

  /// Turns what is pending into the next commit: of rejects that their table lacks, else of rows.
  Event prepare(State& next, std::size_t a) {
    auto& actor = next.actors[a];
    Event event = Event::kNone;
    if (!is(Mutant::kRejectsAfterMain) && prepare_rejects(next, a, event)) return event;
    prepare_rows(actor);
    return event;
  }

  bool prepare_rejects(State& next, std::size_t a, Event& event) {
    auto& actor = next.actors[a];
    settle(actor);
    unsigned missing = 0;
    for (std::size_t p = 0; p < partitions(); ++p) {
      const Span run = actor.pending[p];
      if (run.empty()) continue;
      const int reached = position(next.rejects, actor.rejects_version, p);
      if (reached > run.start) event = Event::kRejectsWereAhead;
      unsigned found = bits_of(p, run) & unsigned{world_.poison};
      if (!is(Mutant::kRejectsFromTheStart)) {
        found &= ~held_rejects(next.rejects, actor.rejects_version);
      }
      if (found == 0) continue;
      actor.flight.moved[p] = span(run.start, std::max<int>(reached, run.next));
      missing |= found;
    }
    if (missing == 0) return false;
    actor.flight.file = static_cast<OffsetBits>(missing);
    actor.stage = Stage::kPublishRejects;
    return true;
  }

  static unsigned held_rejects(const Log& log, std::size_t version) {
    unsigned held = 0;
    for (std::size_t v = 0; v < version; ++v) held |= log.entries[v].file;
    return held;
  }

  void prepare_rows(Actor& actor) {
    settle(actor);
    unsigned rows = 0;
    for (std::size_t p = 0; p < partitions(); ++p) {
      actor.flight.moved[p] = actor.pending[p];
      rows |= bits_of(p, actor.pending[p]) & ~unsigned{world_.poison};
    }
    actor.flight.file = static_cast<OffsetBits>(rows);
    actor.stage = begin_commit();
  }

  // --- delta::commit ---------------------------------------------------------------------------

  /// Where the log is never cleaned, looking back tells nothing.
  Stage begin_commit() const {
    return world_.faults.cleanings > 0 ? Stage::kLookBack : Stage::kPublish;
  }

  static Stage stage_of(LogName log, bool reading) {
    if (log == LogName::kMain) return reading ? Stage::kRead : Stage::kPublish;
    return reading ? Stage::kReadRejects : Stage::kPublishRejects;
  }

  static std::uint8_t& version_of(Actor& actor, LogName log) {
    return log == LogName::kMain ? actor.main_version : actor.rejects_version;
  }

  void look_back(std::size_t a) {
    State next = state_;
    auto& actor = next.actors[a];
    const bool gone = next.main.first > 0 && actor.main_version <= next.main.first;
    if (!gone || is(Mutant::kNoLookBack)) {
      actor.stage = Stage::kPublish;
      emit(next, "finds the entry it saw last", a);
      return;
    }
    bool moved = false;
    for (std::size_t p = 0; p < partitions(); ++p) {
      moved |= !actor.flight.moved[p].empty() && position(next.main, actor.main_version, p) !=
                                                     position(next.main, next.main.length, p);
    }
    const unsigned live = live_files(next.main, next.main.length);
    moved |= (actor.flight.removes & ~live) != 0;
    actor.main_version = next.main.length;
    if (moved) {
      lost(next, a, LogName::kMain, "finds the log cleaned past it and its race lost",
           Event::kOvertakenByCleaning);
    } else {
      actor.stage = Stage::kPublish;
      emit(next, "finds the log cleaned past it", a, Event::kOvertakenByCleaning);
    }
  }

  /// What the store does with a publish; true when the entry was written.
  bool store(State& next, LogName log_name, std::size_t version, const Entry& entry) const {
    auto& log = next.log(log_name);
    if (version < log.first) return true;  // a free name among those that were cleaned
    if (version < log.length) {
      if (!is(Mutant::kReplaceAllowed)) return false;
      log.entries[version] = entry;
      next.replaced = 1;
      return true;
    }
    log.entries[version] = entry;
    ++log.length;
    return true;
  }

  static std::string_view says(LogName log, std::string_view main, std::string_view rejects) {
    return log == LogName::kMain ? main : rejects;
  }

  void publish(std::size_t a, LogName log) {
    const auto& sender = state_.actors[a];
    const std::size_t version =
        log == LogName::kMain ? sender.main_version : sender.rejects_version;
    Entry entry = state_.actors[a].flight;
    entry.owner = static_cast<std::uint8_t>((a + 1) & 0xFU);

    {
      State next = state_;
      if (store(next, log, version, entry)) {
        acknowledge(next, a, log, version, says(log, "publishes its rows", "publishes its rejects"),
                    Event::kNone);
      } else {
        next.actors[a].stage = stage_of(log, true);
        emit(next, "finds the version taken", a);
      }
    }
    if (state_.left.unknowns > 0) {
      State next = state_;
      --next.left.unknowns;
      if (store(next, log, version, entry)) {
        unheard(next, a, log, version,
                says(log, "publishes its rows, the answer is lost",
                     "publishes its rejects, the answer is lost"),
                Event::kDoneUnheard);
      }
      const auto slot = std::find_if(state_.network.begin(), state_.network.end(),
                                     [](const Request& request) { return request.there == 0; });
      if (slot != state_.network.end()) {
        next = state_;
        --next.left.unknowns;
        auto& request = next.network[static_cast<std::size_t>(slot - state_.network.begin())];
        request = {entry, log, static_cast<std::uint8_t>(version), 1};
        unheard(
            next, a, log, version,
            says(log, "sends its rows, and hears nothing", "sends its rejects, and hears nothing"),
            Event::kNone);
      }
    }
    State next = state_;
    give_up_call(next, a, log);
    emit(next, "is refused", a, Event::kNone);
  }

  /// A call of commit that ends with an error: kUnknownOutcome when an attempt of it may stand. The
  /// sink keeps a commit of rows as it is, begins anew with rejects; a compaction is over.
  void give_up_call(State& next, std::size_t a, LogName log) {
    auto& actor = next.actors[a];
    if (a < writers() && log == LogName::kMain) {
      if (actor.may_stand != 0) actor.unsettled = 1;
      actor.may_stand = 0;
      actor.stage = begin_commit();
      return;
    }
    if (actor.may_stand == 0) remove_files(next, a);
    forget(next, a);
    if (a < writers()) {
      prepare(next, a);
    } else {
      actor = {};
      actor.stage = Stage::kReady;
    }
  }

  void unheard(State& next, std::size_t a, LogName log, std::size_t version, std::string_view what,
               Event event) {
    if (is(Mutant::kUnknownIsSuccess)) {
      acknowledge(next, a, log, version, what, event);
    } else if (is(Mutant::kUnknownIsFailure)) {
      remove_files(next, a);
      forget(next, a);
      prepare(next, a);
      emit(next, what, a, event);
    } else {
      next.actors[a].stage = stage_of(log, true);
      next.actors[a].may_stand = 1;
      emit(next, what, a, event);
    }
  }

  void read(std::size_t a, LogName log_name) {
    const auto& log = state_.log(log_name);
    State next = state_;
    auto& actor = next.actors[a];
    auto& version = version_of(actor, log_name);
    if (version < log.first || version >= log.length) {
      actor.stage = stage_of(log_name, false);
      emit(next, "finds nothing at the version", a);
    } else if (const Entry& entry = log.entries[version];
               entry.owner == a + 1 && !is(Mutant::kOwnEntryNotKnown)) {
      acknowledge(next, a, log_name, version, "finds its own entry", Event::kFoundOwnEntry);
    } else {
      ++version;
      actor.may_stand = 0;
      if (conflicts(actor.flight, entry)) {
        lost(next, a, log_name, "finds another's entry and its race lost", Event::kLostRace);
      } else {
        actor.stage = stage_of(log_name, false);
        emit(next, "finds another's entry and goes on after it", a);
      }
    }
    next = state_;
    next.actors[a].may_stand = 1;  // nobody knows whose the entry is
    give_up_call(next, a, log_name);
    emit(next, "cannot read the entry", a, Event::kGaveUpUnsettled);
  }

  bool conflicts(const Entry& ours, const Entry& theirs) const {
    if (!is(Mutant::kNoTxnCheck)) {
      for (std::size_t p = 0; p < partitions(); ++p) {
        if (!ours.moved[p].empty() && !theirs.moved[p].empty()) return true;
      }
    }
    return (ours.removes & theirs.removes) != 0 && !is(Mutant::kNoRemoveCheck);
  }

  void acknowledge(State& next, std::size_t a, LogName log, std::size_t version,
                   std::string_view what, Event event) {
    auto& actor = next.actors[a];
    const auto& entries = next.log(log);
    if (version < entries.first || version >= entries.length ||
        entries.entries[version].owner != a + 1) {
      next.false_ack = 1;
      emit(next, what, a, event);
      return;
    }
    version_of(actor, log) = static_cast<std::uint8_t>(version + 1);
    forget(next, a);
    if (a >= writers()) {
      actor = {};
      actor.stage = Stage::kReady;
      event = Event::kCompacted;
    } else if (log == LogName::kRejects) {
      if (is(Mutant::kRejectsAfterMain)) {
        finish(next, a);
      } else {
        prepare_rows(actor);
      }
    } else if (Event ahead = Event::kNone;
               !is(Mutant::kRejectsAfterMain) || !prepare_rejects(next, a, ahead)) {
      finish(next, a);
    }
    emit(next, what, a, event);
  }

  /// Ends a commit. What was read meanwhile is the next one's, where it begins at the position;
  /// true when some of it does not, and is dropped.
  bool finish(State& next, std::size_t a) const {
    auto& actor = next.actors[a];
    bool dropped = false;
    for (std::size_t p = 0; p < partitions(); ++p) {
      auto& run = actor.ahead[p];
      if (run.empty() || run.start == position(next.main, actor.main_version, p)) continue;
      if (is(Mutant::kAheadKept)) continue;
      run = {};
      dropped = true;
    }
    actor.pending = std::exchange(actor.ahead, {});
    settle(actor);
    actor.stage = Stage::kReady;
    return dropped;
  }

  static void settle(Actor& actor) {
    actor.flight = {};
    actor.may_stand = 0;
    actor.unsettled = 0;
  }

  void lost(State& next, std::size_t a, LogName log, std::string_view what, Event event) {
    auto& actor = next.actors[a];
    if (actor.unsettled == 0 || is(Mutant::kUnsettledFilesRemoved)) remove_files(next, a);
    forget(next, a);
    if (a >= writers()) {
      actor = {};
      actor.stage = Stage::kReady;
      event = Event::kCompactionLost;
    } else if (log == LogName::kRejects) {
      prepare(next, a);
    } else {
      actor.main_version = next.main.length;
      bool dropped = false;
      for (std::size_t p = 0; p < partitions(); ++p) {
        if (actor.pending[p].start == position(next.main, actor.main_version, p)) continue;
        dropped |= !actor.pending[p].empty();
        actor.pending[p] = {};
      }
      if (has_any(actor.pending)) {
        if (dropped) event = Event::kPartlyLost;
        prepare(next, a);
      } else if (finish(next, a)) {
        event = Event::kAheadDropped;
      }
    }
    emit(next, what, a, event);
  }

  /// The files of a commit that is given up. Should its entry stand after all, it is without them.
  static void remove_files(State& next, std::size_t a) {
    for_each_entry_of(next, a, [](Entry& entry) { entry.file_there = 0; });
  }

  /// From now on nobody asks for this commit's txnId.
  static void forget(State& next, std::size_t a) {
    for_each_entry_of(next, a, [](Entry& entry) { entry.owner = 0; });
  }

  template <typename Visit>
  static void for_each_entry_of(State& next, std::size_t a, const Visit& visit) {
    for (auto* log : {&next.main, &next.rejects}) {
      for (auto& entry : log->entries) {
        if (entry.owner == a + 1) visit(entry);
      }
    }
    for (auto& request : next.network) {
      if (request.there != 0 && request.entry.owner == a + 1) visit(request.entry);
    }
  }

  // --- compaction ------------------------------------------------------------------------------

  void begin_compaction(std::size_t a) {
    unsigned live = live_files(state_.main, state_.main.length);
    merge(a, live);
    // Leaving one out lets two compactions overlap in part.
    if (live != 0) merge(a, live & (live - 1));
  }

  void merge(std::size_t a, unsigned files) {
    if ((files & (files - 1)) == 0) return;  // fewer than two
    State next = state_;
    auto& actor = next.actors[a];
    actor.main_version = next.main.length;
    actor.flight = {};
    actor.flight.removes = static_cast<std::uint8_t>(files);
    actor.flight.file = merged(files);
    actor.stage = Stage::kGate;
    emit(next, "writes a merged file", a);
    if (next.left.bad_outputs > 0) {
      --next.left.bad_outputs;
      const unsigned held = actor.flight.file;
      actor.flight.file = static_cast<OffsetBits>(held & (held - 1));
      emit(next, "writes a merged file with a row too few", a);
    }
  }

  OffsetBits merged(unsigned files) const {
    unsigned rows = 0;
    for (std::size_t v = 0; v < state_.main.length; ++v) {
      if ((files >> v & 1U) != 0) rows |= state_.main.entries[v].file;
    }
    return static_cast<OffsetBits>(rows);
  }

  void gate(std::size_t a) {
    State next = state_;
    auto& actor = next.actors[a];
    if (actor.flight.file == merged(actor.flight.removes) || is(Mutant::kNoGate)) {
      actor.stage = begin_commit();
      emit(next, "finds the same rows in both", a);
    } else {
      actor = {};
      actor.stage = Stage::kReady;
      emit(next, "refuses what it wrote", a, Event::kGateRefused);
    }
  }

  // --- the world -------------------------------------------------------------------------------

  static bool in_commit(Stage stage) {
    return stage == Stage::kPublishRejects || stage == Stage::kReadRejects ||
           stage == Stage::kLookBack || stage == Stage::kPublish || stage == Stage::kRead;
  }

  void crash(std::size_t a) {
    if (state_.left.crashes == 0) return;
    State next = state_;
    --next.left.crashes;
    forget(next, a);
    next.actors[a] = {};
    emit(next, "dies", a, in_commit(state_.actors[a].stage) ? Event::kCrashInCommit : Event::kNone);
  }

  void deliver() {
    for (std::size_t i = 0; i < state_.network.size(); ++i) {
      const Request& request = state_.network[i];
      if (request.there == 0) continue;
      State next = state_;
      next.network[i] = {};
      if (!store(next, request.log, request.version, request.entry)) continue;
      out_.push_back({next, "a request arrives late", -1, Event::kArrivedLate});
    }
  }

  void vacuum() {
    if (state_.left.vacuums == 0) return;
    State next = state_;
    --next.left.vacuums;
    const unsigned live = live_files(next.main, next.main.length);
    for (std::size_t v = 0; v < next.main.length; ++v) {
      if ((live >> v & 1U) == 0) next.main.entries[v].file_there = 0;
    }
    if (is(Mutant::kVacuumWithoutRetention)) {
      for (auto& actor : next.actors) {
        if (in_commit(actor.stage)) actor.flight.file_there = 0;
      }
    }
    out_.push_back({next, "a vacuum runs", -1, Event::kNone});
  }

  void clean() {
    const auto& log = state_.main;
    if (state_.left.cleanings == 0 || log.length < 1 || log.first + 1 >= log.length) return;
    const bool busy = std::any_of(state_.actors.begin(), state_.actors.end(), [](const Actor& a) {
      return a.stage == Stage::kPublish || a.stage == Stage::kRead;
    });
    if (busy) return;
    State next = state_;
    --next.left.cleanings;
    next.main.first = static_cast<std::uint8_t>(log.length - 1);
    out_.push_back({next, "the log is cleaned up to its newest entry", -1, Event::kNone});
  }

  const World& world_;
  const State& state_;
  std::vector<Step>& out_;
};

}  // namespace

std::string_view name(Event event) {
  switch (event) {
    case Event::kLostRace:
      return "races lost";
    case Event::kAheadCommitted:
      return "commits of what was read meanwhile";
    case Event::kAheadDropped:
      return "dropped what was read meanwhile";
    case Event::kPartlyLost:
      return "partly lost";
    case Event::kDoneUnheard:
      return "done, answer lost";
    case Event::kArrivedLate:
      return "done late";
    case Event::kFoundOwnEntry:
      return "own entry found";
    case Event::kGaveUpUnsettled:
      return "left unsettled";
    case Event::kCrashInCommit:
      return "crashes in a commit";
    case Event::kRejectsWereAhead:
      return "rejects ahead";
    case Event::kCompacted:
      return "compactions";
    case Event::kCompactionLost:
      return "compactions lost";
    case Event::kGateRefused:
      return "refused by the gate";
    case Event::kOvertakenByCleaning:
      return "overtaken by cleaning";
    case Event::kNone:
    case Event::kCount:
      break;
  }
  return "";
}

void steps_from(const World& world, const State& state, std::vector<Step>& out) {
  out.clear();
  Stepper(world, state, out).run();
}

}  // namespace punnet::protocol
