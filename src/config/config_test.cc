#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <string>

#include "config/field_text.h"
#include "config/load.h"
#include "config/nearest.h"
#include "config/print.h"
#include "config/uri.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

std::string failure(std::string_view toml) {
  LoadedConfig loaded;
  const auto status = apply_toml(toml, "shop.toml", loaded);
  EXPECT_FALSE(status);
  if (status) return {};
  EXPECT_EQ(status.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(loaded.origins.empty());
  return status.error().message;
}

TEST(Config, DefaultsSurviveBeingPrintedAndLoaded) {
  LoadedConfig loaded;
  loaded.config.stream.trigger = milliseconds{7};
  loaded.config.events.topic = "other";
  ASSERT_TRUE(apply_toml(config_toml(Config{}), "default", loaded));
  EXPECT_EQ(config_toml(loaded.config), config_toml(Config{}));
}

TEST(Config, EveryDefaultLiesWithinItsBounds) {
  Config config;
  visit_fields(config, [](const Field& field) {
    EXPECT_TRUE(set_from_text(field, plain_text(field))) << field.name();
    EXPECT_TRUE(field.sentence.ends_with('.')) << field.name();
  });
}

TEST(Config, FileEnvironmentAndFlagsLieOverOneAnother) {
  LoadedConfig loaded;
  ASSERT_TRUE(apply_toml("[stream]\ntrigger = \"60s\"\nk = 7\ncommit_bytes = \"1GB\"", "shop.toml",
                         loaded));
  ASSERT_TRUE(apply_environment(
      {{"PUNNET__STREAM__TRIGGER", "5 seconds"}, {"PUNNET__STREAM__K", "9"}, {"HOME", "/"}},
      loaded));
  ASSERT_TRUE(apply_overrides({{"stream.trigger", "500ms", "--trigger"}}, loaded));
  EXPECT_EQ(loaded.config.stream.trigger, milliseconds{500});
  EXPECT_EQ(loaded.config.stream.k, 9);
  EXPECT_EQ(loaded.config.stream.commit_bytes.bytes, 1LL << 30);
  EXPECT_EQ(loaded.origins.at("stream.trigger"), "--trigger");
  EXPECT_EQ(loaded.origins.at("stream.k"), "environment PUNNET__STREAM__K");
  EXPECT_EQ(loaded.origins.at("stream.commit_bytes"), "shop.toml:4:16");
}

TEST(Config, AnAbsentOptionalStaysAbsentAndCanBeMadeSo) {
  LoadedConfig loaded;
  EXPECT_FALSE(loaded.config.training.rank);
  ASSERT_TRUE(apply_toml("[training]\nrank = 64\nalpha = 2", "a", loaded));
  EXPECT_EQ(loaded.config.training.rank, 64);
  EXPECT_EQ(loaded.config.training.alpha, 2.0);
  ASSERT_TRUE(apply_environment({{"PUNNET__TRAINING__RANK", ""}}, loaded));
  EXPECT_FALSE(loaded.config.training.rank);
}

TEST(Config, NamesTheNearestSectionAndKey) {
  EXPECT_EQ(failure("[straem]\ntrigger = \"1s\""),
            "shop.toml:1:2: unknown section [straem]; the nearest known one is [stream]");
  EXPECT_EQ(failure("[stream]\n  triger = \"1s\""),
            "shop.toml:2:3: unknown key \"triger\" in [stream]; the nearest known one is "
            "\"trigger\"");
  EXPECT_EQ(failure("[stream]\nrank = 3"),
            "shop.toml:2:1: unknown key \"rank\" in [stream]; it belongs to [training]");
  EXPECT_EQ(failure("topic = \"x\""),
            "shop.toml:1:1: the key \"topic\" stands outside of a section; the nearest setting is "
            "events.topic");
  EXPECT_EQ(failure("stream = 3"),
            "shop.toml:1:1: \"stream\" is a section: write [stream] above its keys");
}

TEST(Config, NamesThePlaceOfAWrongTypeOrValue) {
  EXPECT_EQ(failure("[training]\nrank = \"10\""),
            "shop.toml:2:8: training.rank: expected a whole number, found the string \"10\"");
  EXPECT_EQ(failure("[training]\nrank = 0"),
            "shop.toml:2:8: training.rank: 0 is not between 1 and 1024");
  EXPECT_EQ(failure("[training]\nrank = 1.5"),
            "shop.toml:2:8: training.rank: expected a whole number, found 1.5");
  EXPECT_EQ(failure("[training]\nreg_param = nan"),
            "shop.toml:2:13: training.reg_param: expected a number, found nan");
  EXPECT_EQ(failure("[stream]\ntrigger = 60"),
            "shop.toml:2:11: stream.trigger: expected a duration such as \"60s\" or \"500ms\", "
            "found 60");
  EXPECT_EQ(failure("[stream]\ntrigger = \"60\""),
            "shop.toml:2:11: stream.trigger: expected a duration such as \"60s\" or \"500ms\", "
            "found \"60\"");
  EXPECT_EQ(failure("[training]\nrecipe = \"orignal\""),
            "shop.toml:2:10: training.recipe: expected \"default\" or \"original\", found "
            "\"orignal\"");
  EXPECT_EQ(failure("[training]\nrank = [1]"),
            "shop.toml:2:8: training.rank: expected a whole number, found a list");
  EXPECT_NE(failure("[stream\n").find("shop.toml:1:8: "), std::string::npos);
  EXPECT_NE(failure("[stream]\nk = 5\nk = 6\n").find("shop.toml:3:"), std::string::npos);
}

TEST(Config, AWrongFileChangesNothing) {
  LoadedConfig loaded;
  EXPECT_FALSE(apply_toml("[stream]\nk = 7\n[training]\nrank = 0", "a", loaded));
  EXPECT_EQ(loaded.config.stream.k, StreamSettings{}.k);
}

TEST(Config, RefusesUnknownVariablesOfItsOwn) {
  LoadedConfig loaded;
  const auto status = apply_environment({{"PUNNET__STREAM__TRIGGR", "1s"}}, loaded);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "environment PUNNET__STREAM__TRIGGR: there is no setting stream.triggr; the nearest is "
            "stream.trigger");
}

TEST(Config, ShowsWhereEachValueCameFrom) {
  LoadedConfig loaded;
  ASSERT_TRUE(apply_overrides({{"stream.k", "3", "-k"}}, loaded));
  const auto text = config_with_origins(loaded);
  EXPECT_NE(text.find("stream.k = 3 "), std::string::npos);
  EXPECT_NE(text.find("# -k\n"), std::string::npos);
  EXPECT_NE(text.find("training.rank = (decided by the recipe)"), std::string::npos);
  EXPECT_NE(config_json(loaded).find("\"stream.k\":{\"value\":3,\"origin\":\"-k\"}"),
            std::string::npos);
}

TEST(Config, FilesThatCannotBeReadAreToldApart) {
  LoadedConfig loaded;
  EXPECT_EQ(apply_toml_file("/nowhere/punnet.toml", loaded).error().code, ErrorCode::kAbsent);
  EXPECT_EQ(apply_toml_file("/tmp", loaded).error().code, ErrorCode::kInvalid);
}

TEST(FieldText, ReadsDurationsAndSizes) {
  EXPECT_EQ(parse_duration("60s"), milliseconds{60'000});
  EXPECT_EQ(parse_duration(" 1.5 s "), milliseconds{1500});
  EXPECT_EQ(parse_duration("7 days"), milliseconds{604'800'000});
  EXPECT_EQ(parse_duration("0"), milliseconds{0});
  for (const auto* text : {"", "60", "-1s", "1.5ms", "nan s", "s", "1e300d", "1 s s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_size("64MB")->bytes, 64 << 20);
  EXPECT_EQ(parse_size("1 KiB")->bytes, 1024);
  for (const auto* text : {"64", "64mb", "-1KB", "0.3B"}) EXPECT_FALSE(parse_size(text)) << text;
}

RC_GTEST_PROP(FieldText, DurationsAndSizesReadBackWhatTheyPrint, ()) {
  const auto value = *rc::gen::inRange<std::int64_t>(0, 1LL << 50);
  RC_ASSERT(parse_duration(duration_text(milliseconds{value})) == milliseconds{value});
  RC_ASSERT(parse_size(size_text(ByteSize{value})) == ByteSize{value});
}

/// The recursion that edit_distance is a table of.
std::size_t plain_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  auto least = plain_distance(a.substr(1), b.substr(1)) + (a[0] == b[0] ? 0U : 1U);
  least = std::min(least, plain_distance(a.substr(1), b) + 1);
  least = std::min(least, plain_distance(a, b.substr(1)) + 1);
  if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0]) {
    least = std::min(least, plain_distance(a.substr(2), b.substr(2)) + 1);
  }
  return least;
}

RC_GTEST_PROP(Nearest, DistanceAgreesWithItsPlainRecursion, ()) {
  const auto word =
      rc::gen::resize(5, rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc"))));
  const auto a = *word;
  const auto b = *word;
  RC_ASSERT(edit_distance(a, b) == plain_distance(a, b));
}

TEST(Uri, ReadsLocalPaths) {
  EXPECT_EQ(std::get<SqliteUri>(*parse_events_uri("sqlite:shop/events.db")).path, "shop/events.db");
  EXPECT_EQ(std::get<FileUri>(*parse_files_uri("file:///var/shop")).path, "/var/shop");
  EXPECT_EQ(std::get<FileUri>(*parse_files_uri("file:.")).path, ".");
  EXPECT_TRUE(has_scheme("hdfs://a/b"));
  EXPECT_FALSE(has_scheme("a/b.csv"));
  EXPECT_FALSE(has_scheme("./a:b/c"));
}

TEST(Uri, ReadsKafkaServersAndAddsTheUsualPort) {
  const auto servers = [](std::string_view text) {
    const auto uri = parse_events_uri(text);
    return uri ? std::get<KafkaUri>(*uri).servers : uri.error().message;
  };
  EXPECT_EQ(servers("kafka://localhost:19092"), "localhost:19092");
  EXPECT_EQ(servers("kafka://one,two:9093"), "one:9092,two:9093");
  EXPECT_EQ(servers("kafka://[::1]"), "[::1]:9092");
  EXPECT_EQ(servers("kafka://[::1]:19092"), "[::1]:19092");
  for (const std::string_view wrong :
       {"kafka://", "kafka://a,", "kafka://a:b", "kafka://a:9092/topic", "kafka://u@a:9092",
        "kafka://:9092", "kafka://a:123456"}) {
    EXPECT_THAT(servers(wrong), testing::HasSubstr("expected kafka://HOST:PORT")) << wrong;
  }
  EXPECT_FALSE(parse_events_uri("kafka:localhost:9092"));
}

TEST(Uri, ReadsDirectoriesOfAnHdfs) {
  const auto read = [](std::string_view text) {
    const auto uri = parse_files_uri(text);
    if (!uri) return uri.error().message;
    const auto& hdfs = std::get<HdfsUri>(*uri);
    return hdfs.authority + " " + hdfs.path;
  };
  EXPECT_EQ(read("hdfs://namenode:9000/shop"), "namenode:9000 /shop");
  EXPECT_EQ(read("hdfs://nameservice/a/b"), "nameservice /a/b");
  EXPECT_EQ(read("hdfs:///shop"), " /shop");
  EXPECT_EQ(read("hdfs:/shop"), " /shop");
  EXPECT_EQ(read("hdfs://namenode:9000/"), "namenode:9000 /");
  for (const std::string_view wrong : {"hdfs:", "hdfs://", "hdfs:shop", "hdfs://namenode:9000",
                                       "hdfs://user@namenode/shop", "hdfs://a,b/shop"}) {
    EXPECT_THAT(read(wrong), testing::HasSubstr("expected hdfs://HOST:PORT/PATH")) << wrong;
  }
}

TEST(Uri, ReadsCassandraServersAndTheKeyspace) {
  const auto read = [](std::string_view text) {
    const auto uri = parse_tables_uri(text);
    if (!uri) return uri.error().message;
    const auto& cassandra = std::get<CassandraUri>(*uri);
    std::string all = cassandra.keyspace;
    for (const auto& server : cassandra.servers) all += ' ' + server;
    return all;
  };
  EXPECT_EQ(read("cassandra://localhost/shop"), "shop localhost:9042");
  EXPECT_EQ(read("cassandra://one:9043,two,[::1]/Shop_2"), "Shop_2 one:9043 two:9042 [::1]:9042");
  for (const std::string_view wrong :
       {"cassandra://", "cassandra://host", "cassandra://host/", "cassandra:///shop",
        "cassandra://host,/shop", "cassandra://host/a/b", "cassandra://host/a-b",
        "cassandra://host:port/shop", "cassandra://user@host/shop"}) {
    EXPECT_THAT(read(wrong), testing::HasSubstr("expected cassandra://HOST:PORT")) << wrong;
  }
}

TEST(Uri, SaysWhatThisBuildCannotOpen) {
  EXPECT_EQ(parse_files_uri("s3://bucket/shop").error().message.substr(0, 41),
            "files.uri: this build has no S3 support: ");
  EXPECT_EQ(parse_files_uri("shop").error().message,
            "files.uri: cannot open \"shop\"; expected file:DIRECTORY or hdfs://HOST:PORT/PATH");
  EXPECT_EQ(parse_files_uri("file://host/shop").error().message,
            "files.uri: \"file://host/shop\" names a host, and a path of this machine has none; "
            "expected file:DIRECTORY or hdfs://HOST:PORT/PATH");
  EXPECT_FALSE(parse_tables_uri("sqlite:"));
}

}  // namespace
}  // namespace punnet
