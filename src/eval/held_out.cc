#include "eval/held_out.h"

#include <algorithm>
#include <utility>

namespace punnet {
namespace {

struct NamedLists {
  std::string name;
  bool is_model = false;
  Lists lists;
};

/// One vector per metric, one value per user.
using MetricValues = std::vector<std::vector<double>>;

MetricValues score_all(const HeldOutTask& task, const Lists& lists, std::size_t k) {
  MetricValues values(kMetricColumns.size(), std::vector<double>(task.users.size()));
  for (std::size_t u = 0; u < task.users.size(); ++u) {
    const auto metrics = score_list(lists[u], task.truth[u], k);
    for (std::size_t m = 0; m < kMetricColumns.size(); ++m) {
      values[m][u] = metrics.*kMetricColumns[m].value;
    }
  }
  return values;
}

std::vector<NamedLists> make_all_lists(const HeldOutTask& task, std::span<const Purchase> history,
                                       std::span<const Contender> models,
                                       const HeldOutConfig& config) {
  std::vector<NamedLists> all;
  for (const auto& model : models) {
    all.push_back(
        {model.name, true, model_lists(task, *model.recommender, config.k, config.threads)});
  }
  all.push_back({kPopularityName, false, popularity_lists(task, history, config.k)});
  if (task.track == Track::kAllPurchases) {
    all.push_back({kOwnFrequencyName, false, own_frequency_lists(task, history, config.k)});
  }
  all.push_back({kRandomName, false, random_lists(task, config.k, config.seed)});
  return all;
}

double mean_size(const std::vector<std::vector<ItemId>>& lists) {
  if (lists.empty()) return 0;
  std::size_t sum = 0;
  for (const auto& list : lists) sum += list.size();
  return static_cast<double>(sum) / static_cast<double>(lists.size());
}

TrackScores score_track(const HeldOutTask& task, std::span<const NamedLists> all,
                        const HeldOutConfig& config) {
  TrackScores scores{.track = task.track,
                     .users = task.users.size(),
                     .truth_size = mean_size(task.truth),
                     .scores = {}};
  const Bootstrap bootstrap(task.users.size(), config.resamples, config.seed);
  MetricValues first;
  for (const auto& contender : all) {
    auto values = score_all(task, contender.lists, config.k);
    ContenderScore score;
    score.name = contender.name;
    score.is_model = contender.is_model;
    for (std::size_t m = 0; m < values.size(); ++m) {
      score.metrics.push_back(bootstrap.estimate(values[m]));
      if (!first.empty()) {
        score.first_minus.push_back(bootstrap.paired_difference(first[m], values[m]));
      }
    }
    score.coverage = measure_coverage(contender.lists, task.catalogue.size());
    scores.scores.push_back(std::move(score));
    if (first.empty()) first = std::move(values);
  }
  return scores;
}

}  // namespace

HeldOutReport evaluate_held_out(std::span<const Purchase> history, std::span<const Purchase> later,
                                std::span<const ItemId> catalogue,
                                std::span<const Contender> models, const HeldOutConfig& config) {
  HeldOutReport report;
  report.k = config.k;
  report.history_rows = history.size();
  report.later_rows = later.size();
  for (const auto track : {Track::kAllPurchases, Track::kNewItems}) {
    const auto task = make_held_out_task(track, history, later, catalogue);
    report.catalogue_items = task.catalogue.size();
    const auto lists = make_all_lists(task, history, models, config);
    report.tracks.push_back(score_track(task, lists, config));
  }
  return report;
}

const ContenderScore* find_score(const TrackScores& track, std::string_view name) {
  const auto at = std::find_if(track.scores.begin(), track.scores.end(),
                               [&](const ContenderScore& score) { return score.name == name; });
  return at == track.scores.end() ? nullptr : &*at;
}

}  // namespace punnet
