#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/field.h"
#include "domain/ids.h"
#include "telemetry/log.h"

namespace punnet {

enum class OutputMode : std::uint8_t { kAtLeastOnce, kStrict };

/// Where events come from and go to.
struct EventsSettings {
  std::string uri = "sqlite:shop/events.db";
  std::string topic = "purchases";
  std::string group = "punnet";
  std::string output_topic;
  OutputMode output_mode = OutputMode::kAtLeastOnce;
  std::chrono::milliseconds timeout{30'000};
  std::string command_config;
  std::string client_properties;
  ByteSize queue_bytes{256LL << 20};
};

/// Where look-ups are answered.
struct TablesSettings {
  std::string uri = "sqlite:shop/tables.db";
  std::chrono::milliseconds timeout{30'000};
  std::string user;
  std::string password_file;
  bool tls = false;
  std::string ca_file;
  std::string datacenter;
  std::string replication = "1";
  bool original_tables = false;
  std::int64_t recommendations_kept = 10;
  std::chrono::milliseconds recommendation_ttl{0};
};

/// Where files lie: prepared data, models, new purchases.
struct FilesSettings {
  std::string uri = "file:shop";
  std::chrono::milliseconds timeout{120'000};
};

/// How strangers' tables are read and cleaned.
struct PrepareSettings {
  std::string user_column = "user_id";
  std::string item_column = "item_id";
  std::string quantity_column = "quantity";
  std::string sales_value_column = "sales_value";
  std::string basket_column;
  std::string time_column;
  std::string product_column = "product_id";
  std::string department_column = "department";
  std::string category_column = "category";
  std::string name_column = "name";
  std::int64_t top_n = 5000;
  double min_price = 1.0;
  bool keep_outlier_units = false;
  IdType id_type = IdType::kInt32;
};

enum class SplitOrder : std::uint8_t { kRandom, kTime };

/// How purchases are divided into history and future.
struct SplitSettings {
  double fraction = 0.5;
  SplitOrder by = SplitOrder::kRandom;
  std::int64_t seed = 20210117;
};

enum class TrainingEngine : std::uint8_t { kNative, kSpark };
enum class GateSetting : std::uint8_t { kAuto, kRefuse, kReport };
enum class RecipeName : std::uint8_t { kDefault, kOriginal };

enum class SolverName : std::uint8_t { kCholesky, kExact, kCg };

/// "default", "original".
std::string_view recipe_name(RecipeName recipe);

/// How a model is made. What is absent comes from the recipe.
struct TrainingSettings {
  TrainingEngine engine = TrainingEngine::kNative;
  std::string spark_submit = "spark-submit";
  std::string spark_master = "local[*]";
  std::string spark_arguments;
  RecipeName recipe = RecipeName::kDefault;
  std::optional<std::int64_t> rank;
  std::optional<std::int64_t> max_iter;
  std::optional<double> reg_param;
  std::optional<double> alpha;
  std::optional<bool> implicit_prefs;
  SolverName solver = SolverName::kCholesky;
  bool nonnegative = false;
  std::int64_t seed = 20210117;
  bool validation = true;
  GateSetting gate = GateSetting::kAuto;
};

enum class StartAt : std::uint8_t { kEarliest, kLatest };
enum class DataLoss : std::uint8_t { kFail, kRecord };

/// How the model is applied to the topic.
struct StreamSettings {
  std::int64_t max_offsets_per_trigger = 10'000;
  std::chrono::milliseconds trigger{0};
  StartAt starting_offsets = StartAt::kEarliest;
  DataLoss on_data_loss = DataLoss::kFail;
  std::int64_t k = 5;
  bool exclude_purchased = false;
  ByteSize commit_bytes{16LL << 20};
  ByteSize commit_backlog_bytes{128LL << 20};
  std::chrono::milliseconds commit_age{10'000};
  bool file_per_batch = false;
  ByteSize history_bytes{256LL << 20};
  ByteSize history_backlog_bytes{128LL << 20};
  ByteSize lookup_bytes{64LL << 20};
  std::int64_t show_rows = 20;
};

/// What `compact` makes.
struct CompactSettings {
  ByteSize target_size{128LL << 20};
};

/// What `vacuum` keeps.
struct VacuumSettings {
  std::chrono::milliseconds retain{std::chrono::hours{7 * 24}};
};

struct LogSettings {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
};

struct ProcessSettings {
  std::int64_t threads = 0;
};

/// All settings of the program. Every value here is a default that works with nothing installed.
struct Config {
  EventsSettings events;
  TablesSettings tables;
  FilesSettings files;
  PrepareSettings prepare;
  SplitSettings split;
  TrainingSettings training;
  StreamSettings stream;
  CompactSettings compact;
  VacuumSettings vacuum;
  LogSettings log;
  ProcessSettings process;
};

/// Each visits the fields of one struct, in the order in which they are printed: the only list of
/// names, meanings and bounds. Loader, checker, printer and command line are visitors of it.
void visit_fields(EventsSettings& config, const FieldVisitor& visit);
void visit_fields(TablesSettings& config, const FieldVisitor& visit);
void visit_fields(FilesSettings& config, const FieldVisitor& visit);
void visit_fields(PrepareSettings& config, const FieldVisitor& visit);
void visit_fields(SplitSettings& config, const FieldVisitor& visit);
void visit_fields(TrainingSettings& config, const FieldVisitor& visit);
void visit_fields(StreamSettings& config, const FieldVisitor& visit);
void visit_fields(CompactSettings& config, const FieldVisitor& visit);
void visit_fields(VacuumSettings& config, const FieldVisitor& visit);
void visit_fields(LogSettings& config, const FieldVisitor& visit);
void visit_fields(ProcessSettings& config, const FieldVisitor& visit);

/// Visits the fields of all sections.
void visit_fields(Config& config, const FieldVisitor& visit);

/// The field called `name` ("stream.trigger") of `config`, absent when there is none.
std::optional<Field> find_field(Config& config, std::string_view name);

}  // namespace punnet
