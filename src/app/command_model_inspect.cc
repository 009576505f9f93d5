#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/model_choice.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/training_data.h"
#include "base/rfc3339.h"
#include "eval/model_facts.h"
#include "eval/text_table.h"
#include "spark/model_directory.h"
#include "training/provenance.h"

namespace punnet {
namespace {

constexpr std::size_t kUsersAsked = 10'000;

std::string count(std::size_t number) { return with_commas(static_cast<std::int64_t>(number)); }

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

/// Everything that is told about a model.
struct Inspection {
  ChosenModel chosen;
  ModelDirectoryFacts directory;
  std::string location;
  bool served = false;
  FactorFacts users;
  FactorFacts items;
  ListFacts lists;
};

std::string factors_text(const char* what, const FactorFacts& facts) {
  std::string text = std::string(what) + ": " + count(facts.rows) + ", lengths of factors from " +
                     number(facts.least_length) + " to " + number(facts.greatest_length) +
                     ", median " + number(facts.median_length);
  if (facts.zero_rows > 0) text += "; nothing was learned of " + count(facts.zero_rows);
  return text + '\n';
}

std::string lists_text(const ListFacts& lists, const NameMap& names) {
  std::string text = "Lists of " + std::to_string(lists.k) + " for " + count(lists.users) +
                     " users show " + count(lists.coverage.distinct_items) + " of " +
                     count(lists.candidates) + " items (" +
                     percent(lists.coverage.share_of_catalogue) + ")";
  if (lists.coverage.lists > 0) {
    const auto item = lists.coverage.most_shown;
    const auto name = names.find(item);
    text += "; the one shown most, " + std::to_string(item.value) +
            (name == names.end() ? "" : ' ' + name->second) + ", stands in " +
            percent(lists.coverage.share_of_lists);
  }
  text += "\nScores in them: " + number(lists.scores.least) + " to " +
          number(lists.scores.greatest) + '\n';
  if (is_degenerate(lists.coverage)) text += "Degenerate: nearly everybody gets the same.\n";
  return text;
}

std::string origin_text(const TrainingSummary& training) {
  if (training.recipe.empty()) return "How it was trained is not recorded.\n";
  std::string text = "Recipe " + training.recipe + ", learned from ";
  if (training.purchases) text += with_commas(*training.purchases) + " purchases of ";
  text += training.data_version;
  if (!training.gate.empty()) text += "; gate " + training.gate;
  return text + ". The whole provenance: --output json.\n";
}

std::string text_of(const Inspection& found, const NameMap& names) {
  const auto& model = *found.chosen.model;
  const auto& spark = found.directory.metadata;
  std::string text = found.location + (found.served ? ", which is served\n" : "\n");
  text += "Rank " + std::to_string(spark.rank) + "; " + spark.uid + ", Spark " +
          spark.spark_version + ", written " + format_rfc3339(spark.written) + '\n';
  text += "Columns " + spark.user_column + " and " + spark.item_column + "; Spark's transform " +
          (spark.cold_start_strategy == "drop" ? "drops" : "gives NaN for") + " unknown ids\n";
  text += factors_text("Users", found.users) + factors_text("Items", found.items);
  if (!model.catalogue.empty()) {
    const auto known = std::ranges::count_if(
        model.catalogue, [&](ItemId item) { return model.items.row(item).has_value(); });
    text += "Catalogue: " + count(model.catalogue.size()) + " items, of which the model knows " +
            with_commas(known) + '\n';
  }
  text += "Fallback list: " + count(model.popularity.size()) + " items\n";
  text += lists_text(found.lists, names);
  text += origin_text(summarize(found.chosen.provenance));
  TextTable files({"file", "bytes", "SHA-256"});
  for (const auto& entry : found.directory.files) {
    files.add_row({entry.path, with_commas(entry.size_bytes), entry.sha256});
  }
  text += files.text();
  text += found.directory.manifest_sha256.empty()
              ? "Without punnet's manifest: nobody can tell whether these are the bytes that were "
                "written.\n"
              : "All files are what the manifest says.\n";
  return text;
}

std::string factors_json(const FactorFacts& facts) {
  return JsonObject()
      .add("rows", facts.rows)
      .add("zero_rows", facts.zero_rows)
      .add("least_length", facts.least_length)
      .add("median_length", facts.median_length)
      .add("greatest_length", facts.greatest_length)
      .text();
}

std::string lists_json(const ListFacts& lists) {
  return JsonObject()
      .add("k", lists.k)
      .add("users", lists.users)
      .add("candidates", lists.candidates)
      .add("distinct_items", lists.coverage.distinct_items)
      .add("share_of_candidates", lists.coverage.share_of_catalogue)
      .add("most_shown_item_id", lists.coverage.most_shown.value)
      .add("most_shown_share_of_lists", lists.coverage.share_of_lists)
      .add("degenerate", is_degenerate(lists.coverage))
      .add("least_score", lists.scores.least)
      .add("greatest_score", lists.scores.greatest)
      .text();
}

std::string spark_json(const AlsMetadata& metadata) {
  return JsonObject()
      .add("uid", metadata.uid)
      .add("version", metadata.spark_version)
      .add("written", format_rfc3339(metadata.written))
      .add("user_column", metadata.user_column)
      .add("item_column", metadata.item_column)
      .add("cold_start_strategy", metadata.cold_start_strategy)
      .add("block_size", metadata.block_size)
      .text();
}

std::string json_of(const Inspection& found) {
  const auto& model = *found.chosen.model;
  JsonArray files;
  for (const auto& entry : found.directory.files) {
    files.add_json(JsonObject()
                       .add("path", entry.path)
                       .add("size", entry.size_bytes)
                       .add("sha256", entry.sha256)
                       .text());
  }
  return JsonObject()
      .add("location", found.location)
      .add("model_version", model.version)
      .add("served", found.served)
      .add("rank", found.directory.metadata.rank)
      .add_json("spark", spark_json(found.directory.metadata))
      .add_json("users", factors_json(found.users))
      .add_json("items", factors_json(found.items))
      .add("catalogue_items", model.catalogue.size())
      .add("popular_items", model.popularity.size())
      .add_json("lists", lists_json(found.lists))
      .add_json("provenance", found.chosen.provenance.json)
      .add_json("files", files.text())
      .add("manifest_sha256", found.directory.manifest_sha256)
      .text();
}

class ModelInspect final : public Command {
 public:
  std::string_view name() const override { return "model inspect"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Tell all about a model: sizes, parameters, what its lists show, origin, hashes.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet model inspect", "punnet model inspect spark_model --output json"};
  }
  void declare(Options& options) override {
    options.argument("MODEL", model_, "A version of the shop, or a directory [what is served].",
                     false);
    options.setting("-k,--k", "stream.k");
  }

  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto current, open_models(*files)->current(call));
    std::optional<std::string> asked;
    if (!model_.empty()) asked = model_;
    Inspection found;
    PUNNET_TRY(found.chosen, choose_model(*files, asked, call));
    PUNNET_TRY(const auto place, locate_model(*files, asked ? *asked : *current, call));
    PUNNET_TRY(found.directory, inspect_model_directory(*place.files, place.path, call));
    found.location = place.files->location(place.path);
    found.served = place.version && place.version == current;

    const auto& model = found.chosen.model;
    found.users = describe_factors(model->user_factors);
    found.items = describe_factors(model->item_factors);
    found.lists = describe_lists(model, static_cast<std::size_t>(context.config.stream.k),
                                 kUsersAsked, context.threads);
    PUNNET_CHECK(call.check("inspecting a model"));
    if (context.json()) {
      context.out.line(json_of(found));
    } else {
      PUNNET_TRY(const auto items, read_items_if_any(*files, call));
      context.out.write(text_of(found, item_names(items)));
    }
    return ok();
  }

 private:
  std::string model_;
};

}  // namespace

std::unique_ptr<Command> make_model_inspect_command() { return std::make_unique<ModelInspect>(); }

}  // namespace punnet
