#include "app/model_gate.h"

#include <utility>

#include "eval/model_facts.h"
#include "training/provenance.h"

namespace punnet {
namespace {

constexpr std::size_t kUsersLookedAt = 10'000;

bool refuses(const TrainingSettings& settings) {
  if (settings.gate != GateSetting::kAuto) return settings.gate == GateSetting::kRefuse;
  return settings.recipe != RecipeName::kOriginal;
}

/// What stands where no gate ever looked.
std::string gate_words(const TrainingSummary& summary) {
  return summary.gate.empty() ? "never judged" : summary.gate;
}

}  // namespace

std::optional<ServedModel> load_served(const CommandContext& context, ModelStore& models) {
  const auto call = context.whole_run();
  const auto current = models.current(call);
  if (current && !*current) return std::nullopt;
  if (current) {
    auto model = models.load(**current, call);
    auto provenance = models.provenance(**current, call);
    if (model && provenance) return ServedModel{*std::move(model), *std::move(provenance)};
    const auto& error = model ? provenance.error() : model.error();
    context.log.warn("train", "the served model cannot be compared with: " + error.message);
    return std::nullopt;
  }
  context.log.warn("train", "the served model is not known: " + current.error().message);
  return std::nullopt;
}

std::string GateDecision::text() const {
  std::string text = std::string("Gate: ") + (verdict.passed() ? "passed" : "failed") +
                     (verdict.passed() || refuses ? "\n" : ", which is only reported\n");
  for (const auto& finding : verdict.findings) {
    text += "  " + finding.check + ", " + std::string(name(finding.outcome)) + ": " +
            finding.sentence + '\n';
  }
  return text;
}

Error GateDecision::refusal() const {
  return Error{ErrorCode::kInvalid,
               "the gate keeps this model from being published: " + verdict.failures() +
                   " With --gate report it is published all the same"};
}

GateDecision judge_trained(const CommandContext& context, TrainedModel& trained,
                           const std::optional<HeldOutReport>& effect) {
  const auto& report = trained.report;
  GateEvidence evidence;
  evidence.lists = report.lists;
  evidence.ratings = report.predicted;
  evidence.held_out = report.held_out;
  if (effect) evidence.with_served = precision_pair(*effect);
  if (!evidence.with_served && report.with_served) {
    evidence.with_served = report.with_served->figures;
    evidence.not_compared = report.with_served->why_none;
  } else if (!report.held_out) {
    evidence.not_compared = "Nothing was held out to compare it with the served model on.";
  } else {
    evidence.not_compared = "There is no served model to compare it with.";
  }
  GateDecision decision{.verdict = judge(evidence), .refuses = refuses(context.config.training)};
  trained.provenance = with_gate(trained.provenance, decision.verdict, decision.refuses);
  return decision;
}

Provenance judge_imported(const CommandContext& context, const std::shared_ptr<const Model>& model,
                          const Provenance& provenance) {
  GateEvidence evidence;
  evidence.lists = describe_lists(model, static_cast<std::size_t>(context.config.stream.k),
                                  kUsersLookedAt, context.threads);
  evidence.not_compared = "Nothing was held out to compare it with the served model on.";
  return with_gate(provenance, judge(evidence), /*refuses=*/false);
}

void announce_served(CommandContext& context, ModelStore& models) {
  const auto call = context.files_call();
  const auto current = models.current(call);
  if (!current || !*current) return;
  const auto provenance = models.provenance(**current, call);
  if (!provenance) return;  // loading it will say why
  const auto summary = summarize(*provenance);
  const auto gate = gate_words(summary);
  if (context.json()) {
    context.log.info("stream", "the model that is served",
                     {{"version", **current}, {"recipe", summary.recipe}, {"gate", gate}});
  } else {
    context.out.line("Model " + **current +
                     (summary.recipe.empty() ? "" : ", recipe " + summary.recipe) +
                     "; gate: " + gate);
  }
}

}  // namespace punnet
