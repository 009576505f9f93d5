#include "app/options.h"

#include <CLI/CLI.hpp>
#include <set>
#include <stdexcept>

#include "config/field_text.h"

namespace punnet {
namespace {

/// What a setting is called in help.
struct Description {
  std::string text;
  std::string kind;
};

Description describe(std::string_view key) {
  Config defaults;
  const auto field = find_field(defaults, key);
  if (!field) throw std::logic_error("no setting " + std::string(key));
  const auto value = plain_text(*field);
  std::string text(field->sentence);
  const bool is_string = std::holds_alternative<std::string*>(field->value);
  if (value.empty() && !is_string) {
    text += " [decided by the recipe]";
  } else if (!value.empty()) {
    text += " [" + value + "]";
  }
  std::string kind = "TEXT";
  if (std::holds_alternative<std::int64_t*>(field->value) ||
      std::holds_alternative<std::optional<std::int64_t>*>(field->value)) {
    kind = "N";
  } else if (std::holds_alternative<double*>(field->value) ||
             std::holds_alternative<std::optional<double>*>(field->value)) {
    kind = "NUMBER";
  } else if (std::holds_alternative<std::chrono::milliseconds*>(field->value)) {
    kind = "TIME";
  } else if (std::holds_alternative<ByteSize*>(field->value)) {
    kind = "SIZE";
  } else if (key.ends_with(".uri")) {
    kind = "URI";
  }
  return {text, kind};
}

/// "--rank" of "-r,--rank".
std::string longest(std::string_view names) {
  const auto comma = names.find_last_of(',');
  return std::string(comma == std::string_view::npos ? names : names.substr(comma + 1));
}

std::string text(std::string_view view) { return std::string(view); }

}  // namespace

Options::Options(CLI::App& app, std::vector<Override>& overrides)
    : app_(app), overrides_(overrides) {}

void Options::setting(std::string_view names, std::string_view key) {
  const auto [sentence, kind] = describe(key);
  const auto take = [overrides = &overrides_, key = text(key),
                     flag = longest(names)](const std::string& value) {
    overrides->push_back({key, value, flag});
  };
  app_.add_option_function<std::string>(text(names), take, sentence)->type_name(kind);
}

void Options::prefixed_setting(std::string_view names, std::string_view key,
                               std::string_view prefix, std::string_view kind,
                               std::string_view sentence) {
  const auto take = [overrides = &overrides_, key = text(key), prefix = text(prefix),
                     flag = longest(names)](const std::string& value) {
    overrides->push_back({key, prefix + value, flag});
  };
  app_.add_option_function<std::string>(text(names), take, text(sentence))->type_name(text(kind));
}

void Options::list_setting(std::string_view names, std::string_view key, std::string_view kind) {
  const auto sentence = describe(key).text;
  const auto take = [overrides = &overrides_, key = text(key),
                     flag = longest(names)](const std::vector<std::string>& values) {
    std::string all;
    for (const auto& value : values) all += (all.empty() ? "" : ",") + value;
    overrides->push_back({key, all, flag});
  };
  app_.add_option_function<std::vector<std::string>>(text(names), take, sentence)
      ->type_name(text(kind))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Options::switch_setting(std::string_view name, std::string_view key) {
  const auto sentence = describe(key).text;
  const auto bare = text(name.substr(2));
  const auto take = [overrides = &overrides_, key = text(key),
                     flag = text(name)](std::int64_t count) {
    overrides->push_back({key, count > 0 ? "true" : "false", flag});
  };
  app_.add_flag_function("--" + bare + ",!--no-" + bare, take, sentence);
}

void Options::flag(std::string_view names, bool& target, std::string_view sentence) {
  app_.add_flag(text(names), target, text(sentence));
}

void Options::value(std::string_view names, std::string& target, std::string_view kind,
                    std::string_view sentence) {
  auto shown = text(sentence);
  if (!target.empty()) shown += " [" + target + "]";
  app_.add_option(text(names), target, shown)->type_name(text(kind));
}

void Options::required_value(std::string_view names, std::string& target, std::string_view kind,
                             std::string_view sentence) {
  app_.add_option(text(names), target, text(sentence))->required()->type_name(text(kind));
}

void Options::value(std::string_view names, std::optional<std::string>& target,
                    std::string_view kind, std::string_view sentence) {
  app_.add_option(text(names), target, text(sentence))->type_name(text(kind));
}

void Options::value(std::string_view names, std::int64_t& target, std::string_view sentence,
                    std::int64_t least, std::int64_t most) {
  const auto shown = text(sentence) + " [" + std::to_string(target) + "]";
  app_.add_option(text(names), target, shown)->check(CLI::Range(least, most))->type_name("N");
}

void Options::value(std::string_view names, std::optional<std::int64_t>& target,
                    std::string_view sentence, std::int64_t least, std::int64_t most) {
  app_.add_option(text(names), target, text(sentence))
      ->check(CLI::Range(least, most))
      ->type_name("N");
}

void Options::value(std::string_view names, double& target, std::string_view sentence) {
  app_.add_option(text(names), target, text(sentence))->type_name("NUMBER");
}

void Options::values(std::string_view names, std::vector<std::string>& target,
                     std::string_view kind, std::string_view sentence) {
  app_.add_option(text(names), target, text(sentence))
      ->type_name(text(kind))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Options::values(std::string_view names, std::vector<std::int64_t>& target,
                     std::string_view sentence, bool required) {
  app_.add_option(text(names), target, text(sentence))
      ->type_name("N")
      ->expected(1)
      ->required(required)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Options::choice(std::string_view names, std::string& target,
                     const std::vector<std::string>& choices, std::string_view sentence) {
  auto shown = text(sentence);
  if (!target.empty()) shown += " [" + target + "]";
  std::string kind;
  for (const auto& name : choices) kind += (kind.empty() ? "" : "|") + name;
  app_.add_option(text(names), target, shown)
      ->check(CLI::IsMember(std::set<std::string>(choices.begin(), choices.end())))
      ->type_name(kind);
}

void Options::argument(std::string_view name, std::string& target, std::string_view sentence,
                       bool required) {
  app_.add_option(text(name), target, text(sentence))->required(required)->type_name("");
}

void Options::arguments(std::string_view name, std::vector<std::string>& target,
                        std::string_view sentence) {
  app_.add_option(text(name), target, text(sentence))->required()->type_name("");
}

}  // namespace punnet
