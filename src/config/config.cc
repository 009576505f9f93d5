#include "config/config.h"

namespace punnet {
namespace {

constexpr std::string_view kIdWidths[] = {"int32", "int64"};
constexpr std::string_view kSplitOrders[] = {"random", "time"};
constexpr std::string_view kEngines[] = {"native", "spark"};
constexpr std::string_view kGates[] = {"auto", "refuse", "report"};
constexpr std::string_view kRecipes[] = {"default", "original"};
constexpr std::string_view kSolvers[] = {"cholesky", "exact", "cg"};
constexpr std::string_view kStarts[] = {"earliest", "latest"};
constexpr std::string_view kOutputModes[] = {"at-least-once", "strict"};
constexpr std::string_view kDataLosses[] = {"fail", "record"};
constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error", "off"};
constexpr std::string_view kLogFormats[] = {"text", "json"};

constexpr double kDay = 86'400'000.0;

/// Gives every field of one section its section name.
class Section {
 public:
  Section(std::string_view name, const FieldVisitor& visit) : name_(name), visit_(visit) {}

  void operator()(std::string_view key, FieldRef value, std::string_view sentence,
                  Bounds bounds = {}) const {
    visit_(Field{name_, key, std::move(value), sentence, bounds});
  }

 private:
  std::string_view name_;
  const FieldVisitor& visit_;
};

}  // namespace

std::string_view recipe_name(RecipeName recipe) {
  return kRecipes[static_cast<std::size_t>(recipe)];
}

void visit_fields(EventsSettings& config, const FieldVisitor& visit) {
  const Section field("events", visit);
  field("uri", &config.uri, "Where the topic lives: sqlite:FILE or kafka://HOST:PORT[,HOST:PORT].");
  field("topic", &config.topic, "The topic of purchases.");
  field(
      "group", &config.group,
      "Under this name progress is noted for other tools; in Kafka, streams of one group share the "
      "partitions.");
  field("output_topic", &config.output_topic,
        "Where the stream tells what it recommends on each event; empty: to the tables alone.");
  field("output_mode", choice(config.output_mode, kOutputModes),
        "at-least-once: after a crash some messages come twice; strict: never, in transactions of "
        "Kafka.");
  field("timeout", &config.timeout, "How long one call may wait for an answer.", {1, kDay});
  field("command_config", &config.command_config,
        "Of Kafka: a properties file as Kafka's own tools read it, with users, passwords, stores.");
  field("client_properties", &config.client_properties,
        "Of Kafka: more client properties, NAME=VALUE, separated by commas; no passwords.");
  field("queue_bytes", &config.queue_bytes,
        "Of Kafka: how much of what was fetched may wait in memory.", {1 << 20, 1e12});
}

void visit_fields(TablesSettings& config, const FieldVisitor& visit) {
  const Section field("tables", visit);
  field("uri", &config.uri,
        "Where features, histories and baselines live: sqlite:FILE or "
        "cassandra://HOST:PORT[,HOST:PORT]/KEYSPACE.");
  field("timeout", &config.timeout, "How long one call, or a whole load, may take.", {1, kDay});
  field("user", &config.user, "Of Cassandra: who logs in; empty: nobody does.");
  field("password_file", &config.password_file,
        "Of Cassandra: a file that holds the password; the environment variable "
        "PUNNET_TABLES_PASSWORD may hold it instead.");
  field("tls", &config.tls,
        "Of Cassandra: encrypt, and verify that the certificate is for the node's IP address.");
  field("ca_file", &config.ca_file,
        "Of Cassandra: PEM file of who signed the nodes' certificates; empty: whom the system "
        "trusts.");
  field("datacenter", &config.datacenter,
        "Of Cassandra: the data centre whose nodes are asked; empty: all of them.");
  field(
      "replication", &config.replication,
      "Of Cassandra, when `load` makes the keyspace: a number of replicas, or DATACENTER:REPLICAS "
      "separated by commas.");
  field("original_tables", &config.original_tables,
        "Of Cassandra: features, own purchases and baselines in the tables item_features, "
        "own_purchases and baseline of the original.");
  field("recommendations_kept", &config.recommendations_kept,
        "Of Cassandra: how many of a user's last lists are kept at least, of each partition.",
        {1, 1000});
  field("recommendation_ttl", &config.recommendation_ttl,
        "Of Cassandra: how long a list is kept, in whole seconds; 0s: until others take its place.",
        {0, 3650 * kDay});
}

void visit_fields(FilesSettings& config, const FieldVisitor& visit) {
  const Section field("files", visit);
  field("uri", &config.uri,
        "Where prepared data, models and new purchases lie: file:DIRECTORY or "
        "hdfs://HOST:PORT/PATH.");
  field("timeout", &config.timeout, "How long one call may wait for an answer.", {1, kDay});
}

void visit_fields(PrepareSettings& config, const FieldVisitor& visit) {
  const Section field("prepare", visit);
  field("user_column", &config.user_column, "Column of the purchases that names the user.");
  field("item_column", &config.item_column, "Column of the purchases that names the item.");
  field("quantity_column", &config.quantity_column, "Column of the purchases with the quantity.");
  field("sales_value_column", &config.sales_value_column,
        "Column of the purchases with the money paid for the line.");
  field("basket_column", &config.basket_column,
        "Column of the purchases that names the basket; empty: baskets are not carried.");
  field("time_column", &config.time_column,
        "Column of the purchases with the time; empty: times are not carried.");
  field("product_column", &config.product_column, "Column of the products that names the item.");
  field("department_column", &config.department_column,
        "Column of the products with the department.");
  field("category_column", &config.category_column, "Column of the products with the category.");
  field("name_column", &config.name_column,
        "Column of the products with a name for people; without it items have no names.");
  field("top_n", &config.top_n, "How many best-selling items make the catalogue.", {1, 1e8});
  field("min_price", &config.min_price,
        "Least price of one unit for a line to count towards the catalogue.", {0, 1e9});
  field("keep_outlier_units", &config.keep_outlier_units,
        "Keep items whose quantities are out of all proportion, such as fuel, in the catalogue.");
  field("id_type", choice(config.id_type, kIdWidths),
        "Width of ids in files and events: int32 or int64.");
}

void visit_fields(SplitSettings& config, const FieldVisitor& visit) {
  const Section field("split", visit);
  field("fraction", &config.fraction, "Share of the purchases that becomes history.", {0, 1});
  field("by", choice(config.by, kSplitOrders),
        "random: a seeded draw; time: what came first is history.");
  field("seed", &config.seed, "Seed of the draw.");
}

void visit_fields(TrainingSettings& config, const FieldVisitor& visit) {
  const Section field("training", visit);
  field("engine", choice(config.engine, kEngines),
        "What trains: native, or spark, a cluster by spark-submit.");
  field("spark_submit", &config.spark_submit, "Of engine spark: the program that submits jobs.");
  field("spark_master", &config.spark_master,
        "Of engine spark: local[*], spark://HOST:PORT or yarn.");
  field("spark_arguments", &config.spark_arguments,
        "Of engine spark: more arguments of spark-submit, separated by blanks.");
  field("recipe", choice(config.recipe, kRecipes),
        "default: implicit feedback over the catalogue; original: explicit, rating = quantity.");
  field("rank", &config.rank, "Number of factors.", {1, 1024});
  field("max_iter", &config.max_iter, "Number of iterations.", {0, 10'000});
  field("reg_param", &config.reg_param, "Regularisation.", {0, 1e9});
  field("alpha", &config.alpha, "Confidence of implicit feedback.", {0, 1e9});
  field("implicit_prefs", &config.implicit_prefs, "Implicit feedback instead of ratings.");
  field("solver", choice(config.solver, kSolvers),
        "cholesky: fp32; exact: fp64, the same bits on every machine; cg: three steps of conjugate "
        "gradients, for high ranks.");
  field("nonnegative", &config.nonnegative, "No factor below zero, by Spark's NNLS.");
  field("seed", &config.seed, "Seed of the first factors and of the validation split.");
  field("validation", &config.validation, "Hold back a fifth of the data to measure on.");
  field("gate", choice(config.gate, kGates),
        "What becomes of a model that is unfit: refuse or report; auto: refuse, but report for the "
        "original recipe.");
}

void visit_fields(StreamSettings& config, const FieldVisitor& visit) {
  const Section field("stream", visit);
  field("max_offsets_per_trigger", &config.max_offsets_per_trigger,
        "Most events that one batch takes.", {1, 10'000'000});
  field("trigger", &config.trigger, "Time from batch to batch; 0s: as data comes.", {0, kDay});
  field("starting_offsets", choice(config.starting_offsets, kStarts),
        "earliest or latest: where a table without position begins.");
  field("on_data_loss", choice(config.on_data_loss, kDataLosses),
        "When the topic dropped events before they were read, fail: stop; record: note the gap.");
  field("k", &config.k, "Length of a list of recommendations.", {1, 1000});
  field("exclude_purchased", &config.exclude_purchased,
        "Leave out of the lists what the user bought before.");
  field("commit_bytes", &config.commit_bytes, "Rows are made visible when they take this much.",
        {1, 1e12});
  field("commit_backlog_bytes", &config.commit_backlog_bytes,
        "Memory for rows that are not durable yet, at least twice commit_bytes; when it is full, "
        "batches wait.");
  field("commit_age", &config.commit_age, "Rows are made visible when they are this old.",
        {0, kDay});
  field("file_per_batch", &config.file_per_batch,
        "Make every batch visible by itself, in a file of its own.");
  field("history_bytes", &config.history_bytes, "Memory for users' histories.", {1, 1e13});
  field("history_backlog_bytes", &config.history_backlog_bytes,
        "Memory for purchases that wait to be counted in the table of histories; as much again may "
        "be on its way there.",
        {1, 1e13});
  field("lookup_bytes", &config.lookup_bytes,
        "Memory for each kind of look-up: own purchases, features, names, and the lists that are "
        "made ahead when a model is loaded.",
        {1, 1e13});
  field("show_rows", &config.show_rows, "Rows of each batch's table; 0: no table.", {0, 1e6});
}

void visit_fields(CompactSettings& config, const FieldVisitor& visit) {
  const Section field("compact", visit);
  field("target_size", &config.target_size, "Merged files stay below this.", {1024, 1e13});
}

void visit_fields(VacuumSettings& config, const FieldVisitor& visit) {
  const Section field("vacuum", visit);
  field("retain", &config.retain, "Files that a version this young refers to are kept.",
        {0, 3650 * kDay});
}

void visit_fields(LogSettings& config, const FieldVisitor& visit) {
  const Section field("log", visit);
  field("level", choice(config.level, kLogLevels), "debug, info, warn, error or off.");
  field("format", choice(config.format, kLogFormats), "text or json.");
}

void visit_fields(ProcessSettings& config, const FieldVisitor& visit) {
  const Section field("process", visit);
  field("threads", &config.threads, "Threads that compute; 0: one for each processor.", {0, 1024});
}

void visit_fields(Config& config, const FieldVisitor& visit) {
  visit_fields(config.events, visit);
  visit_fields(config.tables, visit);
  visit_fields(config.files, visit);
  visit_fields(config.prepare, visit);
  visit_fields(config.split, visit);
  visit_fields(config.training, visit);
  visit_fields(config.stream, visit);
  visit_fields(config.compact, visit);
  visit_fields(config.vacuum, visit);
  visit_fields(config.log, visit);
  visit_fields(config.process, visit);
}

std::optional<Field> find_field(Config& config, std::string_view name) {
  std::optional<Field> found;
  visit_fields(config, [&](const Field& field) {
    if (field.name() == name) found = field;
  });
  return found;
}

}  // namespace punnet
