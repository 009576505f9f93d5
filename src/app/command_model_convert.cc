#include "app/commands.h"
#include "app/json_object.h"
#include "app/model_choice.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "spark/als_model_directory.h"
#include "spark/model_directory.h"

namespace punnet {
namespace {

class ModelConvert final : public Command {
 public:
  std::string_view name() const override { return "model convert"; }
  std::string_view group() const override { return "Model"; }
  std::string_view summary() const override {
    return "Write a model again: for Spark alone, for punnet, or with ids of another width.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet model convert 2 --to spark --output als_model",
            "punnet model convert als_model --to punnet --output my_model"};
  }
  void declare(Options& options) override {
    options.argument("MODEL", model_,
                     "A version of the shop, or a directory. --output: a new directory.");
    options.choice("--to", to_, {"punnet", "spark"},
                   "spark: an ALSModel and nothing beside it; punnet: also fallback list, "
                   "catalogue, provenance and hashes, below _punnet/.");
    options.choice("--id-type", id_type_, {"auto", "int32", "int64"},
                   "Width of ids: as they are in int32, or in int64, where Spark sees rows and "
                   "_ids/ maps them.");
    options.value("--user-column", user_column_, "TEXT", "Column of users in Spark's transform.");
    options.value("--item-column", item_column_, "TEXT", "Column of items in Spark's transform.");
    options.choice("--cold-start", cold_start_, {"drop", "nan"},
                   "What Spark's transform does with unknown ids.");
  }
  bool output_may_be_place() const override { return true; }

  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    if (!context.place) {
      return Error{ErrorCode::kInvalid, "model convert: --output names the new directory"};
    }
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto chosen, choose_model(*files, model_, call));
    PUNNET_TRY(const auto target, open_named_path(*context.place, call));
    const auto options = write_options(context);
    const auto& model = *chosen.model;
    PUNNET_CHECK(write_new_model_directory(
        *target.files, target.path,
        [&] {
          return to_ == "spark" ? write_als_model(*target.files, target.path, model, options, call)
                                : write_model_directory(*target.files, target.path, model,
                                                        chosen.provenance, options, call);
        },
        call));
    const auto location = target.files->location(target.path);
    if (context.json()) {
      context.out.line(JsonObject().add("format", to_).add("location", location).text());
    } else {
      context.out.line("Saved for " + to_ + " as " + location);
    }
    return ok();
  }

 private:
  AlsModelWriteOptions write_options(const CommandContext& context) const {
    AlsModelWriteOptions options;
    options.user_column = user_column_;
    options.item_column = item_column_;
    options.cold_start_strategy = cold_start_;
    if (id_type_ != "auto") {
      options.id_type = id_type_ == "int32" ? IdType::kInt32 : IdType::kInt64;
    }
    options.written = context.clock.now();
    return options;
  }

  std::string model_;
  std::string to_ = "spark";
  std::string id_type_ = "auto";
  std::string user_column_ = "user_id";
  std::string item_column_ = "item_id";
  std::string cold_start_ = "drop";
};

}  // namespace

std::unique_ptr<Command> make_model_convert_command() { return std::make_unique<ModelConvert>(); }

}  // namespace punnet
