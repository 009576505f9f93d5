#include <cstdint>
#include <cstdio>
#include <span>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/model_choice.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "eval/model_diff.h"
#include "eval/text_table.h"

namespace punnet {
namespace {

constexpr std::size_t kNamed = 5;  // ids that a person is told of those only one model knows

std::string count(std::size_t number) { return with_commas(static_cast<std::int64_t>(number)); }

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

/// "12 (3, 7, 9, …)"
template <typename Id>
std::string some_of(std::span<const Id> ids) {
  auto text = count(ids.size());
  if (ids.empty()) return text;
  text += " (";
  for (std::size_t i = 0; i < ids.size() && i < kNamed; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(ids[i].value);
  }
  return text + (ids.size() > kNamed ? ", …)" : ")");
}

template <typename Id>
std::string overlap_text(const char* what, const IdOverlap<Id>& overlap) {
  return std::string(what) + ": " + count(overlap.both) + " in both, " +
         some_of<Id>(overlap.only_first) + " only in the first, " +
         some_of<Id>(overlap.only_second) + " only in the second\n";
}

template <typename Id>
std::string overlap_json(const IdOverlap<Id>& overlap) {
  const auto ids = [](std::span<const Id> values) {
    JsonArray array;
    for (const auto id : values) array.add_json(std::to_string(id.value));
    return array.text();
  };
  return JsonObject()
      .add("both", overlap.both)
      .add_json("only_first", ids(overlap.only_first))
      .add_json("only_second", ids(overlap.only_second))
      .text();
}

class ModelDiffCommand final : public Command {
 public:
  std::string_view name() const override { return "model diff"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Compare two models: whom and what they know, their lists, their factors.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet model diff 1 2", "punnet model diff 2 spark_model -k 10 --output json"};
  }
  void declare(Options& options) override {
    options.argument("FIRST", first_, "A version of the shop, or a directory.");
    options.argument("SECOND", second_, "The other one.");
    options.setting("-k,--k", "stream.k");
    options.value("--users", users_, "Compare the lists of at most so many users.", 1);
  }
  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto first, choose_model(*files, first_, call));
    PUNNET_TRY(const auto second, choose_model(*files, second_, call));
    const ModelDiffConfig config{.k = static_cast<std::size_t>(context.config.stream.k),
                                 .users = static_cast<std::size_t>(users_),
                                 .threads = context.threads};
    const auto diff = diff_models(first.model, second.model, config);
    PUNNET_CHECK(call.check("comparing models"));
    if (context.json()) {
      context.out.line(json(diff, config));
    } else {
      context.out.write(text(diff, config));
    }
    return ok();
  }

 private:
  std::string text(const ModelDiff& diff, const ModelDiffConfig& config) const {
    const auto& lists = diff.lists;
    std::string text = "Rank: " + std::to_string(diff.first_rank) + " in " + first_ + ", " +
                       std::to_string(diff.second_rank) + " in " + second_ + '\n';
    text += overlap_text("Users", diff.users) + overlap_text("Items", diff.items);
    text += "Lists of " + std::to_string(config.k) + " for " + count(lists.users) +
            " users of both: " + percent(lists.overlap) + " of the items are shared, " +
            percent(lists.same_first) + " begin with the same item, " + percent(lists.same_list) +
            " are the same\n";
    text += "Factors, turned to lie as close as they can: users differ by " +
            number(diff.user_distance) + ", items by " + number(diff.item_distance) +
            " of the first model's size\n";
    return text;
  }

  std::string json(const ModelDiff& diff, const ModelDiffConfig& config) const {
    return JsonObject()
        .add("first", first_)
        .add("second", second_)
        .add("first_rank", diff.first_rank)
        .add("second_rank", diff.second_rank)
        .add_json("users", overlap_json(diff.users))
        .add_json("items", overlap_json(diff.items))
        .add_json("lists", JsonObject()
                               .add("k", config.k)
                               .add("users", diff.lists.users)
                               .add("overlap", diff.lists.overlap)
                               .add("same_first", diff.lists.same_first)
                               .add("same_list", diff.lists.same_list)
                               .text())
        .add("user_distance", diff.user_distance)
        .add("item_distance", diff.item_distance)
        .text();
  }

  std::string first_;
  std::string second_;
  std::int64_t users_ = 10'000;
};

}  // namespace

std::unique_ptr<Command> make_model_diff_command() { return std::make_unique<ModelDiffCommand>(); }

}  // namespace punnet
