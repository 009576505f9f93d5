#include "training/provenance.h"

#include <boost/json.hpp>
#include <string_view>
#include <utility>

#include "base/rfc3339.h"
#include "eval/report.h"
#include "json/json_text.h"

namespace punnet {
namespace {

namespace json = boost::json;

constexpr char kLastTime[] = "last_purchase_time";

json::object parameters(const Recipe& recipe) {
  const auto& als = recipe.als;
  return {{"rank", als.rank},
          {"max_iter", als.iterations},
          {"reg_param", als.regularization},
          {"implicit_prefs", als.feedback == Feedback::kImplicit},
          {"alpha", als.alpha},
          {"solver", solver_name(als.solver)},
          {"nonnegative", als.solver == Solver::kNonnegative},
          {"regularization_by_count", als.scaling == RegularizationScaling::kByCount},
          {"rating", name(recipe.rating)},
          {"catalogue_only", recipe.catalogue_only},
          {"exclude_own_item", recipe.exclude_own_item}};
}

json::object counts(const TrainReport& report) {
  return {{"purchases", report.purchases},
          {"train_purchases", report.train_purchases},
          {"validation_purchases", report.validation_purchases},
          {"users", report.users},
          {"items", report.items},
          {"ratings", report.ratings}};
}

json::object metrics(const TrainReport& report) {
  json::object object{{"validated_by_time", report.validated_by_time},
                      {"refitted_on_everything", report.refitted}};
  if (report.original) object["original_precision"] = json::parse(to_json(*report.original));
  if (report.held_out) object["held_out"] = json::parse(to_json(*report.held_out));
  return object;
}

/// The object that a provenance is; null for what is none.
json::value parse(const Provenance& provenance) {
  boost::system::error_code failed;
  return json::parse(provenance.json, failed);
}

const json::value* find(const json::value& object, std::string_view pointer) {
  boost::system::error_code failed;
  return object.find_pointer(pointer, failed);
}

std::string text_at(const json::value& object, std::string_view pointer) {
  const auto* text = find(object, pointer);
  return text != nullptr && text->is_string() ? std::string(text->as_string()) : std::string();
}

std::optional<std::int64_t> integer_at(const json::value& object, std::string_view pointer) {
  const auto* number = find(object, pointer);
  if (number == nullptr || !number->is_int64()) return std::nullopt;
  return number->as_int64();
}

constexpr std::string_view kPrecisionAt =
    "/metrics/held_out/tracks/0/scores/0/metrics/precision/mean";

std::string gate_summary(const json::value& provenance) {
  const auto* findings = find(provenance, "/gate/findings");
  if (findings == nullptr || !findings->is_array()) return {};
  std::string failed;
  for (const auto& finding : findings->get_array()) {
    if (text_at(finding, "/outcome") != name(GateOutcome::kFailed)) continue;
    failed += (failed.empty() ? "failed: " : ", ") + text_at(finding, "/check");
  }
  return failed.empty() ? std::string(name(GateOutcome::kPassed)) : failed;
}

}  // namespace

Provenance with_gate(const Provenance& provenance, const GateVerdict& verdict, bool refuses) {
  auto parsed = parse(provenance);
  if (!parsed.is_object()) return provenance;
  json::array findings;
  for (const auto& finding : verdict.findings) {
    findings.push_back(json::object{{"check", finding.check},
                                    {"outcome", name(finding.outcome)},
                                    {"sentence", finding.sentence}});
  }
  parsed.get_object()["gate"] = json::object{{"mode", refuses ? "refuse" : "report"},
                                             {"passed", verdict.passed()},
                                             {"findings", std::move(findings)}};
  return {.json = json_text(parsed)};
}

std::optional<RecordedMeasurement> recorded_measurement(const Provenance& provenance) {
  const auto parsed = parse(provenance);
  const auto* by_time = find(parsed, "/metrics/validated_by_time");
  const auto* precision = find(parsed, kPrecisionAt);
  const auto seed = integer_at(parsed, "/seed");
  const auto k = integer_at(parsed, "/metrics/held_out/k");
  const auto history = integer_at(parsed, "/metrics/held_out/history_rows");
  const auto later = integer_at(parsed, "/metrics/held_out/later_rows");
  const auto users = integer_at(parsed, "/metrics/held_out/tracks/0/users");
  const bool whole = by_time != nullptr && by_time->is_bool() && precision != nullptr &&
                     precision->is_number() && seed && k && history && later && users;
  if (!whole) return std::nullopt;
  return RecordedMeasurement{.data_version = text_at(parsed, "/data_version"),
                             .seed = *seed,
                             .by_time = by_time->get_bool(),
                             .k = *k,
                             .history_rows = *history,
                             .later_rows = *later,
                             .users = *users,
                             .precision = precision->to_number<double>()};
}

Provenance make_provenance(const TrainReport& report, const TrainConfig& config) {
  json::object object{{"recipe", config.recipe.name},
                      {"parameters", parameters(config.recipe)},
                      {"seed", static_cast<std::int64_t>(config.seed)},
                      {"data_version", config.data_version},
                      {"counts", counts(report)},
                      {"losses", json::value_from(report.losses)},
                      {"metrics", metrics(report)}};
  object["engine"] = config.engine;
  if (report.last_time) object[kLastTime] = format_rfc3339(*report.last_time);
  return {.json = json_text(object)};
}

std::optional<Timestamp> last_training_time(const Provenance& provenance) {
  const auto parsed = parse(provenance);
  const auto* time = find(parsed, std::string("/") + kLastTime);
  if (time == nullptr || !time->is_string()) return std::nullopt;
  return parse_rfc3339(std::string_view(time->as_string()));
}

TrainingSummary summarize(const Provenance& provenance) {
  const auto parsed = parse(provenance);
  TrainingSummary summary;
  summary.recipe = text_at(parsed, "/recipe");
  summary.data_version = text_at(parsed, "/data_version");
  if (const auto* count = find(parsed, "/counts/purchases");
      count != nullptr && count->is_int64()) {
    summary.purchases = count->as_int64();
  }
  summary.gate = gate_summary(parsed);
  const auto* precision = find(parsed, kPrecisionAt);
  if (precision != nullptr && precision->is_number()) {
    summary.precision = precision->to_number<double>();
  }
  return summary;
}

}  // namespace punnet
