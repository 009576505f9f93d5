#include "delta/check_log.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "delta/check_claims.h"
#include "delta/checkpoint.h"
#include "delta/data_file.h"
#include "delta/entry_seal.h"
#include "delta/topic_positions.h"

namespace punnet::delta {
namespace {

constexpr std::size_t kPointerLimitBytes = std::size_t{1} << 20;

/// The first key that only one of two maps has, or with which they have different values.
template <typename Map, typename Same>
std::optional<std::string> first_difference(const Map& a, const Map& b, const Same& same) {
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    if (right == b.end() || (left != a.end() && left->first < right->first)) return left->first;
    if (left == a.end() || right->first < left->first) return right->first;
    if (!same(left->second, right->second)) return left->first;
    ++left;
    ++right;
  }
  return std::nullopt;
}

/// What a replay of entries has come to.
enum class Replayed : std::uint8_t {
  kTable,    ///< the table at that version
  kTail,     ///< what the entries that are left did, the first of them cleaned away
  kNothing,  ///< unknown: an entry was missing or could not be read
};

class LogCheck {
 public:
  LogCheck(const DeltaLog& log, TableFacts& facts, const CallContext& call)
      : log_(log), facts_(facts), call_(call) {}

  Status run() {
    PUNNET_TRY(const auto listing, log_.list(call_));
    facts_.log_is_whole = !listing.entries.empty() && listing.entries.front().version == 0;
    const auto sealed = facts_.snapshot.metadata.configuration.find(kSealedKey);
    must_be_sealed_ =
        sealed != facts_.snapshot.metadata.configuration.end() && sealed->second == "true";
    replayed_is_ = facts_.log_is_whole ? Replayed::kTable : Replayed::kTail;
    std::int64_t expected = listing.entries.empty() ? 0 : listing.entries.front().version;
    replayed_.version = expected - 1;
    note_a_log_without_beginning(listing, expected);

    auto checkpoint = listing.checkpoints.begin();
    for (const auto& entry : listing.entries) {
      if (entry.version > facts_.snapshot.version) break;
      for (; checkpoint != listing.checkpoints.end() && checkpoint->version < entry.version;
           ++checkpoint) {
        PUNNET_CHECK(check_checkpoint(*checkpoint));
      }
      PUNNET_CHECK(check_entry(entry, expected));
      expected = entry.version + 1;
    }
    // Cleaning goes from the oldest on, so it leaves none missing behind one that is there.
    if (!listing.entries.empty() && expected <= facts_.snapshot.version) {
      facts_.find(log_.files().location(log_.entry_path(expected)),
                  "the entry is missing: " + std::to_string(expected));
    }
    for (; checkpoint != listing.checkpoints.end(); ++checkpoint) {
      PUNNET_CHECK(check_checkpoint(*checkpoint));
    }
    return check_pointer(listing);
  }

 private:
  void note_a_log_without_beginning(const LogListing& listing, std::int64_t first) {
    if (facts_.log_is_whole || listing.entries.empty()) return;
    for (const auto& checkpoint : listing.checkpoints) {
      if (checkpoint.version == first || checkpoint.version + 1 == first) return;
    }
    facts_.notes.push_back({log_.files().location(log_.entry_path(first)),
                            "the log begins here, and not at a checkpoint: its entries before were "
                            "cleaned half, or are gone"});
  }

  Status check_entry(const LogListing::Entry& entry, std::int64_t expected) {
    const auto place = log_.files().location(entry.file.path);
    if (entry.version != expected) {
      facts_.find(place, "the entry before it is missing: " + std::to_string(expected));
      replayed_is_ = Replayed::kNothing;
    }
    const auto actions = log_.read_entry(entry.version, call_);
    if (!actions) {
      replayed_is_ = Replayed::kNothing;
      return facts_.take(place, actions.error());
    }
    PUNNET_CHECK(check_seal_is_there(entry.version, *actions, place));
    check_actions(*actions, place);
    const auto applied = replayed_.apply(*actions, place);
    if (!applied) PUNNET_CHECK(facts_.take(place, applied));
    replayed_.version = entry.version;
    for (const auto& action : *actions) {
      if (const auto* add = std::get_if<AddFile>(&action)) {
        facts_.named[add->path] = *add;
        told_by_[add->path] = place;
      }
      if (const auto* txn = std::get_if<Txn>(&action)) told_by_[txn->app_id] = place;
    }
    return ok();
  }

  /// Somebody else's entries have none. One that bears our marks, but neither says who wrote it
  /// nor is sealed, was changed.
  Status check_seal_is_there(std::int64_t version, const std::vector<Action>& actions,
                             const std::string& place) {
    if (!must_be_sealed_) return ok();
    bool says_who = false;
    bool is_ours = false;
    for (const auto& action : actions) {
      if (const auto* info = std::get_if<CommitInfo>(&action)) {
        says_who = true;
        is_ours |= info->engine_info.starts_with("punnet");
      }
    }
    if (says_who && !is_ours) return ok();
    for (const auto& action : actions) {
      if (says_who) break;
      const auto* add = std::get_if<AddFile>(&action);
      const auto* txn = std::get_if<Txn>(&action);
      const auto* metadata = std::get_if<Metadata>(&action);
      is_ours |= (add != nullptr && add->tags.contains(kHashTag)) ||
                 (txn != nullptr && partition_of(txn->app_id, facts_.topic_id)) ||
                 (metadata != nullptr && metadata->configuration.contains(kSealedKey));
    }
    if (!is_ours) return ok();
    PUNNET_TRY(const auto text, log_.read_entry_text(version, call_));
    if (check_seal(text, version) != Seal::kNone) return ok();
    facts_.find(place, "it bears no seal, as punnet's entries do: its commitInfo was changed");
    return ok();
  }

  Status check_checkpoint(const LogListing::Checkpoint& checkpoint) {
    const auto place = log_.files().location(checkpoint.parts.front().path);
    const auto told = read_checkpoint(log_, checkpoint, call_);
    if (!told) return facts_.take(place, told.error());
    for (const auto& [path, add] : told->files) facts_.named.emplace(path, add);
    const bool is_same_version = checkpoint.version == replayed_.version;
    if (is_same_version && replayed_is_ == Replayed::kTable) compare(*told, place);
    if (is_same_version && replayed_is_ == Replayed::kTail) compare_tail(*told, place);
    if (replayed_is_ != Replayed::kTable && checkpoint.version >= replayed_.version) {
      replayed_ = *told;  // what was before it is cleaned, or damaged and named above
      replayed_is_ = Replayed::kTable;
    }
    return ok();
  }

  static bool is_same(const AddFile& a, const AddFile& b) {
    return a.size_bytes == b.size_bytes && a.stats == b.stats && a.tags == b.tags;
  }

  void compare(const Snapshot& told, const std::string& place) {
    const auto same_txn = [](const Txn& a, const Txn& b) { return a.version == b.version; };
    if (const auto file = first_difference(told.files, replayed_.files, is_same)) {
      facts_.find(place, "it names other files than the log; the first is " + *file);
    }
    if (const auto app = first_difference(told.txns, replayed_.txns, same_txn)) {
      facts_.find(place, "it has other positions than the log; the first is " + *app);
    }
  }

  /// The first entries of a cleaned log are not all of the table, but what they say must be in it.
  void compare_tail(const Snapshot& told, const std::string& place) {
    for (const auto& [path, add] : replayed_.files) {
      const auto found = told.files.find(path);
      if (found != told.files.end() && is_same(found->second, add)) continue;
      facts_.find(place, "it tells otherwise of " + path + " than " + told_by_[path]);
      break;
    }
    for (const auto& [path, remove] : replayed_.tombstones) {
      if (!told.files.contains(path)) continue;
      facts_.find(place, "it still has " + path + ", which the log removed");
      break;
    }
    for (const auto& [app, txn] : replayed_.txns) {
      const auto found = told.txns.find(app);
      if (found != told.txns.end() && found->second.version == txn.version) continue;
      facts_.find(place, "it has another position of " + app + " than " + told_by_[app]);
      break;
    }
  }

  /// Other readers begin where _last_checkpoint points. It may lag, when its writer died.
  Status check_pointer(const LogListing& listing) {
    const auto place = log_.files().location(log_.last_checkpoint_path());
    const auto text =
        read_file(log_.files(), log_.last_checkpoint_path(), kPointerLimitBytes, call_);
    if (!text && text.error().code == ErrorCode::kAbsent) {
      if (!listing.checkpoints.empty()) {
        facts_.notes.push_back({place,
                                "it is missing, while there are checkpoints: readers look "
                                "for them one by one"});
      }
      return ok();
    }
    if (!text) return facts_.take(place, text.error());
    boost::system::error_code error;
    const auto value = boost::json::parse(*text, error);
    const auto integer = [&](std::string_view key) -> std::optional<std::int64_t> {
      const auto* object = error ? nullptr : value.if_object();
      const auto* member = object != nullptr ? object->if_contains(key) : nullptr;
      if (member == nullptr || !member->is_int64()) return std::nullopt;
      return member->get_int64();
    };
    const auto version = integer("version");
    const auto size = integer("size");
    if (!version || !size) {
      facts_.find(place, "it does not say which checkpoint is the last, and of what size");
      return ok();
    }
    const auto found =
        std::find_if(listing.checkpoints.begin(), listing.checkpoints.end(),
                     [&](const auto& checkpoint) { return checkpoint.version == *version; });
    if (found == listing.checkpoints.end()) {
      facts_.find(place, "it points to the checkpoint of version " + std::to_string(*version) +
                             ", which is not there");
      return ok();
    }
    const auto actions = count_actions(log_, *found, call_);
    if (!actions) return facts_.take(place, actions.error());
    if (*actions != *size) {
      facts_.find(place, "it says that the checkpoint of version " + std::to_string(*version) +
                             " has " + std::to_string(*size) + " actions, there are " +
                             std::to_string(*actions));
    }
    return ok();
  }

  void check_actions(const std::vector<Action>& actions, const std::string& place) {
    const CommitInfo* info = nullptr;
    std::set<std::string> added;
    std::vector<AddFile> adds;
    std::map<Partition, Offset> moved;
    for (const auto& action : actions) {
      if (const auto* said = std::get_if<CommitInfo>(&action)) info = said;
      if (const auto* add = std::get_if<AddFile>(&action)) {
        adds.push_back(*add);
        const auto active = replayed_.files.find(add->path);
        if (!added.insert(add->path).second ||
            (active != replayed_.files.end() && active->second == *add)) {
          facts_.find(place, "adds " + add->path + " a second time");
        }
      }
      if (const auto* remove = std::get_if<RemoveFile>(&action)) {
        facts_.rows_were_deleted |= remove->data_change;
        if (facts_.log_is_whole && !replayed_.files.contains(remove->path)) {
          facts_.find(place, "removes " + remove->path + ", which was not in the table");
        }
      }
      if (const auto* txn = std::get_if<Txn>(&action)) {
        if (const auto partition = partition_of(txn->app_id, facts_.topic_id)) {
          moved[*partition] = txn->version;
        }
      }
    }
    if (info == nullptr || info->ranges.empty()) {
      if (!moved.empty()) facts_.find(place, "moves positions without saying over which offsets");
      return;
    }
    const auto ranges = parse_ranges(info->ranges);
    if (!ranges) {
      facts_.find(place, "punnetRanges cannot be read");
      return;
    }
    if (auto what = contradiction_of_ranges(*ranges, adds, facts_.are_rejects)) {
      facts_.find(place, *std::move(what));
    }
    check_ranges(*ranges, std::move(moved), place);
  }

  void check_ranges(const std::vector<CoveredRange>& ranges, std::map<Partition, Offset> moved,
                    const std::string& place) {
    const auto held = positions_of(replayed_, facts_.topic_id);
    std::map<Partition, Offset> reached;
    for (const auto& covered : ranges) {
      // Rejects alone may be made up for, below a position that went ahead.
      const bool only_rejects = covered.rows == 0 && covered.rejects > 0;
      const auto start = held.find(covered.partition);
      const bool is_ahead = start != held.end() && start->second > covered.range.start;
      if (covered.gap > 0 &&
          (covered.gap != covered.range.size() || covered.rows > 0 || covered.rejects > 0)) {
        facts_.find(place, "partition " + std::to_string(covered.partition) +
                               " has events in a gap that starts at " +
                               std::to_string(covered.range.start));
      }
      if (is_ahead && (!only_rejects || covered.range.size() != 1)) {
        facts_.find(place, "partition " + std::to_string(covered.partition) + " starts at " +
                               std::to_string(covered.range.start) +
                               ", but the table already held up to " +
                               std::to_string(start->second));
      }
      reached[covered.partition] = covered.range.next;
      if (only_rejects) {
        const auto position = moved.find(covered.partition);
        const auto before = start != held.end() ? start->second : covered.range.next;
        // Where the position before is not known, only a reject that is made up for is below it.
        const bool is_made_up_for = replayed_is_ == Replayed::kNothing ||
                                    (start == held.end() && covered.range.size() == 1);
        const bool may_be_ahead =
            replayed_is_ != Replayed::kTable && is_made_up_for && position != moved.end();
        reached[covered.partition] = std::max(
            {covered.range.next, before, may_be_ahead ? position->second : covered.range.next});
      }
      facts_.commits.push_back({covered, place});
    }
    for (const auto& [partition, next] : reached) {
      const auto position = moved.find(partition);
      if (position == moved.end() || position->second != next) {
        facts_.find(place, "partition " + std::to_string(partition) + " covers up to " +
                               std::to_string(next) + ", but its position is not moved there");
      }
      moved.erase(partition);
    }
    if (!moved.empty()) {
      facts_.find(place, "moves the position of partition " + std::to_string(moved.begin()->first) +
                             " without saying over which offsets");
    }
  }

  const DeltaLog& log_;
  TableFacts& facts_;
  const CallContext& call_;
  bool must_be_sealed_ = false;
  Replayed replayed_is_ = Replayed::kNothing;
  Snapshot replayed_;
  std::map<std::string, std::string> told_by_;  ///< by file and application, the newest entry
};

}  // namespace

Status check_log(const DeltaLog& log, TableFacts& facts, const CallContext& call) {
  return LogCheck(log, facts, call).run();
}

}  // namespace punnet::delta
