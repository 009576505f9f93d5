#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/ids.h"
#include "domain/item.h"
#include "domain/purchase.h"
#include "ports/file_store.h"

namespace punnet {

/// Purchases of a shop and what their files carry.
struct ShopPurchases {
  std::vector<Purchase> rows;
  PurchaseSchema schema;
};

/// Reads a directory that punnet wrote. Where there is none, kAbsent names `maker`, the command
/// that makes it.
Result<ShopPurchases> read_shop_purchases(FileStore& files, std::string_view path,
                                          std::string_view maker, const CallContext& call);

/// What the purchases of a shop carry, as fixed by `prepare`; the plain form where nothing was
/// prepared.
Result<PurchaseSchema> read_shop_schema(FileStore& files, const CallContext& call);

/// The catalogue and the names, as `prepare` left them.
struct ShopItems {
  std::vector<std::pair<ItemId, ItemFeatures>> features;  ///< the catalogue, ascending
  std::vector<std::pair<ItemId, std::string>> names;      ///< ascending
  std::vector<ItemId> top_5;                              ///< best first

  std::vector<ItemId> catalogue() const;
};

/// Files that are written and wait to be put in place by FileStore::replace.
using StagedFiles = std::vector<std::unique_ptr<WritableFile>>;

Result<StagedFiles> stage_shop_items(FileStore& files, const ShopItems& items,
                                     const CallContext& call);

/// kAbsent, naming `prepare`, where there are none.
Result<ShopItems> read_shop_items(FileStore& files, const CallContext& call);

}  // namespace punnet
