#include "app/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/commands.h"
#include "config/config.h"

namespace punnet {
namespace {

class CommandLine : public testing::Test {
 protected:
  Result<ParsedLine> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "punnet");
    commands_ = make_commands();
    return parse_command_line(static_cast<int>(words.size()), words.data(), commands_, "punnet 1");
  }

  std::string failure(std::vector<const char*> words) {
    const auto line = parse(std::move(words));
    EXPECT_FALSE(line);
    return line ? "" : line.error().message;
  }

  std::vector<std::unique_ptr<Command>> commands_;
};

TEST_F(CommandLine, FindsTheCommandAndItsSettings) {
  const auto line = parse({"train", "--rank", "64", "--no-implicit-prefs", "--output", "json"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command->name(), "train");
  EXPECT_EQ(line->format, OutputFormat::kJson);
  ASSERT_EQ(line->overrides.size(), 2U);
  LoadedConfig loaded;
  ASSERT_TRUE(apply_overrides(line->overrides, loaded));
  EXPECT_EQ(loaded.config.training.rank, 64);
  EXPECT_EQ(loaded.config.training.implicit_prefs, false);
}

TEST_F(CommandLine, FindsCommandsOfAFamily) {
  const auto line = parse({"files", "rm", "-r", "models/1", "--dry-run"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command->name(), "files rm");
}

TEST_F(CommandLine, TakesOptionsOfEveryCommandBeforeAndBehindIt) {
  for (const auto& words :
       {std::vector{"--files", "file:a", "verify"}, std::vector{"verify", "--files", "file:a"}}) {
    const auto line = parse(words);
    ASSERT_TRUE(line);
    ASSERT_EQ(line->overrides.size(), 1U);
    EXPECT_EQ(line->overrides[0].key, "files.uri");
    EXPECT_EQ(line->overrides[0].text, "file:a");
    EXPECT_EQ(line->overrides[0].flag, "--files");
  }
}

TEST_F(CommandLine, TellsFormatsFromPlacesInOutput) {
  const auto line = parse({"train", "--output", "my_model", "--output", "json"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->place, "my_model");
  EXPECT_EQ(line->format, OutputFormat::kJson);
  EXPECT_EQ(failure({"verify", "--output", "my_model"}),
            "--output: expected table or json, found \"my_model\"");
}

TEST_F(CommandLine, TellsTopicConfigFromConfigFiles) {
  const auto line = parse({"publish", "--config", "retention.ms=-1", "--config", "shop.toml"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->topic_config.at("retention.ms"), "-1");
  EXPECT_EQ(line->config_file, "shop.toml");
  EXPECT_EQ(parse({"verify", "--config", "a=b.toml"})->config_file, "a=b.toml");
  EXPECT_NE(failure({"verify", "--config", "a", "--config", "b"}).find("one file already"),
            std::string::npos);
}

TEST_F(CommandLine, NamesTheNearestCommandAndOption) {
  EXPECT_EQ(failure({"strem"}),
            "unknown command \"strem\"; the nearest is \"stream\" (see punnet --help)");
  EXPECT_EQ(failure({"files", "lss"}),
            "unknown command \"lss\"; the nearest is \"ls\" (see punnet files --help)");
  EXPECT_EQ(failure({"stream", "--max-offset-per-triger=3"}),
            "unknown option --max-offset-per-triger; the nearest is --max-offsets-per-trigger (see "
            "punnet stream --help)");
  EXPECT_EQ(failure({"files"}), "no command given (see punnet files --help)");
}

TEST_F(CommandLine, ReadsSeveralUsersAndNegativeNumbers) {
  EXPECT_TRUE(parse({"recommend", "--user", "1", "--user", "-2", "-k", "3"}));
  EXPECT_FALSE(parse({"recommend", "--user", "one"}));
  EXPECT_FALSE(parse({"recommend"}));
}

TEST_F(CommandLine, ChecksOptionsThatDoNotGoTogether) {
  EXPECT_EQ(failure({"tail", "--from-beginning", "--offset", "1"}),
            "--from-beginning and --offset cannot both be given");
  EXPECT_EQ(failure({"prepare", "--purchases", "-", "--products", "-"}),
            "--purchases and --products cannot both be standard input");
}

TEST_F(CommandLine, AnswersWithHelpAndVersion) {
  const auto help = parse({"files", "rm", "--help"});
  ASSERT_TRUE(help);
  EXPECT_EQ(help->command, nullptr);
  EXPECT_NE(help->answer.find("Usage: punnet files rm"), std::string::npos);
  EXPECT_NE(help->answer.find("Examples:\n  punnet files rm"), std::string::npos);
  EXPECT_EQ(parse({"--version"})->answer, "punnet 1\n");
}

TEST_F(CommandLine, HelpSaysWhatSwitchesAndPlacesAreCalled) {
  const auto train = parse({"train", "--help"})->answer;
  EXPECT_NE(train.find("  --[no-]validation  "), std::string::npos) << train;
  EXPECT_NE(train.find("  --output table|json|DIRECTORY"), std::string::npos) << train;
  EXPECT_EQ(train.find("{false}"), std::string::npos) << train;
  EXPECT_NE(parse({"load", "--help"})->answer.find("  --output table|json  "), std::string::npos);
}

TEST_F(CommandLine, EveryCommandHasASummaryAndExamples) {
  for (const auto& command : make_commands()) {
    EXPECT_TRUE(command->summary().ends_with('.')) << command->name();
    EXPECT_FALSE(command->group().empty()) << command->name();
    EXPECT_FALSE(command->examples().empty()) << command->name();
  }
}

}  // namespace
}  // namespace punnet
