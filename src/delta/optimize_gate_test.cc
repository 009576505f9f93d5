// What stands between a compaction and a table with other rows.
#include <arrow/api.h>
#include <arrow/array/concatenate.h>
#include <arrow/device.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "delta/arrow_schema.h"
#include "delta/data_file.h"
#include "delta/optimize.h"
#include "delta/row_fingerprint.h"
#include "delta/snapshot.h"
#include "delta/table_schema.h"
#include "tests/support/delta_world.h"

namespace punnet {
namespace {

using delta::BatchPointer;

constexpr int kInjections = 100;
constexpr Offset kRows = 60;

BatchPointer put_together(const std::vector<BatchPointer>& parts) {
  auto whole = arrow::ConcatenateRecordBatches(parts);
  EXPECT_TRUE(whole.ok()) << whole.status();
  return *whole;
}

/// A copy that outlives the file it was read from.
BatchPointer kept(const BatchPointer& rows) {
  auto copy = rows->CopyTo(arrow::default_cpu_memory_manager());
  EXPECT_TRUE(copy.ok()) << copy.status();
  return *copy;
}

/// Rows [from, to) stand there `times` times.
BatchPointer repeated(const BatchPointer& rows, std::int64_t from, std::int64_t to, int times) {
  std::vector<BatchPointer> parts{rows->Slice(0, from)};
  for (int i = 0; i < times; ++i) parts.push_back(rows->Slice(from, to - from));
  parts.push_back(rows->Slice(to));
  return put_together(parts);
}

/// Row `to` has in one column the value of another row, the first from `from` on that differs.
BatchPointer altered(const BatchPointer& rows, int column, std::int64_t to, std::int64_t from) {
  const auto values = rows->column(column);
  for (std::int64_t i = 0; i < rows->num_rows(); ++i) {
    const auto other = values->Slice((from + i) % rows->num_rows(), 1);
    if (other->Equals(values->Slice(to, 1))) continue;
    const auto mixed = arrow::Concatenate({values->Slice(0, to), other, values->Slice(to + 1)});
    EXPECT_TRUE(mixed.ok()) << mixed.status();
    return *rows->SetColumn(column, rows->schema()->field(column), *mixed);
  }
  return nullptr;  // the column has one value only
}

/// The rows with some of them lost, repeated or changed.
BatchPointer damaged(const BatchPointer& rows, std::mt19937& random) {
  const auto below = [&](std::int64_t limit) {
    return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random);
  };
  const auto from = below(rows->num_rows());
  const auto to = from + 1 + below(rows->num_rows() - from);
  switch (below(5)) {
    case 0:
      return repeated(rows, from, from + 1, 0);
    case 1:
      return repeated(rows, from, from + 1, 2);
    case 2:
      return repeated(rows, from, to, 0);
    case 3:
      return repeated(rows, from, to, 2);
    default: {
      const auto column = static_cast<int>(below(rows->num_columns()));
      const auto changed = altered(rows, column, from, below(rows->num_rows()));
      return changed ? changed : damaged(rows, random);
    }
  }
}

class OptimizeGate : public testing::Test {
 protected:
  OptimizeGate() {
    const auto sink = world_.open_sink();
    for (Offset offset = 0; offset < kRows; offset += 6) {
      world_.commit(*sink, 0, offset, offset + 6);
    }
  }

  /// The file that a compaction would write, of which `change` has changed the rows.
  template <typename Change>
  std::string compacted(const Change& change) {
    const auto snapshot = *delta::load_snapshot(log_, std::nullopt, patiently());
    const auto schema = *delta::arrow_schema(
        *delta::parse_schema(snapshot.metadata.schema_string, log_.location()));
    std::vector<BatchPointer> batches;
    delta::FileFooter footer;
    for (const auto& [path, file] : snapshot.files) {
      EXPECT_THAT(delta::read_data_file(
                      log_, file, schema, std::nullopt,
                      [&](const BatchPointer& batch) {
                        batches.push_back(kept(batch));
                        return ok();
                      },
                      patiently()),
                  Succeeds());
      const auto part = *delta::read_footer(log_, path, patiently());
      footer.topic = part->topic;
      footer.topic_id = part->topic_id;
      footer.model_versions = part->model_versions;
      footer.ranges.insert(footer.ranges.end(), part->ranges.begin(), part->ranges.end());
    }
    footer.ranges = delta::merge_ranges(std::move(footer.ranges));
    const auto whole = put_together(batches);
    const auto rows = change(whole);
    describe(*whole, *rows);
    auto writer =
        *delta::create_data_file(log_, "changed.parquet", schema, world_.clock, patiently());
    EXPECT_THAT(writer->write(*rows), Succeeds());
    EXPECT_THAT(writer->finish(footer), Succeeds());
    auto bytes = world_.content(log_.data_path("changed.parquet"));
    world_.remove(log_.data_path("changed.parquet"));
    return bytes;
  }

  /// Compacts while the file that was written is found to hold `bytes`.
  Result<OptimizeReport> optimize_into(const std::string& bytes) {
    world_.overwrite("elsewhere.parquet", bytes);
    world_.files.on_open = [](const std::string& path) {
      return path.find("part-gate-") == std::string::npos ? path : "elsewhere.parquet";
    };
    OptimizeOptions options;
    options.writer_id = "gate";
    auto report =
        optimize_delta_table(world_.files, "new_purchases", options, world_.clock, patiently());
    world_.files.on_open = nullptr;
    return report;
  }

  DeltaWorld world_;
  delta::DeltaLog log_{world_.files, "new_purchases"};
  std::string difference_;  ///< that fingerprints see between what was and what was written

 private:
  void describe(const arrow::RecordBatch& before, const arrow::RecordBatch& after) {
    delta::Fingerprint one;
    delta::Fingerprint other;
    EXPECT_THAT(one.add(before), Succeeds());
    EXPECT_THAT(other.add(after), Succeeds());
    difference_ = delta::difference(one, other);
  }
};

TEST_F(OptimizeGate, RefusesRowsThatWereLostRepeatedOrChanged) {
  const auto files = world_.paths("new_purchases", "");
  const auto rows = world_.rows();
  std::mt19937 random(21);
  for (int i = 0; i < kInjections; ++i) {
    SCOPED_TRACE(i);
    const auto bytes = compacted([&](const BatchPointer& whole) { return damaged(whole, random); });
    EXPECT_NE(difference_, "");
    EXPECT_THAT(optimize_into(bytes), FailsWith(ErrorCode::kCorrupt));
    EXPECT_EQ(world_.paths("new_purchases", ""), files) << "the inputs stay, and nothing else";
  }
  EXPECT_EQ(world_.rows(), rows);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(OptimizeGate, SeesNoDifferenceInAnotherOrder) {
  static_cast<void>(compacted([](const BatchPointer& whole) {
    return put_together({whole->Slice(kRows / 2), whole->Slice(0, kRows / 2)});
  }));
  EXPECT_EQ(difference_, "");
}

}  // namespace
}  // namespace punnet
