#include "training/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "eval/text_table.h"

namespace punnet {
namespace {

constexpr std::size_t kPrecision = 0;  // place in kMetricColumns

GateFinding finding(std::string check, bool passed, std::string sentence) {
  return {std::move(check), passed ? GateOutcome::kPassed : GateOutcome::kFailed,
          std::move(sentence)};
}

GateFinding not_measured(std::string check, std::string why) {
  return {std::move(check), GateOutcome::kNotMeasured, std::move(why)};
}

GateFinding judge_scores(const GateEvidence& evidence, const GateLimits& limits) {
  const auto& scores = evidence.lists.scores;
  if (scores.not_finite > 0) {
    return finding("scores", false,
                   fmt::format("{} of {} scores in its lists are not finite.", scores.not_finite,
                               scores.scores));
  }
  if (scores.scores == 0) return not_measured("scores", "There are no lists to look at.");
  if (!evidence.ratings) return not_measured("scores", "What its scores predict is not known.");
  const auto [least, greatest] = *evidence.ratings;
  const double width = greatest > least ? greatest - least : std::max(1.0, std::abs(greatest));
  const double low = least - limits.score_slack * width;
  const double high = greatest + limits.score_slack * width;
  const bool inside = scores.least >= low && scores.greatest <= high;
  return finding(
      "scores", inside,
      fmt::format("Scores in its lists reach from {:.4g} to {:.4g}, {} the {:.4g} to {:.4g} that "
                  "are plausible for what they predict.",
                  scores.least, scores.greatest, inside ? "within" : "beyond", low, high));
}

GateFinding judge_variety(const GateEvidence& evidence, const GateLimits& limits) {
  const auto& lists = evidence.lists;
  const auto& coverage = lists.coverage;
  if (coverage.lists < limits.users) {
    return not_measured("variety", fmt::format("{} lists are too few to tell whether everybody "
                                               "gets the same.",
                                               coverage.lists));
  }
  const double chance = lists.candidates == 0
                            ? 1
                            : static_cast<double>(lists.k) / static_cast<double>(lists.candidates);
  const double most =
      std::max(limits.share_of_lists, std::min(limits.times_chance * chance, (1 + chance) / 2));
  const bool varied =
      coverage.share_of_lists <= most && coverage.share_of_catalogue > limits.share_of_catalogue;
  return finding(
      "variety", varied,
      fmt::format("Its lists show {} of {} items ({}), and item {} stands in {} of them"
                  "{}.",
                  coverage.distinct_items, lists.candidates, percent(coverage.share_of_catalogue),
                  coverage.most_shown.value, percent(coverage.share_of_lists),
                  varied ? "" : ": degenerate, nearly everybody gets the same"));
}

const TrackScores* all_purchases(const std::optional<HeldOutReport>& report) {
  if (!report) return nullptr;
  const auto track = std::ranges::find(report->tracks, Track::kAllPurchases, &TrackScores::track);
  return track == report->tracks.end() ? nullptr : &*track;
}

GateFinding judge_popularity(const GateEvidence& evidence, const GateLimits& limits) {
  const auto* track = all_purchases(evidence.held_out);
  if (track == nullptr) return not_measured("popularity", "Nothing was held out to measure on.");
  if (track->users < limits.users) {
    return not_measured("popularity",
                        fmt::format("{} users with held-out events are too few to tell whether it "
                                    "is better than popularity.",
                                    track->users));
  }
  const auto* popularity = find_score(*track, kPopularityName);
  const auto& model = track->scores.front();
  if (popularity == nullptr || popularity->first_minus.empty()) {
    return not_measured("popularity", "Popularity was not measured.");
  }
  const auto& difference = popularity->first_minus[kPrecision];
  const bool worse = difference.high < 0;
  return finding(
      "popularity", !worse,
      fmt::format("Held out, its P@{} is {:.4f}, {} popularity's {:.4f} (difference "
                  "{:+.4f}, 95 % interval {:+.4f} to {:+.4f}).",
                  evidence.held_out->k, model.metrics[kPrecision].mean,
                  worse ? "worse than" : "not worse than", popularity->metrics[kPrecision].mean,
                  difference.mean, difference.low, difference.high));
}

GateFinding judge_served(const GateEvidence& evidence, const GateLimits& limits) {
  if (!evidence.with_served) {
    return not_measured("served", evidence.not_compared.empty()
                                      ? "It was not compared with the served model."
                                      : evidence.not_compared);
  }
  const auto& pair = *evidence.with_served;
  if (pair.users < limits.users) {
    return not_measured("served", fmt::format("{} users with held-out events are too few to tell "
                                              "whether it is as good as the served model.",
                                              pair.users));
  }
  const bool by_chance = pair.difference && pair.difference->high >= 0;
  const bool held = pair.model >= (1 - limits.worse_than_served) * pair.served || by_chance;
  return finding(
      "served", held,
      fmt::format(
          "On the same held-out events of {} users its precision is {:.4f} and "
          "the served model's {:.4f}{}.",
          with_commas(static_cast<std::int64_t>(pair.users)), pair.model, pair.served,
          held ? "" : fmt::format(": more than {:.0f} % worse", 100 * limits.worse_than_served)));
}

}  // namespace

std::string_view name(GateOutcome outcome) {
  switch (outcome) {
    case GateOutcome::kPassed:
      return "passed";
    case GateOutcome::kFailed:
      return "failed";
    case GateOutcome::kNotMeasured:
      break;
  }
  return "not measured";
}

bool GateVerdict::passed() const {
  return std::ranges::none_of(
      findings, [](const GateFinding& finding) { return finding.outcome == GateOutcome::kFailed; });
}

std::string GateVerdict::failures() const {
  std::string text;
  for (const auto& finding : findings) {
    if (finding.outcome != GateOutcome::kFailed) continue;
    if (!text.empty()) text += ' ';
    text += finding.sentence;
  }
  return text;
}

GateVerdict judge(const GateEvidence& evidence, const GateLimits& limits) {
  return {{judge_scores(evidence, limits), judge_variety(evidence, limits),
           judge_popularity(evidence, limits), judge_served(evidence, limits)}};
}

}  // namespace punnet
