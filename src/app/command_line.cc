#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <utility>

#include "app/options.h"
#include "config/nearest.h"

namespace punnet {
namespace {

constexpr std::size_t kHelpColumn = 36;

/// What options that every command takes are read into.
struct Everywhere {
  std::vector<std::string> config;
  std::vector<std::string> output;
  std::vector<std::string> conf;
};

void declare_everywhere(CLI::App& app, Everywhere& into, std::vector<Override>& overrides,
                        bool output_may_be_place = false) {
  const auto before = app.get_options();
  Options options(app, overrides);
  options.values("--config", into.config, "FILE",
                 "Settings in TOML [./punnet.toml where it exists].");
  options.values("--conf", into.conf, "SECTION.KEY=VALUE", "Any setting, as in the file.");
  options.setting("--events", "events.uri");
  options.setting("--tables", "tables.uri");
  options.setting("--files", "files.uri");
  if (output_may_be_place) {
    options.values("--output", into.output, "table|json|DIRECTORY",
                   "How results are printed [table]; or where the result is saved, such as a model "
                   "instead of among the shop's. May be given twice.");
  } else {
    options.values("--output", into.output, "table|json", "How results are printed [table].");
  }
  options.setting("--log-level", "log.level");
  options.setting("--log-format", "log.format");
  options.setting("--threads", "process.threads");
  for (auto* option : app.get_options()) {
    if (std::find(before.begin(), before.end(), option) == before.end()) {
      option->group("Options of every command");
    }
  }
}

/// Names of a switch as "--[no-]validation" instead of "--validation,--no-validation{false}".
class HelpText final : public CLI::Formatter {
 public:
  HelpText() { column_width(kHelpColumn); }

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    auto name = CLI::Formatter::make_option_name(option, is_positional);
    const auto denied = name.find(",--no-");
    if (denied == std::string::npos || name.find('{') == std::string::npos) return name;
    return "--[no-]" + name.substr(2, denied - 2);
  }
};

std::string footer(const Command& command) {
  const auto examples = command.examples();
  if (examples.empty()) return {};
  std::string text = "Examples:";
  for (const auto example : examples) text += "\n  " + std::string(example);
  return text;
}

/// The subcommand that was named last.
CLI::App* deepest(CLI::App* app) {
  while (true) {
    const auto parsed = app->get_subcommands();
    if (parsed.empty()) return app;
    app = parsed.front();
  }
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  return names;
}

/// "punnet config" for `show` below it.
std::string path_above(const CLI::App& app) {
  std::string path;
  for (const auto* above = app.get_parent(); above != nullptr; above = above->get_parent()) {
    path.insert(0, above->get_name() + (path.empty() ? "" : " "));
  }
  return path;
}

std::string help_call(const CLI::App& app) {
  const auto above = path_above(app);
  return above + (above.empty() ? "" : " ") + app.get_name() + " --help";
}

Error unexpected(CLI::App& root) {
  auto* leaf = deepest(&root);
  const auto extras = root.remaining(true);
  const auto word = extras.empty() ? std::string() : extras.front();
  if (word.starts_with("-")) {
    const auto name = word.substr(0, word.find('='));
    return Error{ErrorCode::kInvalid, "unknown option " + name + "; the nearest is " +
                                          nearest(name, option_names(*leaf)) + " (see " +
                                          help_call(*leaf) + ")"};
  }
  const auto names = subcommand_names(*leaf);
  if (names.empty()) {
    return Error{ErrorCode::kInvalid,
                 "unexpected argument \"" + word + "\" (see " + help_call(*leaf) + ")"};
  }
  return Error{ErrorCode::kInvalid, "unknown command \"" + word + "\"; the nearest is \"" +
                                        nearest(word, names) + "\" (see " + help_call(*leaf) + ")"};
}

/// Makes the app of "files ls" below that of "files", which is made when it is first needed.
CLI::App* add_command(CLI::App& root, const Command& command) {
  const std::string name(command.name());
  const auto space = name.find(' ');
  if (space == std::string::npos) return root.add_subcommand(name, std::string(command.summary()));
  const auto family = name.substr(0, space);
  const auto same =
      root.get_subcommands([&](const CLI::App* app) { return app->get_name() == family; });
  auto* parent = same.empty() ? nullptr : same.front();
  if (parent == nullptr) {
    parent = root.add_subcommand(family);
    parent->group(std::string(command.group()));
  }
  const auto word = name.substr(space + 1);
  const auto listed = parent->get_description();
  parent->description((listed.empty() ? "Commands: " : listed + ", ") + word);
  return parent->add_subcommand(word, std::string(command.summary()));
}

Status take_conf(const std::vector<std::string>& conf, std::vector<Override>& overrides) {
  for (const auto& text : conf) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      return Error{ErrorCode::kInvalid,
                   "--conf " + text + ": expected SECTION.KEY=VALUE, such as training.rank=64"};
    }
    overrides.push_back({text.substr(0, equals), text.substr(equals + 1), "--conf"});
  }
  return ok();
}

Status take_config(const std::vector<std::string>& config, ParsedLine& line) {
  for (const auto& text : config) {
    const auto equals = text.find('=');
    if (line.command->takes_topic_config() && equals != std::string::npos) {
      line.topic_config[text.substr(0, equals)] = text.substr(equals + 1);
    } else if (line.config_file) {
      return Error{ErrorCode::kInvalid,
                   "--config " + text + ": there is one file already, " + *line.config_file};
    } else {
      line.config_file = text;
    }
  }
  return ok();
}

Status take_output(const std::vector<std::string>& output, ParsedLine& line) {
  for (const auto& text : output) {
    if (text == "table") {
      line.format = OutputFormat::kTable;
    } else if (text == "json") {
      line.format = OutputFormat::kJson;
    } else if (line.command->output_may_be_place()) {
      line.place = text;
    } else {
      return Error{ErrorCode::kInvalid, "--output: expected table or json, found \"" + text + "\""};
    }
  }
  return ok();
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Result<ParsedLine> parse_command_line(int argc, const char* const* argv,
                                      std::span<const std::unique_ptr<Command>> commands,
                                      const std::string& version) {
  ParsedLine line;
  Everywhere everywhere;
  CLI::App root(
      "punnet: a small basket for picks. Turns add-to-basket events into recommendations.",
      "punnet");
  root.set_version_flag("--version", version, "Print versions and stop.");
  root.set_help_flag("-h,--help", "Print help and stop.");
  root.formatter(std::make_shared<HelpText>());
  root.footer("Help for one command: punnet COMMAND --help");
  declare_everywhere(root, everywhere, line.overrides);

  std::map<const CLI::App*, Command*> command_of;
  for (const auto& command : commands) {
    auto* app = add_command(root, *command);
    if (app->get_parent() == &root) app->group(std::string(command->group()));
    app->footer(footer(*command));
    Options options(*app, line.overrides);
    command->declare(options);
    declare_everywhere(*app, everywhere, line.overrides, command->output_may_be_place());
    command_of.emplace(app, command.get());
  }

  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto* asked = deepest(&root);
    line.answer = asked->help(path_above(*asked));
    return line;
  } catch (const CLI::CallForVersion&) {
    line.answer = version + '\n';
    return line;
  } catch (const CLI::ExtrasError&) {
    return unexpected(root);
  } catch (const CLI::ParseError& error) {
    return Error{ErrorCode::kInvalid,
                 one_line(error.what()) + " (see " + help_call(*deepest(&root)) + ")"};
  }

  auto* chosen = deepest(&root);
  const auto found = command_of.find(chosen);
  if (found == command_of.end()) {
    return Error{ErrorCode::kInvalid, "no command given (see " + help_call(*chosen) + ")"};
  }
  line.command = found->second;
  PUNNET_CHECK(take_config(everywhere.config, line));
  PUNNET_CHECK(take_conf(everywhere.conf, line.overrides));
  PUNNET_CHECK(take_output(everywhere.output, line));
  PUNNET_CHECK(line.command->check());
  return line;
}

}  // namespace punnet
