// What the world of the commit protocol holds, in as few bytes as will do: millions of states are
// kept at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace punnet::protocol {

inline constexpr std::size_t kPartitions = 2;
inline constexpr std::size_t kMostEntries = 6;   ///< of each log
inline constexpr std::size_t kMostRequests = 2;  ///< that wander in the network at once
inline constexpr std::size_t kMostActors = 4;

/// Offsets of all partitions as bits: partition p, offset o is bit p * 4 + o.
using OffsetBits = std::uint8_t;

/// Offsets [start, next) of a partition; empty where it has no part in a commit.
struct Span {
  std::uint8_t start : 4 = 0;
  std::uint8_t next : 4 = 0;

  bool empty() const { return start == next; }
};

/// One entry of a log: a file added, files removed, positions moved.
struct Entry {
  std::array<Span, kPartitions> moved;  ///< txn actions: the position goes to next
  OffsetBits file = 0;                  ///< the offsets that the added file holds
  std::uint8_t removes = 0;             ///< versions whose file is removed, as bits
  std::uint8_t owner : 4 = 0;           ///< actor + 1 while its txnId could still be asked for
  std::uint8_t file_there : 4 = 1;      ///< 0: the entry stands, the file does not

  bool is_compaction() const { return removes != 0; }
};

/// A numbered log; the version of an entry is its index. The table's creation is not counted.
struct Log {
  std::array<Entry, kMostEntries> entries;
  std::uint8_t length = 0;
  std::uint8_t first = 0;  ///< entries below were cleaned; a checkpoint tells what they said
};

enum class LogName : std::uint8_t { kMain, kRejects };

/// A publish whose answer was lost before it took effect. It may arrive at any time, or never.
struct Request {
  Entry entry;
  LogName log = LogName::kMain;
  std::uint8_t version = 0;
  std::uint8_t there = 0;  ///< 0: an empty slot
};

/// Where an actor stands: the call that it makes next.
enum class Stage : std::uint8_t {
  kDown,
  kOpenRejects,  ///< writers: the main table was read
  kReady,
  kPublishRejects,
  kReadRejects,
  kGate,  ///< compactors: the new file is written
  kLookBack,
  kPublish,
  kRead,
};

/// A process: a stream's sink or a compaction. What it knows of a table is a version of its log.
struct Actor {
  Stage stage = Stage::kDown;
  std::uint8_t main_version = 0;  ///< entries of the main log that it has taken in
  std::uint8_t rejects_version = 0;
  std::array<Span, kPartitions> pending;  ///< runs of the commit at hand
  std::array<Span, kPartitions> ahead;    ///< runs appended while it is under way
  Entry flight;                           ///< the commit at hand
  std::uint8_t may_stand : 1 = 0;         ///< an attempt of this call of commit was not answered
  std::uint8_t unsettled : 7 = 0;         ///< an earlier call ended with kUnknownOutcome
};

/// What may still go wrong.
struct Budget {
  std::uint8_t crashes = 0;
  std::uint8_t unknowns = 0;
  std::uint8_t bad_outputs = 0;  ///< compactions that write a file with a row too few
  std::uint8_t vacuums = 0;
  std::uint8_t cleanings = 0;
};

struct State {
  Log main;
  Log rejects;
  std::array<Request, kMostRequests> network;
  std::array<Actor, kMostActors> actors;
  Budget left;
  std::uint8_t replaced = 0;   ///< an entry was overwritten
  std::uint8_t false_ack = 0;  ///< a commit was taken for done that does not stand in the log

  Log& log(LogName name) { return name == LogName::kMain ? main : rejects; }
  const Log& log(LogName name) const { return name == LogName::kMain ? main : rejects; }
};

static_assert(std::has_unique_object_representations_v<State>, "states are compared as bytes");

inline bool operator==(const State& a, const State& b) {
  return std::memcmp(&a, &b, sizeof(State)) == 0;
}

/// How the protocol is spoiled, one rule at a time.
enum class Mutant : std::uint8_t {
  kNone,
  kReplaceAllowed,          ///< publish overwrites
  kNoTxnCheck,              ///< a lost race is followed by the next version, whoever was first
  kUnknownIsSuccess,        ///< a lost answer is taken for a commit
  kUnknownIsFailure,        ///< ... for none, and the files are removed
  kOwnEntryNotKnown,        ///< the txnId of the entry that stands is not looked at
  kRejectsAfterMain,        ///< the two tables in the other order
  kRejectsFromTheStart,     ///< what the rejects table holds is not looked at
  kNoGate,                  ///< a compaction commits what it wrote unread
  kNoRemoveCheck,           ///< a compaction commits although another removed the same files
  kVacuumWithoutRetention,  ///< files that no entry has yet are removed too
  kNoLookBack,              ///< a writer publishes although the log was cleaned past it
  kUnsettledFilesRemoved,   ///< a commit that may stand loses its files with the race
  kAheadKept,               ///< what was read during a commit whose race is lost is committed next
};

/// The size of the world that is explored.
struct World {
  int partitions = 1;
  int offsets = 3;  ///< of each partition, at most 4
  OffsetBits poison = 0;
  int writers = 2;
  int compactors = 0;
  Budget faults;
  Mutant mutant = Mutant::kNone;
};

/// Where a partition's position stands after the first `version` entries.
int position(const Log& log, std::size_t version, std::size_t partition);

/// Versions whose file is part of the table after the first `version` entries, as bits.
std::uint8_t live_files(const Log& log, std::size_t version);

/// The offsets [start, next) of a partition as bits.
OffsetBits bits_of(std::size_t partition, Span span);

/// The same state with its interchangeable actors in a fixed order and spent requests dropped.
State canonical(const World& world, const State& state);

std::size_t hash_of(const State& state);

}  // namespace punnet::protocol
