#pragma once

namespace punnet {

/// Where things lie below the files URI of a shop.
inline constexpr char kPreparedPurchases[] = "prepared/purchases";
inline constexpr char kPreparedItems[] = "prepared/items.csv";
inline constexpr char kPreparedFeatures[] = "prepared/item_features.csv";
inline constexpr char kPreparedTop[] = "prepared/top_5_by_category.csv";
inline constexpr char kPreparedReport[] = "prepared/report.json";
inline constexpr char kHistoricalPurchases[] = "historical_purchases";
inline constexpr char kForTopic[] = "for_topic";
inline constexpr char kModels[] = "models";
inline constexpr char kNewPurchases[] = "new_purchases";
inline constexpr char kRejectedEvents[] = "rejected_events";

}  // namespace punnet
