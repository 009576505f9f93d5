#include "eval/report.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstddef>
#include <string_view>

#include "eval/text_table.h"
#include "json/json_text.h"

namespace punnet {
namespace {

namespace json = boost::json;

constexpr std::size_t kPrecision = 0;  // place in kMetricColumns

std::string title(Track track) {
  return track == Track::kAllPurchases ? "all purchases (repeats allowed)"
                                       : "new items only (never bought before)";
}

std::string item_text(ItemId item, const NameMap& names) {
  const auto at = names.find(item);
  if (at == names.end()) return std::to_string(item.value);
  return fmt::format("{} {}", item.value, at->second);
}

std::string interval_text(const Estimate& estimate) {
  return fmt::format("{:+.4f} [{:+.4f}, {:+.4f}]", estimate.mean, estimate.low, estimate.high);
}

/// "beats", "loses to" or "cannot be told from", by the interval of a difference.
std::string_view compare(const Estimate& first_minus_other) {
  if (first_minus_other.low > 0) return "beats";
  if (first_minus_other.high < 0) return "loses to";
  return "cannot be told from";
}

void add_comparisons(const HeldOutReport& report, const TrackScores& track,
                     std::vector<std::string>& sentences) {
  const auto& first = track.scores.front();
  for (const auto& other : track.scores) {
    if (other.first_minus.empty() || other.name == kRandomName) continue;
    const auto& difference = other.first_minus[kPrecision];
    if (other.name == kOwnFrequencyName && difference.high < 0) {
      sentences.push_back(fmt::format(
          "On {}, own frequency still wins: what users bought most often before has P@{} {:.4f} "
          "against {:.4f} of {} ({}).",
          title(track.track), report.k, other.metrics[kPrecision].mean,
          first.metrics[kPrecision].mean, first.name, interval_text(difference)));
      continue;
    }
    sentences.push_back(fmt::format("On {}, {} {} {} by P@{}: {}.", title(track.track), first.name,
                                    compare(difference), other.name, report.k,
                                    interval_text(difference)));
  }
}

void add_degenerates(const TrackScores& track, const NameMap& names,
                     std::vector<std::string>& sentences) {
  for (const auto& score : track.scores) {
    if (!score.is_model || !is_degenerate(score.coverage)) continue;
    const auto& coverage = score.coverage;
    sentences.push_back(fmt::format(
        "Degenerate on {}: {} puts {} into {} of its lists and shows {} items, {} of the "
        "catalogue: nearly everybody gets the same.",
        title(track.track), score.name, item_text(coverage.most_shown, names),
        percent(coverage.share_of_lists), with_commas(static_cast<int>(coverage.distinct_items)),
        percent(coverage.share_of_catalogue)));
  }
}

std::string metrics_table(const HeldOutReport& report, const TrackScores& track) {
  std::vector<std::string> header{""};
  for (const auto& column : kMetricColumns) {
    header.push_back(fmt::format("{}@{}", column.title, report.k));
  }
  header.push_back("95 % interval of P");
  header.push_back(track.scores.front().name + " minus this");
  TextTable table(std::move(header));
  for (const auto& score : track.scores) {
    std::vector<std::string> row{score.name};
    for (const auto& metric : score.metrics) row.push_back(fmt::format("{:.4f}", metric.mean));
    const auto& precision = score.metrics[kPrecision];
    row.push_back(fmt::format("[{:.4f}, {:.4f}]", precision.low, precision.high));
    row.push_back(score.first_minus.empty() ? "" : interval_text(score.first_minus[kPrecision]));
    table.add_row(std::move(row));
  }
  return table.text();
}

std::string coverage_table(const TrackScores& track, const NameMap& names) {
  TextTable table({"", "items shown", "of catalogue", "most shown in", "which is"});
  for (const auto& score : track.scores) {
    const auto& coverage = score.coverage;
    table.add_row({score.name, with_commas(static_cast<std::int64_t>(coverage.distinct_items)),
                   percent(coverage.share_of_catalogue), percent(coverage.share_of_lists),
                   coverage.lists == 0 ? "-" : item_text(coverage.most_shown, names)});
  }
  return table.text();
}

json::object to_object(const Estimate& estimate) {
  return {{"mean", estimate.mean}, {"low", estimate.low}, {"high", estimate.high}};
}

json::object to_object(const std::vector<Estimate>& metrics) {
  json::object object;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    object[kMetricColumns[m].name] = to_object(metrics[m]);
  }
  return object;
}

json::object to_object(const ContenderScore& score, const NameMap& names) {
  const auto& coverage = score.coverage;
  const auto at = names.find(coverage.most_shown);
  json::object object{{"name", score.name},
                      {"is_model", score.is_model},
                      {"metrics", to_object(score.metrics)},
                      {"lists", coverage.lists},
                      {"distinct_items", coverage.distinct_items},
                      {"share_of_catalogue", coverage.share_of_catalogue},
                      {"most_shown_item_id", coverage.most_shown.value},
                      {"most_shown_share_of_lists", coverage.share_of_lists},
                      {"degenerate", is_degenerate(coverage)}};
  if (at != names.end()) object["most_shown_name"] = at->second;
  if (!score.first_minus.empty()) object["first_minus_this"] = to_object(score.first_minus);
  return object;
}

}  // namespace

std::vector<std::string> verdicts(const HeldOutReport& report, const NameMap& names) {
  std::vector<std::string> sentences;
  for (const auto& track : report.tracks) {
    if (track.users == 0) {
      sentences.push_back(fmt::format(
          "On {}, nobody bought anything of the catalogue: there is nothing to measure.",
          title(track.track)));
      continue;
    }
    add_comparisons(report, track, sentences);
    add_degenerates(track, names, sentences);
  }
  return sentences;
}

std::string to_text(const HeldOutReport& report, const NameMap& names) {
  auto text = fmt::format("Held out: {} purchases after {}, catalogue of {} items\n",
                          with_commas(static_cast<std::int64_t>(report.later_rows)),
                          with_commas(static_cast<std::int64_t>(report.history_rows)),
                          with_commas(static_cast<std::int64_t>(report.catalogue_items)));
  for (const auto& track : report.tracks) {
    text += fmt::format("\nTrack: {}; {} users, {:.1f} items each\n", title(track.track),
                        with_commas(static_cast<std::int64_t>(track.users)), track.truth_size);
    if (track.users == 0) continue;
    text += metrics_table(report, track) + coverage_table(track, names);
  }
  text += "\n";
  for (const auto& sentence : verdicts(report, names)) text += sentence + "\n";
  return text;
}

std::string to_json(const HeldOutReport& report, const NameMap& names) {
  json::array tracks;
  for (const auto& track : report.tracks) {
    json::array scores;
    for (const auto& score : track.scores) scores.push_back(to_object(score, names));
    tracks.push_back(json::object{{"track", name(track.track)},
                                  {"users", track.users},
                                  {"truth_size", track.truth_size},
                                  {"scores", std::move(scores)}});
  }
  json::array sentences;
  for (const auto& sentence : verdicts(report, names)) sentences.emplace_back(sentence);
  return json_text(json::object{{"k", report.k},
                                {"history_rows", report.history_rows},
                                {"later_rows", report.later_rows},
                                {"catalogue_items", report.catalogue_items},
                                {"tracks", std::move(tracks)},
                                {"verdicts", std::move(sentences)}});
}

std::string to_text(const OriginalPrecision& precision) {
  return fmt::format(
      "precision@{} as the original defines it: train {:.4f} ({} users), validation {:.4f} ({} "
      "users). It leaks: the truth contains what the model was trained on; no measure of "
      "quality.\n",
      precision.k, precision.train, with_commas(static_cast<std::int64_t>(precision.train_users)),
      precision.validation, with_commas(static_cast<std::int64_t>(precision.validation_users)));
}

std::string to_json(const OriginalPrecision& precision) {
  return json_text(json::object{{"k", precision.k},
                                {"train", precision.train},
                                {"validation", precision.validation},
                                {"train_users", precision.train_users},
                                {"validation_users", precision.validation_users},
                                {"leaks", true}});
}

}  // namespace punnet
