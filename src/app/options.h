#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace CLI {
class App;
}  // namespace CLI

namespace punnet {

/// Takes down what a command understands. Names are as they stand in help: "-k,--top". What is
/// passed by reference is filled when the command line is read and must outlive that.
class Options {
 public:
  /// Values of settings go to `overrides`.
  Options(CLI::App& app, std::vector<Override>& overrides);

  /// A setting of the configuration that can also be given as an option; meaning and default come
  /// from the list of settings.
  void setting(std::string_view names, std::string_view key);

  /// A setting whose value is `prefix` and what is given.
  void prefixed_setting(std::string_view names, std::string_view key, std::string_view prefix,
                        std::string_view kind, std::string_view sentence);

  /// A setting that is a list separated by commas; may be given several times.
  void list_setting(std::string_view names, std::string_view key, std::string_view kind);

  /// A setting that is true or false: given alone it is true, as --no-… false.
  void switch_setting(std::string_view name, std::string_view key);

  void flag(std::string_view names, bool& target, std::string_view sentence);

  void value(std::string_view names, std::string& target, std::string_view kind,
             std::string_view sentence);
  void value(std::string_view names, std::optional<std::string>& target, std::string_view kind,
             std::string_view sentence);
  /// One that must be given.
  void required_value(std::string_view names, std::string& target, std::string_view kind,
                      std::string_view sentence);
  void value(std::string_view names, std::int64_t& target, std::string_view sentence,
             std::int64_t least = 0, std::int64_t most = INT64_MAX);
  void value(std::string_view names, std::optional<std::int64_t>& target, std::string_view sentence,
             std::int64_t least = 0, std::int64_t most = INT64_MAX);
  void value(std::string_view names, double& target, std::string_view sentence);

  /// May be given several times.
  void values(std::string_view names, std::vector<std::string>& target, std::string_view kind,
              std::string_view sentence);
  void values(std::string_view names, std::vector<std::int64_t>& target, std::string_view sentence,
              bool required = false);

  /// One of `choices`.
  void choice(std::string_view names, std::string& target, const std::vector<std::string>& choices,
              std::string_view sentence);

  /// An argument without a name; `required` ones must be given.
  void argument(std::string_view name, std::string& target, std::string_view sentence,
                bool required = true);
  void arguments(std::string_view name, std::vector<std::string>& target,
                 std::string_view sentence);

 private:
  CLI::App& app_;
  std::vector<Override>& overrides_;
};

}  // namespace punnet
