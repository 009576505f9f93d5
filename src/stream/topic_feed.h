#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "domain/enriched_purchase.h"
#include "ports/event_log.h"
#include "ports/purchase_sink.h"
#include "ports/recommendation_feed.h"

namespace punnet {

/// Header of a message of a feed: "<topic>/<partition>/<offset>" of the event that it is about.
inline constexpr char kFeedSourceHeader[] = "punnet-source";

/// The messages about the rows of a run, one a row:
/// {"user_id":1645,"item_id":9416653,"recommendations":[1082185,…],"source":"model","model":"3"}
FeedRun feed_run(const EnrichedRun& run, std::string_view model_version);

/// The header's value for an event.
std::string feed_source(std::string_view topic, Partition partition, Offset offset);

/// A feed into the topic `to`: keyed by user, so that the lists of one user stay in order, and
/// spread over partitions as Java's producer does. Messages may repeat after an error or a restart;
/// their headers name the event in the topic `from`. `log` outlives it.
std::unique_ptr<RecommendationFeed> make_topic_feed(EventLog& log, TopicInfo to, std::string from);

}  // namespace punnet
