// librdkafka brings an OpenSSL of its own, hidden. This test crashes, or is refused, when it takes
// a part of another one that stands in the same program.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>
#include <string_view>

#include "arrow/api.h"
#include "parquet/arrow/writer.h"

namespace punnet {
namespace {

TEST(KafkaBesideParquet, BothAreInThisProgram) {
  EXPECT_NE(&parquet::arrow::WriteTable, nullptr);
  Dl_info where{};
  ASSERT_NE(dladdr(reinterpret_cast<void*>(&rd_kafka_new), &where), 0);
  EXPECT_NE(std::string_view(where.dli_fname).find("rdkafka"), std::string_view::npos);
}

TEST(KafkaBesideParquet, MakesAClientThatSpeaksTls) {
  std::array<char, 512> text{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : {std::pair{"security.protocol", "ssl"},
                                    {"bootstrap.servers", "127.0.0.1:1"},
                                    {"log_level", "0"}}) {
    ASSERT_EQ(rd_kafka_conf_set(conf, name, value, text.data(), text.size()), RD_KAFKA_CONF_OK)
        << text.data();
  }
  const std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> client(
      rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size()), &rd_kafka_destroy);
  ASSERT_NE(client, nullptr) << text.data();
}

}  // namespace
}  // namespace punnet
