#include <algorithm>

#include "app/commands.h"
#include "app/item_labels.h"
#include "app/json_object.h"
#include "app/model_choice.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "eval/text_table.h"
#include "ranking/recommender.h"

namespace punnet {
namespace {

/// Fixed digits, so that columns of scores line up.
std::string score_text(float score) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", static_cast<double>(score));
  return text;
}

class Recommend final : public Command {
 public:
  std::string_view name() const override { return "recommend"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Recommend items to users; one that the model does not know gets what is popular.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet recommend --user 42 --user 7",
            "punnet recommend --user 42 --exclude-purchased -k 10 --output json"};
  }
  void declare(Options& options) override {
    options.values("-u,--user", users_, "A user; may be given several times.", true);
    options.value("--model", model_, kModelKind, "The model to ask [the one that is served].");
    options.setting("-k,--k", "stream.k");
    options.switch_setting("--exclude-purchased", "stream.exclude_purchased");
  }
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto chosen, choose_model(*files, model_, context.files_call()));
    const auto& model = chosen.model;
    PUNNET_TRY(const auto tables,
               open_tables(context.config, TablesUse::kShop, context.tables_call()));
    PUNNET_TRY(const auto lists, make_lists(context, model, tables));

    std::vector<ItemId> shown;
    for (const auto& list : lists) {
      for (const auto& scored : list.items) shown.push_back(scored.item);
    }
    PUNNET_TRY(const auto labels,
               fetch_item_labels(*tables.items, std::move(shown), context.tables_call()));
    for (std::size_t i = 0; i < lists.size(); ++i) {
      if (context.json()) {
        context.out.line(json_line(users_[i], lists[i], labels, model->version));
      } else {
        context.out.write(table_text(users_[i], lists[i], labels));
      }
    }
    return ok();
  }

 private:
  Result<std::vector<Recommendations>> make_lists(const CommandContext& context,
                                                  const std::shared_ptr<const Model>& model,
                                                  const Tables& tables) const {
    std::vector<UserId> users;
    for (const auto user : users_) users.push_back(UserId{user});
    PUNNET_TRY(const auto histories, histories_to_exclude(context, users, tables));
    std::vector<std::vector<ItemId>> bought(users.size());
    std::vector<RecommendationRequest> requests;
    for (std::size_t i = 0; i < users.size(); ++i) {
      if (const auto at = histories.find(users[i]); at != histories.end()) {
        for (const auto& entry : at->second) bought[i].push_back(entry.item);
      }
      requests.push_back({.user = users[i], .excluded = bought[i]});
    }
    const auto k = static_cast<std::size_t>(context.config.stream.k);
    return Recommender(model).recommend(requests, k, context.threads);
  }

  static Result<HistoryMap> histories_to_exclude(const CommandContext& context,
                                                 std::span<const UserId> users,
                                                 const Tables& tables) {
    if (!context.config.stream.exclude_purchased) return HistoryMap{};
    return tables.histories->fetch(users, context.tables_call());
  }

  static std::string table_text(std::int64_t user, const Recommendations& list,
                                const ItemLabels& labels) {
    std::string text = "user " + std::to_string(user);
    if (list.source == RecommendationSource::kPopularity) {
      text += " is not known to the model; this is what is popular";
    }
    text += '\n';
    TextTable table({"item", "score", "name", "category", "department"});
    for (const auto& scored : list.items) {
      auto features = labels.features(scored.item);
      table.add_row({std::to_string(scored.item.value), score_text(scored.score),
                     labels.name(scored.item), std::move(features.category),
                     std::move(features.department)});
    }
    return text + table.text();
  }

  static std::string json_line(std::int64_t user, const Recommendations& list,
                               const ItemLabels& labels, std::string_view version) {
    JsonArray items;
    for (const auto& scored : list.items) {
      const auto features = labels.features(scored.item);
      items.add_json(JsonObject()
                         .add("item_id", scored.item.value)
                         .add("score", static_cast<double>(scored.score))
                         .add("name", labels.name(scored.item))
                         .add("category", features.category)
                         .add("department", features.department)
                         .text());
    }
    return JsonObject()
        .add("user_id", user)
        .add("source", punnet::name(list.source))
        .add("model_version", version)
        .add_json("items", items.text())
        .text();
  }

  std::vector<std::int64_t> users_;
  std::optional<std::string> model_;
};

}  // namespace

std::unique_ptr<Command> make_recommend_command() { return std::make_unique<Recommend>(); }

}  // namespace punnet
