#include "app/training_data.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/open_ports.h"
#include "app/prepare_options.h"
#include "app/shop_layout.h"
#include "app/spark_engine.h"
#include "delta/delta_committed_purchases.h"
#include "parquet/purchase_reader.h"
#include "stream/decode_run.h"
#include "telemetry/progress_bar.h"

namespace punnet {
namespace {

constexpr std::int64_t kEventsPerRead = 100'000;

/// One input and what to call it in the provenance.
struct InputRows {
  std::vector<Purchase> rows;
  std::string version;
};

Result<InputRows> read_delta(FileStore& files, const std::string& table, const CallContext& call) {
  PUNNET_TRY(auto read, read_new_purchases(files, table, std::nullopt, call));
  return InputRows{std::move(read.purchases), table + '@' + std::to_string(read.version)};
}

/// How to read a named input: by the settings, or, where these say nothing and the Parquet speaks
/// for itself, by what is recorded in it.
Result<PurchaseReadOptions> read_options(const PrepareSettings& settings, const NamedPath& input,
                                         const CallContext& call) {
  PurchaseReadOptions options;
  options.columns = purchase_columns(settings);
  options.id_type = settings.id_type;
  if (options.columns != PurchaseColumns{} || settings.id_type != IdType::kInt32) return options;
  const auto schema = read_purchase_schema(*input.files, input.path, call);
  if (schema) {
    options.columns = own_columns(*schema);
    options.id_type = schema->id_type;
  } else if (schema.error().code != ErrorCode::kInvalid) {
    return schema.error();
  }
  return options;
}

Result<InputRows> read_named(const CommandContext& context, const std::string& name,
                             const CallContext& call) {
  PUNNET_TRY(const auto input, open_named_path(name, call));
  PUNNET_TRY(const auto log, input.files->list(input.path + "/_delta_log", call));
  if (!log.empty()) return read_delta(*input.files, input.path, call);
  PUNNET_TRY(const auto options, read_options(context.config.prepare, input, call));
  PUNNET_TRY(auto rows, read_purchases(*input.files, input.path, options, call));
  return InputRows{std::move(rows), input.files->location(input.path)};
}

Result<InputRows> read_input(const CommandContext& context, FileStore& files,
                             const std::string& name, const CallContext& call) {
  if (name == kHistoricalPurchases) {
    PUNNET_TRY(auto shop, read_shop_purchases(files, kHistoricalPurchases, "split", call));
    return InputRows{std::move(shop.rows), name};
  }
  if (name != kNewPurchases) return read_named(context, name, call);
  auto read = read_delta(files, kNewPurchases, call);
  if (!read && read.error().code == ErrorCode::kAbsent) {
    return Error{ErrorCode::kAbsent, read.error().message + "; `punnet stream` makes it"};
  }
  return read;
}

}  // namespace

Result<TrainingData> read_training_data(const CommandContext& context, FileStore& files,
                                        const std::vector<std::string>& inputs) {
  const auto call = context.whole_run();
  TrainingData data;
  data.of_shop = true;
  for (const auto& name : inputs) {
    PUNNET_TRY(auto input, read_input(context, files, name, call));
    if (name != kHistoricalPurchases && name != kNewPurchases) data.of_shop = false;
    if (!data.version.empty()) data.version += " + ";
    data.version += input.version;
    if (data.rows.empty()) {
      data.rows = std::move(input.rows);
    } else {
      data.rows.insert(data.rows.end(), input.rows.begin(), input.rows.end());
    }
  }
  return data;
}

Result<ShopItems> read_items_if_any(FileStore& files, const CallContext& call) {
  auto items = read_shop_items(files, call);
  if (!items && items.error().code == ErrorCode::kAbsent) return ShopItems{};
  return items;
}

NameMap item_names(const ShopItems& items) {
  NameMap names;
  for (const auto& [item, features] : items.features) {
    if (!features.category.empty()) names[item] = features.category;
  }
  for (const auto& [item, name] : items.names) {
    if (!name.empty()) names[item] = name;
  }
  return names;
}

Result<std::vector<Purchase>> read_for_topic(FileStore& files, const CallContext& call) {
  PUNNET_TRY(const auto schema, read_shop_schema(files, call));
  PurchaseReadOptions options;
  options.columns = own_columns(schema);
  options.id_type = schema.id_type;
  options.csv_header = false;
  auto rows = read_purchases(files, kForTopic, options, call);
  if (!rows && rows.error().code == ErrorCode::kAbsent) {
    return Error{ErrorCode::kAbsent, rows.error().message + "; run `punnet split` first"};
  }
  return rows;
}

Result<std::vector<Purchase>> read_topic(EventLog& log, const TopicInfo& topic, Positions from,
                                         const PurchaseSchema& schema, const CallContext& call) {
  PUNNET_TRY(const auto bounds, log.bounds(topic, call));
  for (std::size_t p = 0; p < bounds.size(); ++p) {
    from.emplace(static_cast<Partition>(p), bounds[p].start);
  }
  std::vector<Purchase> purchases;
  while (true) {
    PUNNET_TRY(const auto runs, log.read(topic, from, {.events = kEventsPerRead},
                                         std::chrono::milliseconds{0}, call));
    if (runs.empty()) return purchases;
    for (const auto& run : runs) {
      from[run.partition] = run.range.next;
      for (auto& event : decode_run(run, schema).events) purchases.push_back(event.purchase);
    }
  }
}

namespace {

Solver solver(SolverName name) {
  switch (name) {
    case SolverName::kCholesky:
      return Solver::kCholesky;
    case SolverName::kExact:
      return Solver::kExactCholesky;
    case SolverName::kCg:
      return Solver::kConjugateGradient;
  }
  return Solver::kCholesky;
}

}  // namespace

void apply_settings(const TrainingSettings& settings, AlsConfig& als) {
  if (settings.rank) als.rank = static_cast<int>(*settings.rank);
  if (settings.max_iter) als.iterations = static_cast<int>(*settings.max_iter);
  if (settings.reg_param) als.regularization = *settings.reg_param;
  if (settings.alpha) als.alpha = *settings.alpha;
  if (settings.implicit_prefs) {
    als.feedback = *settings.implicit_prefs ? Feedback::kImplicit : Feedback::kExplicit;
  }
  als.solver = solver(settings.solver);
  if (settings.nonnegative) als.solver = Solver::kNonnegative;
}

Result<TrainConfig> train_config(const CommandContext& context, std::string data_version) {
  const auto& settings = context.config.training;
  TrainConfig config;
  PUNNET_TRY(config.recipe, find_recipe(recipe_name(settings.recipe)));
  apply_settings(settings, config.recipe.als);
  config.validate = settings.validation;
  config.k = static_cast<std::size_t>(context.config.stream.k);
  config.seed = static_cast<std::uint64_t>(settings.seed);
  config.threads = context.threads;
  config.data_version = std::move(data_version);
  if (settings.engine == TrainingEngine::kSpark) {
    config.engine = "spark";
    config.fit = spark_engine(context);
  }
  return config;
}

HeldOutConfig held_out_config(const CommandContext& context) {
  HeldOutConfig config;
  config.k = static_cast<std::size_t>(context.config.stream.k);
  config.seed = static_cast<std::uint64_t>(context.config.training.seed);
  config.threads = context.threads;
  return config;
}

Result<TrainedModel> train_with_progress(const CommandContext& context, TrainingData data,
                                         std::span<const ItemId> catalogue,
                                         const TrainConfig& config) {
  ProgressBar first("train", config.recipe.als.iterations, stderr);
  ProgressBar again("refit", config.recipe.als.iterations, stderr);
  const auto report = [&](const TrainProgress& progress) {
    char loss[64];
    std::snprintf(loss, sizeof loss, "loss %.6g", progress.als.loss);
    auto& bar = progress.refit ? again : first;
    if (progress.refit) first.clear();
    bar.show(progress.als.iteration, loss);
    context.log.debug("train", progress.refit ? "iteration of the refit" : "iteration",
                      {{"iteration", std::int64_t{progress.als.iteration}},
                       {"iterations", std::int64_t{progress.als.iterations}},
                       {"loss", progress.als.loss}});
  };
  return train_model(std::move(data.rows), catalogue, config, context.stop, report);
}

}  // namespace punnet
