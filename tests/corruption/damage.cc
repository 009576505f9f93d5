#include "tests/corruption/damage.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <functional>
#include <utility>
#include <vector>

#include "delta/actions.h"
#include "delta/data_file.h"
#include "delta/delta_log.h"
#include "delta/entry_seal.h"
#include "delta/file_stats.h"
#include "delta/snapshot.h"
#include "tests/support/calls.h"

namespace punnet::corruption {
namespace {

using delta::Action;
using delta::AddFile;

constexpr std::string_view kLogDirectory = "/_delta_log/";

bool is_in_log(std::string_view path) { return path.find(kLogDirectory) != std::string::npos; }
bool is_entry(std::string_view path) { return is_in_log(path) && path.ends_with(".json"); }
bool is_checkpoint(std::string_view path) {
  return is_in_log(path) && path.ends_with(".checkpoint.parquet");
}
bool is_pointer(std::string_view path) { return path.ends_with("/_last_checkpoint"); }
bool is_data(std::string_view path) { return !is_in_log(path) && path.ends_with(".parquet"); }

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view table_of(std::string_view path) { return path.substr(0, path.find('/')); }

std::int64_t version_of(std::string_view path) {
  std::int64_t version = 0;
  const auto name = file_name(path);
  std::from_chars(name.data(), name.data() + std::min<std::size_t>(20, name.size()), version);
  return version;
}

class Planter {
 public:
  Planter(const Files& sound, const Files& other, SeededRandom& random)
      : sound_(sound), other_(other), random_(random), store_(store_of(sound)) {
    damage_.files = sound;
    for (const char* table : {kMain, kRejects}) {
      const delta::DeltaLog log(*store_, table);
      const auto snapshot = delta::load_snapshot(log, std::nullopt, patiently());
      if (!snapshot) continue;
      newest_[table] = snapshot->version;
      for (const auto& [path, add] : snapshot->files) active_[log.data_path(path)] = add;
      const auto listing = log.list(patiently());
      for (const auto& entry : listing->entries) read_entry(log, entry.version);
    }
  }

  std::optional<Damage> plant(DamageKind kind) {
    const bool done = [&] {
      switch (kind) {
        case DamageKind::kBitFlip:
          return flip_a_bit();
        case DamageKind::kTruncation:
          return truncate();
        case DamageKind::kDeletion:
          return remove_file();
        case DamageKind::kCopiedFile:
          return copy_file();
        case DamageKind::kCopiedEntry:
          return copy_entry();
        case DamageKind::kSwappedNames:
          return swap_names();
        case DamageKind::kStaleFile:
          return replace_file_by_another(false);
        case DamageKind::kForgedFile:
          return replace_file_by_another(true);
        case DamageKind::kEditedPosition:
          return edit_position();
        case DamageKind::kEditedPath:
          return edit_path();
        case DamageKind::kEditedStatistics:
          return edit_statistics();
        case DamageKind::kEditedRanges:
          return edit_ranges();
        case DamageKind::kRemovedLine:
          return remove_line();
      }
      return false;
    }();
    if (!done) return std::nullopt;
    damage_.what = std::string(name_of(kind)) + ": " + damage_.what;
    return std::move(damage_);
  }

 private:
  struct Entry {
    std::string path;
    std::int64_t version = 0;
    std::vector<Action> actions;
  };

  void read_entry(const delta::DeltaLog& log, std::int64_t version) {
    auto actions = log.read_entry(version, patiently());
    if (actions) entries_.push_back({log.entry_path(version), version, *std::move(actions)});
  }

  template <typename T>
  const T* pick(const std::vector<T>& all) {
    return all.empty() ? nullptr : &all[random_.below(all.size())];
  }

  std::vector<std::string> paths_where(const std::function<bool(const std::string&)>& suits) {
    std::vector<std::string> found;
    for (const auto& [path, content] : sound_) {
      if (suits(path)) found.push_back(path);
    }
    return found;
  }

  /// A file of any kind, each kind as likely.
  std::optional<std::string> any_file() {
    const auto known = [&](const std::string& path) { return is_data(path) && is_named(path); };
    const std::vector<std::function<bool(const std::string&)>> kinds{
        known, known, is_entry, is_entry, is_checkpoint, is_pointer};
    const auto found = paths_where(kinds[random_.below(kinds.size())]);
    const auto* path = pick(found);
    if (path == nullptr) return std::nullopt;
    return *path;
  }

  /// False for what a commit that never came about has left: nothing refers to it.
  bool is_named(const std::string& path) const {
    if (active_.contains(path)) return true;
    for (const auto& entry : entries_) {
      for (const auto& action : entry.actions) {
        const auto* add = std::get_if<AddFile>(&action);
        if (add != nullptr && std::string(table_of(entry.path)) + "/" + add->path == path) {
          return true;
        }
      }
    }
    return false;
  }

  void mark(const std::string& path) {
    damage_.names.insert(std::string(file_name(path)));
    damage_.path = path;
    if (is_entry(path)) {
      // A missing entry is named by its version.
      damage_.names.insert("log entry " + std::to_string(version_of(path)));
      damage_.names.insert("is missing: " + std::to_string(version_of(path)));
    }
    if (!damage_.what.empty()) damage_.what += ", ";
    damage_.what += path;
  }

  bool flip_a_bit() {
    const auto path = any_file();
    if (!path || sound_.at(*path).empty()) return false;
    auto& content = damage_.files[*path];
    const auto at = random_.below(content.size());
    content[at] = static_cast<char>(content[at] ^ (1 << random_.below(8)));
    mark(*path);
    damage_.what += " at byte " + std::to_string(at) + " of " + std::to_string(content.size());
    return true;
  }

  bool truncate() {
    const auto path = any_file();
    if (!path || sound_.at(*path).empty()) return false;
    auto& content = damage_.files[*path];
    content.resize(random_.below(content.size()));
    mark(*path);
    damage_.what += " to " + std::to_string(content.size()) + " bytes";
    return true;
  }

  /// Not the newest entry, nor the oldest, nor what nothing needs: deleted they leave tables that
  /// are sound, though other ones.
  bool remove_file() {
    std::vector<std::string> needed;
    for (const auto& [path, add] : active_) needed.push_back(path);
    std::map<std::string, std::int64_t> oldest;
    for (const auto& entry : entries_) {
      oldest.emplace(table_of(entry.path), entry.version);
      const auto table = std::string(table_of(entry.path));
      if (entry.version > oldest[table] && entry.version < newest_[table]) {
        needed.push_back(entry.path);
      }
    }
    for (const auto& pointer : paths_where(is_pointer)) {
      const auto version = boost::json::parse(sound_.at(pointer)).at("version").as_int64();
      for (const auto& path : paths_where(is_checkpoint)) {
        if (table_of(path) == table_of(pointer) && version_of(path) == version) {
          needed.push_back(path);
          if (damage_.files.contains(path)) damage_.names.insert("_last_checkpoint");
        }
      }
    }
    const auto* path = pick(needed);
    if (path == nullptr) return false;
    if (!is_checkpoint(*path)) damage_.names.clear();
    damage_.files.erase(*path);
    mark(*path);
    return true;
  }

  /// The path of a data file in its table.
  static std::string inner_path(const std::string& path) {
    return path.substr(table_of(path).size() + 1);
  }

  void write_entry(const std::string& path, const std::vector<Action>& actions) {
    damage_.files[path] = delta::seal_entry(delta::to_json_lines(actions), version_of(path));
  }

  std::string next_entry(std::string_view table) {
    const delta::DeltaLog log(*store_, std::string(table));
    return log.entry_path(newest_[std::string(table)] + 1);
  }

  bool copy_file() {
    std::vector<std::string> all;
    for (const auto& [path, add] : active_) {
      if (delta::parse_stats(add.stats).rows.value_or(0) > 0) all.push_back(path);
    }
    const auto* path = pick(all);
    if (path == nullptr) return false;
    const auto copy = std::string(table_of(*path)) + "/copy.parquet";
    damage_.files[copy] = sound_.at(*path);
    auto add = active_.at(*path);
    add.path = "copy.parquet";
    const auto entry = next_entry(table_of(*path));
    delta::CommitInfo info;
    info.engine_info = "punnet/9.9.9";
    write_entry(entry, {info, add});
    mark(*path);
    mark(copy);
    mark(entry);
    return true;
  }

  bool copy_entry() {
    const auto* entry = pick(entries_);
    if (entry == nullptr) return false;
    const auto copy = next_entry(table_of(entry->path));
    damage_.files[copy] = sound_.at(entry->path);
    mark(copy);
    damage_.what += " is " + entry->path;
    return true;
  }

  bool swap_names() {
    std::function<bool(const std::string&)> kind = is_checkpoint;
    if (const auto which = random_.below(5); which < 2)
      kind = is_entry;
    else if (which < 4)
      kind = [&](const std::string& path) { return active_.contains(path); };
    const auto found = paths_where(kind);
    const auto* one = pick(found);
    const auto* two = pick(found);
    if (one == nullptr || table_of(*one) != table_of(*two) || sound_.at(*one) == sound_.at(*two)) {
      return false;
    }
    std::swap(damage_.files[*one], damage_.files[*two]);
    mark(*one);
    mark(*two);
    return true;
  }

  bool replace_file_by_another(bool forged) {
    std::vector<std::string> all;
    for (const auto& [path, add] : active_) all.push_back(path);
    const auto* path = pick(all);
    if (path == nullptr) return false;
    std::vector<std::string> sources;
    const bool foreign = random_.below(2) == 0;
    const auto& from = foreign ? other_ : sound_;
    for (const auto& [source, content] : from) {
      if (is_data(source) && table_of(source) == table_of(*path) && content != sound_.at(*path)) {
        sources.push_back(source);
      }
    }
    const auto* source = pick(sources);
    if (source == nullptr) return false;
    const auto& content = from.at(*source);
    damage_.files[*path] = content;
    mark(*path);
    damage_.what += std::string(" is ") + (foreign ? "another topic's " : "") + *source;
    if (!forged) return true;
    return edit_active_add(*path, [&](AddFile& add) {
      const auto store = store_of({{"t/x", content}});
      add.size_bytes = static_cast<std::int64_t>(content.size());
      add.tags[delta::kHashTag] = *delta::hash_file({*store, "t"}, "x", patiently());
    });
  }

  /// Changes the add of a file in the last entry that has it. Where a checkpoint holds it too, that
  /// gives the edit away.
  bool edit_active_add(const std::string& path, const std::function<void(AddFile&)>& edit) {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      if (table_of(entry->path) != table_of(path)) continue;
      for (auto& action : entry->actions) {
        auto* add = std::get_if<AddFile>(&action);
        if (add == nullptr || add->path != inner_path(path)) continue;
        edit(*add);
        write_entry(entry->path, entry->actions);
        mark(entry->path);
        mark(path);
        return true;
      }
    }
    return false;
  }

  std::optional<std::string> an_active_file() {
    std::vector<std::string> all;
    for (const auto& [path, add] : active_) all.push_back(path);
    const auto* path = pick(all);
    if (path == nullptr) return std::nullopt;
    return *path;
  }

  template <typename T>
  std::vector<std::pair<Entry*, T*>> all_of() {
    std::vector<std::pair<Entry*, T*>> found;
    for (auto& entry : entries_) {
      for (auto& action : entry.actions) {
        if (auto* one = std::get_if<T>(&action)) found.emplace_back(&entry, one);
      }
    }
    return found;
  }

  bool edit_position() {
    const auto all = all_of<delta::Txn>();
    const auto* one = pick(all);
    if (one == nullptr) return false;
    const auto& [entry, txn] = *one;
    txn->version += random_.below(2) == 0 ? 1 : -1;
    write_entry(entry->path, entry->actions);
    mark(entry->path);
    return true;
  }

  bool edit_path() {
    const auto path = an_active_file();
    if (!path) return false;
    const auto another = an_active_file();
    const bool to_another = another && *another != *path && table_of(*another) == table_of(*path) &&
                            random_.below(2) == 0;
    if (to_another) mark(*another);
    // Where a checkpoint disagrees, nothing tells which of the two was changed.
    if (!to_another) damage_.names.insert("gone.parquet");
    return edit_active_add(*path, [&](AddFile& add) {
      add.path = to_another ? inner_path(*another) : "gone.parquet";
    });
  }

  /// The adds of files that are there, whether or not the newest version still has them.
  std::vector<std::pair<Entry*, AddFile*>> adds_of_files_there() {
    auto all = all_of<AddFile>();
    std::erase_if(all, [&](const auto& one) { return !sound_.contains(path_of(one)); });
    return all;
  }

  static std::string path_of(const std::pair<Entry*, AddFile*>& add) {
    return std::string(table_of(add.first->path)) + "/" + add.second->path;
  }

  bool edit_statistics() {
    const auto all = adds_of_files_there();
    const auto* one = pick(all);
    if (one == nullptr) return false;
    const auto& [entry, add] = *one;
    auto stats = delta::parse_stats(add->stats);
    const auto least = stats.min_offset.value_or(7);
    const auto most = stats.max_offset.value_or(7);
    switch (random_.below(7)) {
      case 0:
        stats.rows = stats.rows.value_or(0) + 1;
        break;
      case 1:
        stats.min_offset = random_.below(2) == 0 ? least - 1 : least + 1;
        break;
      case 2:
        stats.max_offset = random_.below(2) == 0 ? most - 1 : most + 1;
        break;
      case 3:
        stats.max_partition = stats.max_partition.value_or(0) + 1;
        break;
      case 4:
        stats.min_offset.reset();
        break;
      case 5:
        break;
      default:
        add->size_bytes += 1;
        break;
    }
    const auto before = std::exchange(add->stats, delta::to_json(stats));
    if (before == add->stats) {
      const std::string none = R"("nullCount":{"partition":0)";
      const auto at = before.find(none);
      if (at != std::string::npos)
        add->stats.replace(at, none.size(), R"("nullCount":{"partition":1)");
      else
        add->size_bytes += 1;
    }
    write_entry(entry->path, entry->actions);
    mark(entry->path);
    mark(path_of(*one));
    return true;
  }

  /// False when there is nothing to edit. Only of rejects is it known where a range has to start:
  /// the first offsets of other ranges may be holes.
  bool edit_ranges_in(std::string& text, bool may_move_start) {
    auto ranges = delta::parse_ranges(text);
    if (!ranges || ranges->empty()) return false;
    auto& range = (*ranges)[random_.below(ranges->size())];
    switch (random_.below(may_move_start ? 5 : 3)) {
      case 0:
        range.range.next += 1;
        break;
      case 1:
        range.rows += 1;
        break;
      case 2:
        range.rejects += 1;
        break;
      case 3:
        range.range.start += 1;
        break;
      default:
        range.range.start -= 1;
        break;
    }
    text = delta::to_json(*ranges);
    return true;
  }

  bool edit_ranges() {
    if (random_.below(3) == 0) return edit_ranges_of_a_file();
    std::vector<std::pair<Entry*, delta::CommitInfo*>> all;
    for (const auto& one : all_of<delta::CommitInfo>()) {
      if (!one.second->ranges.empty()) all.push_back(one);
    }
    const auto* one = pick(all);
    if (one == nullptr) return false;
    const auto& [entry, info] = *one;
    if (!edit_ranges_in(info->ranges, table_of(entry->path) == kRejects)) return false;
    write_entry(entry->path, entry->actions);
    mark(entry->path);
    return true;
  }

  bool edit_ranges_of_a_file() {
    const auto all = adds_of_files_there();
    const auto* one = pick(all);
    if (one == nullptr) return false;
    const auto& [entry, add] = *one;
    const auto tag = add->tags.find(delta::kRangesTag);
    if (tag == add->tags.end() || !edit_ranges_in(tag->second, true)) return false;
    write_entry(entry->path, entry->actions);
    mark(entry->path);
    mark(path_of(*one));
    return true;
  }

  bool remove_line() {
    std::vector<std::pair<Entry*, std::size_t>> all;
    for (auto& entry : entries_) {
      for (std::size_t i = 0; i < entry.actions.size(); ++i) {
        if (std::holds_alternative<AddFile>(entry.actions[i]) ||
            std::holds_alternative<delta::Txn>(entry.actions[i])) {
          all.emplace_back(&entry, i);
        }
      }
    }
    const auto* one = pick(all);
    if (one == nullptr) return false;
    const auto& [entry, index] = *one;
    if (const auto* add = std::get_if<AddFile>(&entry->actions[index])) {
      mark(std::string(table_of(entry->path)) + "/" + add->path);
    }
    entry->actions.erase(entry->actions.begin() + static_cast<std::ptrdiff_t>(index));
    write_entry(entry->path, entry->actions);
    mark(entry->path);
    return true;
  }

  const Files& sound_;
  const Files& other_;
  SeededRandom& random_;
  std::unique_ptr<FileStore> store_;
  std::map<std::string, std::int64_t> newest_;  ///< version, by table
  std::map<std::string, AddFile> active_;       ///< by path in the store
  std::vector<Entry> entries_;
  Damage damage_;
};

}  // namespace

std::string_view name_of(DamageKind kind) {
  switch (kind) {
    case DamageKind::kBitFlip:
      return "bit flips";
    case DamageKind::kTruncation:
      return "truncations";
    case DamageKind::kDeletion:
      return "deletions";
    case DamageKind::kCopiedFile:
      return "copied files";
    case DamageKind::kCopiedEntry:
      return "copied entries";
    case DamageKind::kSwappedNames:
      return "swapped names";
    case DamageKind::kStaleFile:
      return "stale files";
    case DamageKind::kForgedFile:
      return "forged files";
    case DamageKind::kEditedPosition:
      return "edited positions";
    case DamageKind::kEditedPath:
      return "edited paths";
    case DamageKind::kEditedStatistics:
      return "edited statistics";
    case DamageKind::kEditedRanges:
      return "edited ranges";
    case DamageKind::kRemovedLine:
      return "removed lines";
  }
  return "";
}

std::optional<Damage> plant(DamageKind kind, const Files& sound, const Files& other,
                            SeededRandom& random) {
  return Planter(sound, other, random).plant(kind);
}

}  // namespace punnet::corruption
