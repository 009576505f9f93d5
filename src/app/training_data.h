#pragma once

#include <string>
#include <vector>

#include "app/command.h"
#include "app/shop_data.h"
#include "base/result.h"
#include "domain/purchase.h"
#include "eval/held_out.h"
#include "ports/event_log.h"
#include "ports/file_store.h"
#include "training/train_model.h"

namespace punnet {

/// Purchases to learn from and where they came from.
struct TrainingData {
  std::vector<Purchase> rows;
  std::string version;   ///< "historical_purchases + new_purchases@12"
  bool of_shop = false;  ///< all of it lies in the shop, whose catalogue applies
};

/// Reads what `inputs` name, in their order: "historical_purchases" and "new_purchases" are the
/// shop's own; everything else is a path or URI: Parquet, CSV by the column settings, or a Delta
/// table that punnet wrote.
Result<TrainingData> read_training_data(const CommandContext& context, FileStore& files,
                                        const std::vector<std::string>& inputs);

/// The shop's catalogue and names; nothing where it was never prepared.
Result<ShopItems> read_items_if_any(FileStore& files, const CallContext& call);

/// What a person reads instead of an id: the name, else the category.
NameMap item_names(const ShopItems& items);

/// The events that the shop sent to its topic, as `split` left them.
Result<std::vector<Purchase>> read_for_topic(FileStore& files, const CallContext& call);

/// The purchases of a topic from `from` (partitions missing there: from their start) to its end;
/// events that do not parse are left out.
Result<std::vector<Purchase>> read_topic(EventLog& log, const TopicInfo& topic, Positions from,
                                         const PurchaseSchema& schema, const CallContext& call);

/// Puts the parameters that are set over those of `als`.
void apply_settings(const TrainingSettings& settings, AlsConfig& als);

/// The recipe and parameters of the settings.
Result<TrainConfig> train_config(const CommandContext& context, std::string data_version);

/// How models are measured on later purchases.
HeldOutConfig held_out_config(const CommandContext& context);

/// Trains, with a bar or log lines that tell how far it is.
Result<TrainedModel> train_with_progress(const CommandContext& context, TrainingData data,
                                         std::span<const ItemId> catalogue,
                                         const TrainConfig& config);

}  // namespace punnet
