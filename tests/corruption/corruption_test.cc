// Tables as months of a stream leave them are sound to verify, and any damage to them is found and
// named. PUNNET_CORRUPTION_TRIALS=<n> plants n damages and looks at as many sound tables,
// PUNNET_CORRUPTION_SEED=<seed> begins elsewhere.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "delta/checkpoint.h"
#include "delta/delta_log.h"
#include "delta/snapshot.h"
#include "delta/verify.h"
#include "tests/corruption/counts.h"
#include "tests/corruption/damage.h"
#include "tests/corruption/random_table.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet::corruption {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t kTrials = 40;
#else
constexpr std::int64_t kTrials = 160;
#endif
constexpr std::int64_t kDamagesPerTable = 4;

std::int64_t trials() { return from_environment("PUNNET_CORRUPTION_TRIALS", kTrials); }
std::uint64_t first_seed() {
  return static_cast<std::uint64_t>(from_environment("PUNNET_CORRUPTION_SEED", 1));
}

VerifyReport verify(const Files& files) {
  const auto store = store_of(files);
  auto report = verify_delta_tables(*store, kMain, kRejects, patiently());
  EXPECT_THAT(report, Succeeds());
  return report ? *std::move(report) : VerifyReport();
}

std::string to_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) text += finding.place + ": " + finding.what + "\n";
  return text;
}

std::int64_t version_in(const std::string& path) {
  return std::strtoll(path.substr(path.rfind('/') + 1, 20).c_str(), nullptr, 10);
}

/// What a checkpoint holds, in words; empty when it cannot be read.
std::string content_of(const Files& files, const std::string& path) {
  const auto store = store_of(files);
  const delta::DeltaLog log(*store, path.substr(0, path.find('/')));
  FileInfo file;
  file.path = path;
  const auto found = delta::read_checkpoint(log, {version_in(path), {file}}, patiently());
  if (!found) return "";
  std::vector<delta::Action> actions{found->protocol, found->metadata};
  for (const auto& [id, txn] : found->txns) actions.emplace_back(txn);
  for (const auto& [name, remove] : found->tombstones) actions.emplace_back(remove);
  for (const auto& [name, add] : found->files) actions.emplace_back(add);
  return delta::to_json_lines(actions);
}

/// True for the one damage that need not be found: a bit of a checkpoint, or of the pointer to one,
/// with which every reader still reads the same. docs/decisions/what-verify-proves.md says why.
bool is_without_meaning(DamageKind kind, const Damage& damage, const Files& sound) {
  if (kind != DamageKind::kBitFlip && kind != DamageKind::kTruncation) return false;
  if (damage.path.ends_with(".checkpoint.parquet")) {
    const auto before = content_of(sound, damage.path);
    return !before.empty() && content_of(damage.files, damage.path) == before;
  }
  return false;
}

TEST(PlantedCorruption, IsFoundAndNamed) {
  Counts counts;
  std::int64_t planted = 0;
  std::int64_t violations = 0;
  for (auto seed = first_seed(); planted < trials(); ++seed) {
    const auto table = make_random_table(seed);
    const auto other = make_random_table(seed + 1'000'000'007);
    SeededRandom random(seed ^ 0xC0FFEE);
    for (std::int64_t i = 0; i < kDamagesPerTable && planted < trials(); ++i) {
      const auto turn = seed * kDamagesPerTable + static_cast<std::uint64_t>(i);
      const auto kind = kDamageKinds[turn % kDamageKinds.size()];
      const auto damage = plant(kind, table.files, other.files, random);
      if (!damage) continue;
      const auto report = verify(damage->files);
      const auto found = to_text(report.findings);
      const auto all = found + to_text(report.notes);
      if (found.empty() && is_without_meaning(kind, *damage, table.files)) {
        ++counts["bits without meaning, not counted as trials"];
        continue;
      }
      ++planted;
      ++counts[std::string(name_of(kind))];
      bool named = false;
      for (const auto& name : damage->names) named |= all.find(name) != std::string::npos;
      if (named && !found.empty()) continue;
      ++violations;
      ADD_FAILURE() << "seed " << seed << ": " << damage->what << "\nfound:\n" << all;
    }
  }
  print("planted corruption", planted, violations, counts);
  if (trials() < kTrials) return;
  for (const auto kind : kDamageKinds) EXPECT_GT(counts[std::string(name_of(kind))], 0);
}

TEST(SoundTables, RaiseNoAlarm) {
  Counts counts;
  std::int64_t violations = 0;
  for (std::int64_t i = 0; i < trials(); ++i) {
    const auto seed = first_seed() + static_cast<std::uint64_t>(i);
    const auto table = make_random_table(seed);
    for (const auto& [what, times] : table.events) counts[what] += times;
    const auto found = to_text(verify(table.files).findings);
    if (found.empty()) continue;
    ++violations;
    ADD_FAILURE() << "seed " << seed << ":\n" << found;
  }
  print("sound tables", trials(), violations, counts);
  for (const char* what :
       {"commits", "compactions", "deaths", "files vacuumed", "gaps", "months", "races"}) {
    EXPECT_GT(counts[what], 0) << what;
  }
}

/// The newest entry of the main table that adds a file.
std::string newest_entry_with_a_file(const Files& files) {
  std::string newest;
  for (const auto& [path, content] : files) {
    const bool is_main = path.starts_with(std::string(kMain) + "/_delta_log/");
    if (is_main && path.ends_with(".json")) newest = path;
  }
  const bool adds = files.at(newest).find("\"add\"") != std::string::npos &&
                    files.at(newest).find("\"txn\"") != std::string::npos;
  return adds ? newest : "";
}

TEST(AnEntryGoneFromTheEnd, IsNotedWhereAFileStillTellsOfIt) {
  int looked_at = 0;
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    auto files = make_random_table(seed).files;
    const auto newest = newest_entry_with_a_file(files);
    if (newest.empty()) continue;
    files.erase(newest);
    const auto report = verify(files);
    if (!report.findings.empty()) continue;  // a checkpoint of that version tells of it
    ++looked_at;
    EXPECT_NE(to_text(report.notes).find("past the position"), std::string::npos) << seed;
  }
  EXPECT_GT(looked_at, 3);
}

TEST(AFileThatNoEntryNames, IsNoted) {
  auto files = make_random_table(1).files;
  for (const auto& [path, content] : files) {
    if (path.find("_delta_log") != std::string::npos || !path.starts_with(kMain)) continue;
    files[std::string(kMain) + "/copy.parquet"] = content;
    break;
  }
  const auto report = verify(files);
  EXPECT_EQ(to_text(report.findings), "");
  EXPECT_NE(to_text(report.notes).find("copy.parquet"), std::string::npos);
}

}  // namespace
}  // namespace punnet::corruption
