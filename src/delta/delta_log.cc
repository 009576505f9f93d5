#include "delta/delta_log.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "delta/entry_seal.h"

namespace punnet::delta {
namespace {

constexpr std::size_t kVersionDigits = 20;
constexpr std::size_t kPartDigits = 10;
/// A compaction of 100,000 files takes some 40 MB of log.
constexpr std::size_t kEntryLimitBytes = std::size_t{256} << 20;

std::string digits(std::int64_t value, std::size_t width) {
  auto text = std::to_string(value);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

std::optional<std::int64_t> number(std::string_view text, std::size_t width) {
  std::int64_t value = 0;
  if (text.size() != width) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// Version, number of the part and of parts, of "<version>.checkpoint[.<part>.<parts>].parquet".
struct CheckpointName {
  std::int64_t version = 0;
  std::int64_t part = 1;
  std::int64_t parts = 1;
};

std::optional<CheckpointName> parse_checkpoint_name(std::string_view name) {
  if (!take_suffix(name, ".parquet") || name.size() < kVersionDigits) return std::nullopt;
  const auto version = number(name.substr(0, kVersionDigits), kVersionDigits);
  name.remove_prefix(kVersionDigits);
  if (!version || !name.starts_with(".checkpoint")) return std::nullopt;
  name.remove_prefix(std::string_view(".checkpoint").size());
  if (name.empty()) return CheckpointName{*version, 1, 1};
  if (name.size() != 2 * (kPartDigits + 1)) return std::nullopt;
  const auto part = number(name.substr(1, kPartDigits), kPartDigits);
  const auto parts = number(name.substr(kPartDigits + 2), kPartDigits);
  if (!part || !parts || *part < 1 || *part > *parts) return std::nullopt;
  return CheckpointName{*version, *part, *parts};
}

}  // namespace

std::string DeltaLog::data_path(std::string_view path) const {
  return table_.empty() ? std::string(path) : table_ + "/" + std::string(path);
}
std::string DeltaLog::directory() const { return data_path("_delta_log"); }
std::string DeltaLog::entry_path(std::int64_t version) const {
  return directory() + "/" + digits(version, kVersionDigits) + ".json";
}
std::string DeltaLog::checkpoint_path(std::int64_t version) const {
  return directory() + "/" + digits(version, kVersionDigits) + ".checkpoint.parquet";
}
std::string DeltaLog::last_checkpoint_path() const { return directory() + "/_last_checkpoint"; }

Result<LogListing> DeltaLog::list(const CallContext& call) const {
  PUNNET_TRY(auto found, files_->list(directory(), call));
  LogListing listing;
  std::map<std::pair<std::int64_t, std::int64_t>, std::map<std::int64_t, FileInfo>> parts;
  for (auto& file : found) {
    std::string_view name = file.path;
    if (name.size() <= directory().size()) continue;
    name.remove_prefix(directory().size() + 1);
    if (const auto checkpoint = parse_checkpoint_name(name)) {
      parts[{checkpoint->version, checkpoint->parts}][checkpoint->part] = std::move(file);
    } else if (take_suffix(name, ".json")) {
      if (const auto version = number(name, kVersionDigits)) {
        listing.entries.push_back({*version, std::move(file)});
      }
    }
  }
  for (auto& [key, files] : parts) {
    const auto [version, count] = key;
    if (static_cast<std::int64_t>(files.size()) != count) continue;
    LogListing::Checkpoint checkpoint{version, {}};
    for (auto& [part, file] : files) checkpoint.parts.push_back(std::move(file));
    listing.checkpoints.push_back(std::move(checkpoint));
  }
  std::sort(listing.entries.begin(), listing.entries.end(),
            [](const auto& a, const auto& b) { return a.version < b.version; });
  return listing;
}

Result<std::vector<Action>> DeltaLog::read_entry(std::int64_t version,
                                                 const CallContext& call) const {
  PUNNET_TRY(const auto text, read_entry_text(version, call));
  const auto where = files_->location(entry_path(version));
  if (check_seal(text, version) == Seal::kBroken) {
    return Error{ErrorCode::kCorrupt, where + ": its bytes are not those that were written"};
  }
  return parse_json_lines(text, where);
}

Result<std::string> DeltaLog::read_entry_text(std::int64_t version, const CallContext& call) const {
  return read_file(*files_, entry_path(version), kEntryLimitBytes, call);
}

Result<PublishOutcome> DeltaLog::publish_entry(std::int64_t version,
                                               const std::vector<Action>& actions,
                                               const CallContext& call) const {
  return publish_file(*files_, entry_path(version), seal_entry(to_json_lines(actions), version),
                      call);
}

std::int64_t to_ms(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace punnet::delta
