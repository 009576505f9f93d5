#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "config/field.h"
#include "telemetry/log.h"

namespace punnet {

/// Where events come from and go to.
struct EventsConfig {
  std::string uri = "sqlite:shop/events.db";
  std::string topic = "purchases";
  std::string group = "punnet";
  std::chrono::milliseconds timeout{30'000};
};

/// Where look-ups are answered.
struct TablesConfig {
  std::string uri = "sqlite:shop/tables.db";
  std::chrono::milliseconds timeout{30'000};
};

/// Where files lie: prepared data, models, new purchases.
struct FilesConfig {
  std::string uri = "file:shop";
  std::chrono::milliseconds timeout{120'000};
};

enum class IdWidth : std::uint8_t { kInt32, kInt64 };

/// How strangers' tables are read and cleaned.
struct PrepareConfig {
  std::string user_column = "user_id";
  std::string item_column = "item_id";
  std::string quantity_column = "quantity";
  std::string sales_column = "sales_value";
  std::string basket_column;
  std::string time_column;
  std::string product_column = "item_id";
  std::string department_column = "department";
  std::string category_column = "category";
  std::string name_column;
  std::int64_t top_n = 5000;
  double min_price = 1.0;
  bool keep_outlier_units = false;
  IdWidth id_type = IdWidth::kInt32;
};

enum class SplitOrder : std::uint8_t { kRandom, kTime };

/// How purchases are divided into history and future.
struct SplitConfig {
  double fraction = 0.5;
  SplitOrder by = SplitOrder::kRandom;
  std::int64_t seed = 20210117;
};

enum class TrainingEngine : std::uint8_t { kNative };
enum class RecipeName : std::uint8_t { kDefault, kOriginal };

/// How a model is made. What is absent comes from the recipe.
struct TrainingConfig {
  TrainingEngine engine = TrainingEngine::kNative;
  RecipeName recipe = RecipeName::kDefault;
  std::optional<std::int64_t> rank;
  std::optional<std::int64_t> max_iter;
  std::optional<double> reg_param;
  std::optional<double> alpha;
  std::optional<bool> implicit_prefs;
  std::int64_t seed = 20210117;
  bool validation = true;
};

enum class StartingOffsets : std::uint8_t { kEarliest, kLatest };

/// How the model is applied to the topic.
struct StreamConfig {
  std::int64_t max_offsets_per_trigger = 10'000;
  std::chrono::milliseconds trigger{0};
  StartingOffsets starting_offsets = StartingOffsets::kEarliest;
  std::int64_t k = 5;
  ByteSize commit_bytes{64LL << 20};
  std::chrono::milliseconds commit_age{10'000};
  bool file_per_batch = false;
  ByteSize history_bytes{512LL << 20};
  ByteSize read_bytes{64LL << 20};
  std::int64_t show_rows = 20;
};

/// What `vacuum` keeps.
struct VacuumConfig {
  std::chrono::milliseconds retain{std::chrono::hours{7 * 24}};
};

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
};

struct ProcessConfig {
  std::int64_t threads = 0;
};

/// All settings of the program. Every value here is a default that works with nothing installed.
struct Config {
  EventsConfig events;
  TablesConfig tables;
  FilesConfig files;
  PrepareConfig prepare;
  SplitConfig split;
  TrainingConfig training;
  StreamConfig stream;
  VacuumConfig vacuum;
  LogConfig log;
  ProcessConfig process;
};

/// Each visits the fields of one struct, in the order in which they are printed: the only list of
/// names, meanings and bounds. Loader, checker, printer and command line are visitors of it.
void visit_fields(EventsConfig& config, const FieldVisitor& visit);
void visit_fields(TablesConfig& config, const FieldVisitor& visit);
void visit_fields(FilesConfig& config, const FieldVisitor& visit);
void visit_fields(PrepareConfig& config, const FieldVisitor& visit);
void visit_fields(SplitConfig& config, const FieldVisitor& visit);
void visit_fields(TrainingConfig& config, const FieldVisitor& visit);
void visit_fields(StreamConfig& config, const FieldVisitor& visit);
void visit_fields(VacuumConfig& config, const FieldVisitor& visit);
void visit_fields(LogConfig& config, const FieldVisitor& visit);
void visit_fields(ProcessConfig& config, const FieldVisitor& visit);

/// Visits the fields of all sections.
void visit_fields(Config& config, const FieldVisitor& visit);

/// The field called `name` ("stream.trigger") of `config`, absent when there is none.
std::optional<Field> find_field(Config& config, std::string_view name);

}  // namespace punnet
