#include <functional>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_data.h"
#include "app/topic_options.h"
#include "app/version.h"

namespace punnet {
namespace {

/// What one part of the world answered.
struct Answer {
  std::string part;
  std::string uri;
  bool well = true;
  std::string text;
};

Answer ask(std::string part, std::string uri,
           const std::function<Result<std::string>()>& question) {
  auto result = question();
  Answer answer{std::move(part), std::move(uri), static_cast<bool>(result), {}};
  answer.text = result
                    ? *result
                    : std::string(traits(result.error().code).name) + ": " + result.error().message;
  return answer;
}

/// Writes, reads and removes a small file.
Status try_files(FileStore& files, const CallContext& call) {
  constexpr char kPath[] = "doctor.txt";
  PUNNET_CHECK(replace_file(files, kPath, "punnet doctor\n", call));
  const auto text = read_file(files, kPath, 1024, call);
  // Whatever came of it, and whoever wants to stop: it does not stay.
  PUNNET_CHECK(files.remove(kPath, CallContext(call.deadline())));
  if (!text) return text.error();
  if (*text == "punnet doctor\n") return ok();
  return Error{ErrorCode::kCorrupt, files.location(kPath) + " read back other than written"};
}

class Doctor final : public Command {
 public:
  std::string_view name() const override { return "doctor"; }
  std::string_view group() const override { return "Settings"; }
  std::string_view summary() const override {
    return "Say what is built in, and ask each URI whether it answers.";
  }
  std::vector<std::string_view> examples() const override { return {"punnet doctor"}; }
  void declare(Options& options) override { declare_topic_place(options); }
  Status run(CommandContext& context) override {
    const auto answers = ask_all(context);
    PUNNET_CHECK(context.whole_run().check("doctor"));
    bool well = true;
    if (!context.json()) context.out.line(version_text());
    for (const auto& answer : answers) {
      well = well && answer.well;
      if (context.json()) {
        context.out.line(JsonObject()
                             .add("part", answer.part)
                             .add("uri", answer.uri)
                             .add("well", answer.well)
                             .add("answer", answer.text)
                             .text());
      } else {
        context.out.line((answer.well ? "ok    " : "FAILS ") + answer.part + "  " + answer.uri +
                         "  " + answer.text);
      }
    }
    if (well) return ok();
    return Error{ErrorCode::kUnavailable, "not everything answers; see above"};
  }

 private:
  static std::vector<Answer> ask_all(const CommandContext& context) {
    const auto& config = context.config;
    return {
        ask("events", config.events.uri, [&] { return ask_events(context); }),
        ask("tables", config.tables.uri, [&] { return ask_tables(context); }),
        ask("files", config.files.uri, [&] { return ask_files(context); }),
        ask("models", config.files.uri, [&] { return ask_models(context); }),
    };
  }

  static Result<std::string> ask_events(const CommandContext& context) {
    const auto call = context.events_call();
    PUNNET_TRY(const auto log, open_event_log(context.config, call));
    const auto topic = log->describe_topic(context.config.events.topic, call);
    if (!topic && topic.error().code == ErrorCode::kAbsent) {
      return "answers; no topic \"" + context.config.events.topic + "\" yet";
    }
    if (!topic) return topic.error();
    PUNNET_TRY(const auto bounds, log->bounds(*topic, call));
    std::int64_t messages = 0;
    for (const auto& range : bounds) messages += range.size();
    return "topic \"" + topic->name + "\": " + std::to_string(topic->partitions) +
           " partition(s), " + std::to_string(messages) + " messages";
  }

  static Result<std::string> ask_tables(const CommandContext& context) {
    const auto top = fetch_top(context);
    if (top) return std::string("answers, loaded");
    if (top.error().code == ErrorCode::kAbsent) {
      return std::string("answers, empty; `punnet load` fills it");
    }
    return top.error();
  }

  static Result<std::vector<ItemId>> fetch_top(const CommandContext& context) {
    PUNNET_TRY(const auto tables,
               open_tables(context.config, TablesUse::kShop, context.tables_call()));
    return tables.baselines->fetch("top_5", context.tables_call());
  }

  static Result<std::string> ask_files(const CommandContext& context) {
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_CHECK(try_files(*files, context.files_call()));
    return "reads and writes in " + files->location("");
  }

  static Result<std::string> ask_models(const CommandContext& context) {
    PUNNET_TRY(const auto files, open_files(context.config));
    const auto models = open_models(*files);
    PUNNET_TRY(const auto current, models->current(context.files_call()));
    if (!current) return std::string("none yet; `punnet train` makes one");
    PUNNET_TRY(const auto model, models->load(*current, context.files_call()));
    return "version " + *current + ": " + std::to_string(model->users.size()) + " users, " +
           std::to_string(model->items.size()) + " items, rank " +
           std::to_string(model->item_factors.rank());
  }
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() { return std::make_unique<Doctor>(); }

}  // namespace punnet
