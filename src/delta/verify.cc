#include "delta/verify.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "delta/file_stats.h"
#include "delta/table_facts.h"
#include "delta/topic_positions.h"

namespace punnet {
namespace {

using delta::RangeClaim;
using delta::TableFacts;

std::string describe(Partition partition, OffsetRange range) {
  return "partition " + std::to_string(partition) + " offsets [" + std::to_string(range.start) +
         ", " + std::to_string(range.next) + ")";
}

std::vector<RangeClaim> of_partition(const std::vector<RangeClaim>& claims, Partition partition) {
  std::vector<RangeClaim> found;
  for (const auto& claim : claims) {
    if (claim.covered.partition == partition) found.push_back(claim);
  }
  std::sort(found.begin(), found.end(), [](const RangeClaim& a, const RangeClaim& b) {
    return std::tie(a.covered.range, a.place) < std::tie(b.covered.range, b.place);
  });
  return found;
}

std::int64_t count_inside(const std::vector<Offset>& ascending, OffsetRange range) {
  return std::lower_bound(ascending.begin(), ascending.end(), range.next) -
         std::lower_bound(ascending.begin(), ascending.end(), range.start);
}

/// Holds what the main table and the rejects say about one partition against each other.
class PartitionCheck {
 public:
  PartitionCheck(const TableFacts& main, const TableFacts& rejects, std::string place,
                 std::string rejects_place, Partition partition, std::optional<Offset> position,
                 VerifyReport& report)
      : main_(main),
        rejects_table_(rejects),
        place_(std::move(place)),
        rejects_place_(std::move(rejects_place)),
        partition_(partition),
        position_(position),
        report_(report),
        commits_(of_partition(main.commits, partition)),
        rejects_commits_(of_partition(rejects.commits, partition)),
        footers_(of_partition(main.footers, partition)) {
    if (const auto found = main.offsets.find(partition); found != main.offsets.end()) {
      rows_ = found->second;
    }
    if (const auto found = rejects.offsets.find(partition); found != rejects.offsets.end()) {
      rejects_ = found->second;
    }
  }

  void run() {
    check_unique(rows_, "row", main_, place_);
    check_unique(rejects_, "reject", rejects_table_, rejects_place_);
    check_counts_of_rejects();
    check_disjoint();
    check_overlaps(commits_);
    check_overlaps(footers_);
    if (!position_) {
      if (!rows_.empty())
        find(place_, "rows of partition " + std::to_string(partition_) + " without a position");
      return;
    }
    if (*position_ < 0) {
      find(place_, "the position of partition " + std::to_string(partition_) + " is negative");
      return;
    }
    if (!rows_.empty() && rows_.back() >= *position_) {
      find(place_, describe(partition_, {rows_.back(), rows_.back() + 1}) +
                       " is a row, but the position is " + std::to_string(*position_));
    }
    check_counts();
    check_gaps();
    count_held();
  }

 private:
  void find(std::string place, std::string what) {
    report_.findings.push_back({std::move(place), std::move(what)});
  }

  void check_unique(const std::vector<Offset>& ascending, std::string_view kind,
                    const TableFacts& table, const std::string& place) {
    const auto twice = std::adjacent_find(ascending.begin(), ascending.end());
    if (twice == ascending.end()) return;
    const OffsetRange range{*twice, *twice + 1};
    find(place, describe(partition_, range) + " is more than one " + std::string(kind) +
                    files_with(table, range));
  }

  /// The files that may hold these offsets, for a message.
  std::string files_with(const TableFacts& table, OffsetRange range) const {
    std::string names;
    for (const auto& [path, file] : table.snapshot.files) {
      if (!delta::parse_stats(file.stats).may_hold(partition_, range)) continue;
      names += (names.empty() ? "; it may be in " : ", ") + path;
    }
    return names;
  }

  /// What the commits of the rejects' own table tell. One that makes up for rejects that an earlier
  /// one left out lies inside of its range.
  void check_counts_of_rejects() {
    if (rejects_table_.rows_were_deleted) return;
    const auto found_before = report_.findings.size();
    std::int64_t told = 0;
    for (const auto& [covered, place] : rejects_commits_) {
      const auto there = count_inside(rejects_, covered.range);
      told += std::min(covered.rejects, static_cast<std::int64_t>(rejects_.size()) + 1);
      if (covered.rows != 0) {
        find(place, describe(partition_, covered.range) + " tells of rows in a table of rejects");
      } else if (there < covered.rejects) {
        find(place, describe(partition_, covered.range) + ": " + std::to_string(covered.rejects) +
                        " rejects were committed, " + std::to_string(there) + " are there");
      }
    }
    const auto there = static_cast<std::int64_t>(rejects_.size());
    if (report_.findings.size() == found_before && rejects_table_.log_is_whole && told != there) {
      find(rejects_place_, "the commits tell of " + std::to_string(told) +
                               " rejects of partition " + std::to_string(partition_) + ", " +
                               std::to_string(there) + " are there");
    }
  }

  void check_disjoint() {
    for (const auto offset : rejects_) {
      if (!std::binary_search(rows_.begin(), rows_.end(), offset)) continue;
      find(place_, describe(partition_, {offset, offset + 1}) + " is a row and a reject");
      return;
    }
  }

  void check_overlaps(const std::vector<RangeClaim>& claims) {
    for (std::size_t i = 1; i < claims.size(); ++i) {
      const auto& earlier = claims[i - 1].covered.range;
      const auto& later = claims[i].covered.range;
      if (later.start >= earlier.next) continue;
      find(claims[i].place, describe(partition_, later) + " overlaps " +
                                describe(partition_, earlier) + " of " + claims[i - 1].place);
      return;
    }
  }

  /// Each commit's own count against what is there now.
  void check_counts() {
    for (const auto& [covered, place] : commits_) {
      const auto rows = count_inside(rows_, covered.range);
      if (rows != covered.rows && !main_.rows_were_deleted) {
        find(place, describe(partition_, covered.range) + ": " + std::to_string(covered.rows) +
                        " rows were committed, " + std::to_string(rows) + " are there");
      }
      const auto rejects = count_inside(rejects_, covered.range);
      // A reject may have been kept before its event was lost to the main table.
      if (rejects != covered.rejects && covered.gap == 0) {
        find(place, describe(partition_, covered.range) + ": " + std::to_string(covered.rejects) +
                        " events were rejected, " + std::to_string(rejects) + " are there");
      }
    }
  }

  /// Every offset up to the position is covered by something.
  void check_gaps() {
    std::vector<OffsetRange> covered;
    for (const auto& claim : commits_) covered.push_back(claim.covered.range);
    for (const auto& claim : footers_) covered.push_back(claim.covered.range);
    for (const auto offset : rows_) covered.push_back({offset, offset + 1});
    const auto first = first_of_main();
    for (const auto offset : rejects_) {
      if (offset >= first.value_or(offset)) covered.push_back({offset, offset + 1});
    }
    std::sort(covered.begin(), covered.end());
    if (covered.empty()) {
      report_.notes.push_back(
          {place_, "nothing is left that tells of partition " + std::to_string(partition_)});
      return;
    }
    Offset reached = covered.front().start;
    for (const auto& range : covered) {
      if (range.start >= *position_) break;
      if (range.start > reached) gap({reached, range.start});
      reached = std::max(reached, range.next);
    }
    if (reached < *position_) gap({reached, *position_});
  }

  /// The first offset that the main table tells of. A reject before it was kept by a commit that
  /// never came about, and its event was gone when the first one did.
  std::optional<Offset> first_of_main() const {
    std::optional<Offset> first;
    const auto take = [&](Offset offset) { first = std::min(first.value_or(offset), offset); };
    if (!commits_.empty()) take(commits_.front().covered.range.start);
    if (!footers_.empty()) take(footers_.front().covered.range.start);
    if (!rows_.empty()) take(rows_.front());
    return first;
  }

  void count_held() {
    Offset start = first_of_main().value_or(*position_);
    if (!first_of_main() && !rejects_.empty()) start = std::min(start, rejects_.front());
    const OffsetRange range{start, *position_};
    auto absent = range.size() - count_inside(rows_, range) - count_inside(rejects_, range);
    std::vector<OffsetRange> gaps;
    for (const auto& [covered, place] : commits_) {
      if (covered.gap == 0) continue;
      gaps.push_back(covered.range);
      absent -= covered.range.size() - count_inside(rejects_, covered.range);
    }
    report_.held[partition_] = {range, std::max<std::int64_t>(0, absent), std::move(gaps)};
  }

  void gap(OffsetRange range) {
    const auto what = describe(partition_, range);
    if (main_.log_is_whole) {
      find(place_, what + " are covered by no commit");
    } else {
      report_.notes.push_back(
          {place_, what + " are neither rows nor rejects; the log no longer tells whether a commit "
                          "recorded them as holes"});
    }
  }

  const TableFacts& main_;
  const TableFacts& rejects_table_;
  const std::string place_;
  const std::string rejects_place_;
  const Partition partition_;
  const std::optional<Offset> position_;
  VerifyReport& report_;
  const std::vector<RangeClaim> commits_;
  const std::vector<RangeClaim> rejects_commits_;
  const std::vector<RangeClaim> footers_;
  std::vector<Offset> rows_;
  std::vector<Offset> rejects_;
};

}  // namespace

Result<VerifyReport> verify_delta_tables(FileStore& files, std::string_view table,
                                         std::string_view rejects_table, const CallContext& call) {
  const delta::DeltaLog main_log(files, std::string(table));
  const delta::DeltaLog rejects_log(files, std::string(rejects_table));
  // Rejects are committed first: read last, they tell of all that the main table knows.
  PUNNET_TRY(auto main, delta::gather_facts(main_log, call));
  PUNNET_TRY(auto rejects, delta::gather_facts(rejects_log, call));

  VerifyReport report;
  report.findings = std::move(main.findings);
  report.findings.insert(report.findings.end(), rejects.findings.begin(), rejects.findings.end());
  report.notes = std::move(main.notes);
  report.notes.insert(report.notes.end(), rejects.notes.begin(), rejects.notes.end());
  if (!main.readable || !rejects.readable) return report;
  report.readable = true;
  report.version = main.snapshot.version;
  report.files =
      static_cast<std::int64_t>(main.snapshot.files.size() + rejects.snapshot.files.size());
  report.bytes = main.bytes + rejects.bytes;
  report.rows = main.rows;
  report.rejects = rejects.rows;

  std::map<Partition, std::optional<Offset>> partitions;
  for (const auto& [partition, offsets] : main.offsets) partitions[partition];
  for (const auto& [partition, offsets] : rejects.offsets) partitions[partition];
  for (const auto& [partition, position] : delta::positions_of(main.snapshot, main.topic_id)) {
    partitions[partition] = position;
  }
  for (const auto& [partition, position] : partitions) {
    PartitionCheck(main, rejects, main_log.location(), rejects_log.location(), partition, position,
                   report)
        .run();
  }
  return report;
}

}  // namespace punnet
