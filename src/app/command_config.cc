#include "app/commands.h"
#include "app/options.h"
#include "config/print.h"
#include "config/uri.h"

namespace punnet {
namespace {

constexpr std::string_view kGroup = "Settings";

class ConfigDefault final : public Command {
 public:
  std::string_view name() const override { return "config default"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override {
    return "Print every setting with its default and its meaning, as a file to start from.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet config default > punnet.toml"};
  }
  void declare(Options&) override {}
  Status run(CommandContext& context) override {
    if (context.json()) {
      context.out.line(config_json(LoadedConfig{}));
    } else {
      context.out.write(config_toml(Config{}));
    }
    return ok();
  }
};

class ConfigShow final : public Command {
 public:
  std::string_view name() const override { return "config show"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override {
    return "Print the settings in effect and where each value came from.";
  }
  std::vector<std::string_view> examples() const override {
    return {"PUNNET__STREAM__TRIGGER=60s punnet config show --config shop.toml"};
  }
  void declare(Options&) override {}
  Status run(CommandContext& context) override {
    if (context.json()) {
      context.out.line(config_json(context.loaded));
    } else {
      context.out.write(config_with_origins(context.loaded));
    }
    return ok();
  }
};

class ConfigCheck final : public Command {
 public:
  std::string_view name() const override { return "config check"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override {
    return "Check a file of settings; exit code 78 names the first mistake.";
  }
  std::vector<std::string_view> examples() const override {
    return {"punnet config check punnet.toml"};
  }
  void declare(Options& options) override { options.argument("FILE", file_, "The file to check."); }
  bool checks_settings() const override { return true; }
  Status run(CommandContext& context) override {
    LoadedConfig loaded;
    PUNNET_CHECK(apply_toml_file(file_, loaded));
    PUNNET_CHECK(check_uris(loaded.config));
    context.out.line(context.json() ? "{\"valid\":true}" : file_ + ": fine");
    return ok();
  }

 private:
  std::string file_;
};

}  // namespace

std::unique_ptr<Command> make_config_default_command() { return std::make_unique<ConfigDefault>(); }
std::unique_ptr<Command> make_config_show_command() { return std::make_unique<ConfigShow>(); }
std::unique_ptr<Command> make_config_check_command() { return std::make_unique<ConfigCheck>(); }

}  // namespace punnet
