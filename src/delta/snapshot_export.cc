#include "delta/snapshot_export.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "delta/arrow_schema.h"
#include "delta/data_file.h"
#include "delta/delta_log.h"
#include "delta/snapshot.h"
#include "delta/table_schema.h"

#include <arrow/api.h>

namespace punnet {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;
constexpr std::chrono::seconds kCleanUpTime{30};

std::string join(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

std::string part_name(std::int64_t index) {
  auto digits = std::to_string(index);
  return "part-" + std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits +
         ".parquet";
}

Status publish_new(FileStore& target, std::unique_ptr<WritableFile> file, const std::string& path,
                   const CallContext& call) {
  PUNNET_TRY(const auto outcome, target.publish(std::move(file), call));
  if (outcome == PublishOutcome::kPublished) return ok();
  if (outcome == PublishOutcome::kLost) {
    return Error{ErrorCode::kExists, target.location(path) + " exists already"};
  }
  return Error{ErrorCode::kUnknownOutcome,
               target.location(path) + ": whether it was published is not known"};
}

/// A file that is gone is no surprise in an old version.
Error told(Error error, std::int64_t version, bool asked_for) {
  if (error.code != ErrorCode::kAbsent) return error;
  error.message += asked_for ? "; a vacuum removed what version " + std::to_string(version) +
                                   " needs: ask for a newer one"
                             : "; the table is damaged: `punnet verify` tells how far";
  return error;
}

/// Copies the bytes of one data file, after its rows were read without fault.
Status copy_file(const delta::DeltaLog& log, const delta::AddFile& file, FileStore& target,
                 const std::string& path, const CallContext& call) {
  PUNNET_TRY(const auto source, log.files().open(log.data_path(file.path), call));
  PUNNET_TRY(auto copy, target.create(path, call));
  std::vector<char> chunk(kCopyBytes);
  for (std::int64_t position = 0; position < source->size();) {
    PUNNET_TRY(const auto read, source->read_at(position, chunk, call));
    if (read == 0) break;
    PUNNET_CHECK(copy->write(std::span<const char>(chunk).first(read), call));
    position += static_cast<std::int64_t>(read);
  }
  return publish_new(target, std::move(copy), path, call);
}

}  // namespace

Result<ExportReport> export_delta_snapshot(FileStore& files, std::string_view table,
                                           std::optional<std::int64_t> version, FileStore& target,
                                           std::string_view directory, const CallContext& call) {
  const delta::DeltaLog log(files, std::string(table));
  PUNNET_TRY(const auto snapshot, delta::load_snapshot(log, version, call));
  PUNNET_TRY(const auto there, target.list(directory, call));
  if (!there.empty()) {
    return Error{ErrorCode::kExists, target.location(directory) +
                                         " is not empty: name a directory that does not exist"};
  }
  PUNNET_TRY(const auto columns,
             delta::parse_schema(snapshot.metadata.schema_string, log.location()));
  PUNNET_TRY(const auto schema, delta::arrow_schema(columns));

  ExportReport report;
  report.version = snapshot.version;
  std::vector<std::string> written;
  const auto copy_all = [&]() -> Status {
    for (const auto& [path, file] : snapshot.files) {
      const auto count = [&](const delta::BatchPointer& batch) -> Status {
        report.rows += batch->num_rows();
        return ok();
      };
      auto read = delta::read_data_file(log, file, schema, std::nullopt, count, call);
      if (!read) return told(std::move(read).error(), snapshot.version, version.has_value());
      const auto to = join(directory, part_name(report.files));
      PUNNET_CHECK(copy_file(log, file, target, to, call));
      written.push_back(to);
      ++report.files;
      report.bytes += file.size_bytes;
    }
    const auto marker = join(directory, "_SUCCESS");
    PUNNET_TRY(auto success, target.create(marker, call));
    return publish_new(target, std::move(success), marker, call);
  };
  const auto copied = copy_all();
  if (!copied) {
    // A stop or a deadline that ended the export must not end the cleaning up.
    const auto cleaning = CallContext::within(kCleanUpTime);
    for (const auto& path : written) static_cast<void>(target.remove(path, cleaning));
    return copied.error();
  }
  return report;
}

}  // namespace punnet
