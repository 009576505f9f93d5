#include "spark/als_model_directory.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "parquet/part_directory.h"
#include "spark/factor_table.h"
#include "spark/sha256.h"
#include "spark/text_parts.h"

namespace punnet {
namespace {

constexpr std::size_t kMetadataLimitBytes = std::size_t{1} << 20;

std::string below(std::string_view directory, std::string_view name) {
  while (directory.ends_with('/')) directory.remove_suffix(1);
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

template <typename Id>
bool fits_int32(const IdIndex<Id>& index) {
  const auto ids = index.ids();
  return ids.empty() ||
         (fits(ids.front().value, IdType::kInt32) && fits(ids.back().value, IdType::kInt32));
}

/// True when ids are to stand in the tables as they are.
Result<bool> keep_ids(const Model& model, std::optional<IdType> id_type) {
  const bool narrow = fits_int32(model.users) && fits_int32(model.items);
  if (!id_type) return narrow;
  if (*id_type == IdType::kInt64) return false;
  if (narrow) return true;
  return Error{ErrorCode::kInvalid,
               "the model has ids that need more than the 32 bits Spark has for them; with id type "
               "int64 Spark sees rows instead, and a table beside them keeps the ids"};
}

bool all_finite(const FactorMatrix& factors) {
  return std::all_of(factors.values().begin(), factors.values().end(),
                     [](float value) { return std::isfinite(value); });
}

Status check_writable(const Model& model) {
  const auto invalid = [](const std::string& problem) {
    return Error{ErrorCode::kInvalid, "a model with " + problem + " cannot be stored"};
  };
  if (model.user_factors.rank() < 1) return invalid("no factors");
  if (model.user_factors.rank() != model.item_factors.rank()) return invalid("two ranks");
  if (model.users.size() != model.user_factors.rows() ||
      model.items.size() != model.item_factors.rows()) {
    return invalid("other numbers of ids than of factors");
  }
  if (!all_finite(model.user_factors) || !all_finite(model.item_factors)) {
    return invalid("factors that are not finite");
  }
  return ok();
}

/// Like Spark's, but told by the factors, so that the same model gets the same.
std::string uid_of(const Model& model) {
  Sha256 hash;
  for (const auto* factors : {&model.user_factors, &model.item_factors}) {
    const auto bytes = std::as_bytes(factors->values());
    hash.update({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  return "ALS_" + hash.finish().substr(0, 12);
}

template <typename Id>
Status write_side(FileStore& files, std::string_view directory, std::string_view factors_name,
                  std::string_view ids_name, const IdIndex<Id>& index, const FactorMatrix& factors,
                  bool narrow, const CallContext& call) {
  std::vector<std::int32_t> stored_ids;
  std::vector<std::int64_t> wide_ids;
  for (std::size_t row = 0; row < index.size(); ++row) {
    const auto id = index.ids()[row].value;
    stored_ids.push_back(static_cast<std::int32_t>(narrow ? id : static_cast<std::int64_t>(row)));
    wide_ids.push_back(id);
  }
  PUNNET_CHECK(
      write_factor_table(files, below(directory, factors_name), stored_ids, factors, call));
  return narrow ? ok() : write_wide_ids(files, below(directory, ids_name), wide_ids, call);
}

Status write_text(FileStore& files, const std::string& path, std::string_view text,
                  const CallContext& call) {
  PUNNET_TRY(auto file, files.create(path, call));
  PUNNET_CHECK(file->write(text, call));
  return publish_as_new(files, path, std::move(file), call);
}

template <typename Id>
struct Side {
  IdIndex<Id> index;
  FactorMatrix factors;
};

template <typename Id>
Result<Side<Id>> read_side(FileStore& files, std::string_view directory,
                           std::string_view factors_name, std::string_view ids_name, bool narrow,
                           int rank, std::size_t limit_bytes, const CallContext& call) {
  const auto factors_directory = below(directory, factors_name);
  PUNNET_TRY(const auto listed, files.list(factors_directory, call));
  if (listed.empty()) {
    return Error{ErrorCode::kCorrupt,
                 files.location(directory) + " has metadata but no " + std::string(factors_name)};
  }
  PUNNET_TRY(auto table, read_factor_table(files, factors_directory, rank, limit_bytes, call));
  std::vector<Id> ids;
  if (narrow) {
    for (const auto id : table.ids) ids.push_back(Id{id});
    return Side<Id>{IdIndex<Id>(std::move(ids)), std::move(table.factors)};
  }
  const auto ids_directory = below(directory, ids_name);
  PUNNET_TRY(const auto wide, read_wide_ids(files, ids_directory, limit_bytes, call));
  const auto rows = static_cast<std::int64_t>(table.ids.size());
  const bool dense = rows == 0 || (table.ids.front() == 0 && table.ids.back() == rows - 1);
  if (!dense || wide.size() != table.ids.size()) {
    return Error{ErrorCode::kCorrupt, files.location(ids_directory) + " maps " +
                                          std::to_string(wide.size()) + " rows where " +
                                          files.location(factors_directory) + " has " +
                                          std::to_string(rows)};
  }
  for (const auto id : wide) ids.push_back(Id{id});
  return Side<Id>{IdIndex<Id>(std::move(ids)), std::move(table.factors)};
}

}  // namespace

Status write_als_model(FileStore& files, std::string_view directory, const Model& model,
                       const AlsModelWriteOptions& options, const CallContext& call) {
  PUNNET_CHECK(check_writable(model));
  PUNNET_TRY(const bool narrow, keep_ids(model, options.id_type));
  AlsMetadata metadata;
  metadata.uid = uid_of(model);
  metadata.written = options.written;
  metadata.user_column = options.user_column;
  metadata.item_column = options.item_column;
  metadata.cold_start_strategy = options.cold_start_strategy;
  metadata.rank = model.user_factors.rank();
  PUNNET_CHECK(
      write_text(files, below(directory, "metadata/part-00000"), to_json_line(metadata), call));
  PUNNET_CHECK(write_text(files, below(directory, "metadata/_SUCCESS"), "", call));
  PUNNET_CHECK(write_side(files, directory, "userFactors", "_ids/users", model.users,
                          model.user_factors, narrow, call));
  return write_side(files, directory, "itemFactors", "_ids/items", model.items, model.item_factors,
                    narrow, call);
}

Result<AlsMetadata> read_als_model_metadata(FileStore& files, std::string_view directory,
                                            const CallContext& call) {
  const auto line = read_first_line(files, below(directory, "metadata"), kMetadataLimitBytes, call);
  if (line) return parse_als_metadata(line->text, line->location);
  const auto code = line.error().code;
  if (code != ErrorCode::kAbsent && code != ErrorCode::kCorrupt) return line.error();
  return Error{code, files.location(directory) + " holds no model: " + line.error().message};
}

Result<AlsModel> read_als_model(FileStore& files, std::string_view directory,
                                const AlsModelReadOptions& options, const CallContext& call) {
  PUNNET_TRY(auto metadata, read_als_model_metadata(files, directory, call));
  PUNNET_TRY(const auto wide_ids, files.list(below(directory, "_ids"), call));
  const bool narrow = wide_ids.empty();
  PUNNET_TRY(auto users, read_side<UserId>(files, directory, "userFactors", "_ids/users", narrow,
                                           metadata.rank, options.limit_bytes, call));
  PUNNET_TRY(auto items, read_side<ItemId>(files, directory, "itemFactors", "_ids/items", narrow,
                                           metadata.rank, options.limit_bytes, call));
  AlsModel read{.metadata = std::move(metadata), .model = {}};
  read.model.users = std::move(users.index);
  read.model.items = std::move(items.index);
  read.model.user_factors = std::move(users.factors);
  read.model.item_factors = std::move(items.factors);
  return read;
}

}  // namespace punnet
