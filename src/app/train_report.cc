#include "app/train_report.h"

#include <cstdio>

#include "app/json_object.h"
#include "eval/report.h"
#include "eval/text_table.h"

namespace punnet {
namespace {

std::string count(std::size_t number) { return with_commas(static_cast<std::int64_t>(number)); }

}  // namespace

std::string number_text(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string als_parameters_text(const AlsConfig& als) {
  std::string text = als.feedback == Feedback::kImplicit ? "implicit" : "explicit";
  text += ", rank " + std::to_string(als.rank) + ", " + std::to_string(als.iterations) +
          " iterations, regularisation " + number_text(als.regularization);
  if (als.feedback == Feedback::kImplicit) text += ", alpha " + number_text(als.alpha);
  if (als.solver == Solver::kNonnegative) text += ", no factor below zero";
  return text;
}

std::string train_report_text(const TrainedModel& trained, const TrainConfig& config,
                              const NameMap& names) {
  const auto& report = trained.report;
  std::string text =
      "Recipe " + config.recipe.name + ": " + als_parameters_text(config.recipe.als) + '\n';
  text += "Learned from " + count(report.train_purchases) + " of " + count(report.purchases) +
          " purchases: " + count(report.ratings) + " ratings of " + count(report.items) +
          " items by " + count(report.users) + " users\n";
  if (!report.losses.empty()) {
    text += "Loss " + number_text(report.losses.front()) + " after the first iteration, " +
            number_text(report.losses.back()) + " after the last\n";
  }
  if (report.validation_purchases > 0) {
    text += "Validated on " + count(report.validation_purchases) + " purchases" +
            (report.validated_by_time ? " that came later" : " drawn at random") +
            (report.refitted ? ", then trained once more on everything\n" : "\n");
  }
  if (report.original) text += to_text(*report.original);
  if (report.held_out) text += to_text(*report.held_out, names);
  return text;
}

std::string train_report_json(const Provenance& provenance, std::string_view version,
                              std::string_view location) {
  return JsonObject()
      .add("model_version", version)
      .add("location", location)
      .add_json("provenance", provenance.json)
      .text();
}

}  // namespace punnet
