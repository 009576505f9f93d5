#include "stream/precision_at_k.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace punnet {

std::optional<double> precision_at_k(std::span<const ItemId> recommended,
                                     std::span<const ItemId> own) {
  if (recommended.empty() || own.empty()) return std::nullopt;
  const auto hits = std::count_if(recommended.begin(), recommended.end(), [&](ItemId item) {
    return std::binary_search(own.begin(), own.end(), item);
  });
  return static_cast<double>(hits) / static_cast<double>(recommended.size());
}

PrecisionSummary summarize_precision(std::span<const EventPrecision> events) {
  std::vector<EventPrecision> by_user(events.begin(), events.end());
  std::stable_sort(by_user.begin(), by_user.end(),
                   [](const auto& a, const auto& b) { return a.user < b.user; });
  PrecisionSummary summary;
  double sum_of_means = 0;
  for (std::size_t at = 0; at < by_user.size();) {
    const UserId user = by_user[at].user;
    double sum = 0;
    std::int64_t counted = 0;
    for (; at < by_user.size() && by_user[at].user == user; ++at) {
      if (by_user[at].value) {
        sum += *by_user[at].value;
        ++counted;
      } else {
        ++summary.events_without;
      }
    }
    ++summary.users;
    if (counted == 0) continue;
    ++summary.counted_users;
    sum_of_means += sum / static_cast<double>(counted);
  }
  if (summary.counted_users > 0) {
    summary.average = sum_of_means / static_cast<double>(summary.counted_users);
  }
  return summary;
}

std::string to_text(const PrecisionSummary& summary) {
  char average[32] = "none";
  if (summary.average) std::snprintf(average, sizeof average, "%.4f", *summary.average);
  return std::string(average) + " over " + std::to_string(summary.counted_users) + " of " +
         std::to_string(summary.users) + " users";
}

}  // namespace punnet
