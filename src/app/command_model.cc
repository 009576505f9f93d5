#include <cstdio>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "eval/text_table.h"
#include "training/provenance.h"

namespace punnet {
namespace {

constexpr std::string_view kGroup = "Model";

class ModelList final : public Command {
 public:
  std::string_view name() const override { return "model list"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override {
    return "List the versions of the model; the one that is served is marked.";
  }
  std::vector<std::string_view> examples() const override { return {"punnet model list"}; }
  void declare(Options&) override {}
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    const auto models = open_models(*files);
    PUNNET_TRY(const auto versions, models->list(context.files_call()));
    PUNNET_TRY(const auto current, models->current(context.files_call()));
    TextTable table({"version", "recipe", "learned from", "purchases", "P, held out", "gate", ""});
    for (const auto& version : versions) {
      const bool is_current = current == version;
      PUNNET_TRY(const auto provenance, models->provenance(version, context.files_call()));
      if (context.json()) {
        context.out.line(JsonObject()
                             .add("version", version)
                             .add("current", is_current)
                             .add_json("provenance", provenance.json)
                             .text());
      } else {
        table.add_row(row(version, is_current, summarize(provenance)));
      }
    }
    if (!versions.empty() && !context.json()) context.out.write(table.text());
    if (versions.empty() && !context.json()) {
      context.out.line("There is no model yet; `punnet train` makes one.");
    }
    return ok();
  }

 private:
  static std::vector<std::string> row(const std::string& version, bool is_current,
                                      const TrainingSummary& summary) {
    std::string precision;
    if (summary.precision) {
      char text[32];
      std::snprintf(text, sizeof text, "%.4f", *summary.precision);
      precision = text;
    }
    return {version,
            summary.recipe,
            summary.data_version,
            summary.purchases ? with_commas(*summary.purchases) : std::string(),
            precision,
            summary.gate,
            is_current ? "current" : ""};
  }
};

class ModelPromote final : public Command {
 public:
  std::string_view name() const override { return "model promote"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override {
    return "Serve another version; streams pick it up between batches.";
  }
  std::vector<std::string_view> examples() const override { return {"punnet model promote 1"}; }
  void declare(Options& options) override {
    options.argument("VERSION", version_, "As `model list` shows it.");
    options.flag("--dry-run", dry_run_, "Load and check the version, but change nothing.");
  }
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    const auto models = open_models(*files);
    // A version that cannot be loaded must not be served.
    PUNNET_TRY(const auto model, models->load(version_, context.files_call()));
    static_cast<void>(model);
    if (!dry_run_) PUNNET_CHECK(models->promote(version_, context.files_call()));
    if (context.json()) {
      context.out.line(JsonObject().add("version", version_).add("promoted", !dry_run_).text());
    } else {
      context.out.line("Model " + version_ + (dry_run_ ? " could be" : " is") + " served.");
    }
    return ok();
  }

 private:
  std::string version_;
  bool dry_run_ = false;
};

class ModelRollback final : public Command {
 public:
  std::string_view name() const override { return "model rollback"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override {
    return "Serve again what was served before; done twice, what was served before that.";
  }
  std::vector<std::string_view> examples() const override { return {"punnet model rollback"}; }
  void declare(Options& options) override {
    options.flag("--dry-run", dry_run_, "Load and check the version, but change nothing.");
  }
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    const auto models = open_models(*files);
    const auto call = context.files_call();
    PUNNET_TRY(const auto from, models->current(call));
    PUNNET_TRY(auto version, models->previous(call));
    if (!version) {
      return Error{ErrorCode::kAbsent,
                   "no version was served before; `punnet model promote` serves one by number"};
    }
    // A version that cannot be loaded must not be served.
    PUNNET_TRY(const auto model, models->load(*version, call));
    static_cast<void>(model);
    if (!dry_run_) {
      PUNNET_TRY(*version, models->rollback(call));
    }
    if (context.json()) {
      context.out.line(JsonObject()
                           .add("version", *version)
                           .add("from", from.value_or(""))
                           .add("rolled_back", !dry_run_)
                           .text());
    } else {
      context.out.line("Model " + *version + (dry_run_ ? " could be" : " is") +
                       " served again instead of " + from.value_or("none") + '.');
    }
    return ok();
  }

 private:
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_model_rollback_command() { return std::make_unique<ModelRollback>(); }
std::unique_ptr<Command> make_model_list_command() { return std::make_unique<ModelList>(); }
std::unique_ptr<Command> make_model_promote_command() { return std::make_unique<ModelPromote>(); }

}  // namespace punnet
