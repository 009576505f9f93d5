#include "app/shop_data.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "app/shop_layout.h"
#include "parquet/csv_table.h"
#include "parquet/purchase_reader.h"

namespace punnet {
namespace {

constexpr std::size_t kTextLimit = std::size_t{1} << 30;

Error name_maker(Error error, std::string_view maker) {
  if (error.code == ErrorCode::kAbsent) {
    error.message += "; run `punnet " + std::string(maker) + "` first";
  }
  return error;
}

Result<ItemId> read_id(std::string_view text, const std::string& where) {
  ItemId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (error == std::errc{} && end == text.data() + text.size()) return id;
  return Error{ErrorCode::kCorrupt,
               where + ": \"" + std::string(text) + "\" is no item id; run `punnet prepare` again"};
}

/// A table that punnet wrote itself, its header checked.
Result<CsvTable> read_own_table(FileStore& files, std::string_view path,
                                const std::vector<std::string>& header, const CallContext& call) {
  auto table = read_csv_table(files, path, kTextLimit, call);
  if (!table) return name_maker(std::move(table).error(), "prepare");
  if (table->header != header) {
    return Error{ErrorCode::kCorrupt, files.location(path) +
                                          ": the header is not what `punnet prepare` writes; run "
                                          "it again"};
  }
  return table;
}

const std::vector<std::string> kFeatureHeader{"product_id", "department", "category"};
const std::vector<std::string> kNameHeader{"product_id", "name"};
const std::vector<std::string> kTopHeader{"product_id"};

}  // namespace

Result<ShopPurchases> read_shop_purchases(FileStore& files, std::string_view path,
                                          std::string_view maker, const CallContext& call) {
  auto schema = read_purchase_schema(files, path, call);
  if (!schema) return name_maker(std::move(schema).error(), maker);
  PurchaseReadOptions options;
  options.columns = own_columns(*schema);
  options.id_type = schema->id_type;
  PUNNET_TRY(auto rows, read_purchases(files, path, options, call));
  return ShopPurchases{std::move(rows), *schema};
}

Result<PurchaseSchema> read_shop_schema(FileStore& files, const CallContext& call) {
  for (const auto* path : {kPreparedPurchases, kHistoricalPurchases}) {
    auto schema = read_purchase_schema(files, path, call);
    if (schema || schema.error().code != ErrorCode::kAbsent) return schema;
  }
  return PurchaseSchema{};
}

std::vector<ItemId> ShopItems::catalogue() const {
  std::vector<ItemId> ids;
  ids.reserve(features.size());
  for (const auto& [item, feature] : features) ids.push_back(item);
  return ids;
}

Result<StagedFiles> stage_shop_items(FileStore& files, const ShopItems& items,
                                     const CallContext& call) {
  CsvTable names{kNameHeader, {}};
  for (const auto& [item, name] : items.names) {
    names.rows.push_back({std::to_string(item.value), name});
  }
  CsvTable features{kFeatureHeader, {}};
  for (const auto& [item, feature] : items.features) {
    features.rows.push_back({std::to_string(item.value), feature.department, feature.category});
  }
  CsvTable top{kTopHeader, {}};
  for (const auto item : items.top_5) top.rows.push_back({std::to_string(item.value)});
  StagedFiles staged;
  for (const auto& [path, table] :
       {std::pair(kPreparedItems, &names), std::pair(kPreparedFeatures, &features),
        std::pair(kPreparedTop, &top)}) {
    PUNNET_TRY(auto file, files.create(path, call));
    PUNNET_CHECK(file->write(to_csv(*table), call));
    staged.push_back(std::move(file));
  }
  return staged;
}

Result<ShopItems> read_shop_items(FileStore& files, const CallContext& call) {
  ShopItems items;
  PUNNET_TRY(auto features, read_own_table(files, kPreparedFeatures, kFeatureHeader, call));
  for (auto& row : features.rows) {
    PUNNET_TRY(const auto id, read_id(row[0], files.location(kPreparedFeatures)));
    items.features.emplace_back(id, ItemFeatures{std::move(row[1]), std::move(row[2])});
  }
  PUNNET_TRY(auto names, read_own_table(files, kPreparedItems, kNameHeader, call));
  for (auto& row : names.rows) {
    PUNNET_TRY(const auto id, read_id(row[0], files.location(kPreparedItems)));
    items.names.emplace_back(id, std::move(row[1]));
  }
  PUNNET_TRY(const auto top, read_own_table(files, kPreparedTop, kTopHeader, call));
  for (const auto& row : top.rows) {
    PUNNET_TRY(const auto id, read_id(row[0], files.location(kPreparedTop)));
    items.top_5.push_back(id);
  }
  return items;
}

}  // namespace punnet
