#include "tests/contract/event_log_contract.h"

#include "embedded/sqlite_event_log.h"
#include "tests/support/sqlite_shell.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

class SqlitePlace final : public EventLogPlace {
 public:
  std::unique_ptr<EventLog> open() override {
    auto log = open_sqlite_event_log({.path = path_}, patiently());
    EXPECT_THAT(log, Succeeds());
    return *std::move(log);
  }

  std::unique_ptr<Hang> hang() override {
    struct BothLocked final : Hang {
      explicit BothLocked(const std::string& path) : events(path), offsets(path + "-offsets") {}
      SqliteLock events;
      SqliteLock offsets;
    };
    return std::make_unique<BothLocked>(path_);
  }

  // In WAL mode a reader waits for nobody.
  bool reading_hangs() const override { return false; }

 private:
  TemporaryDirectory directory_;
  const std::string path_ = directory_ / "shop/events.db";
};

INSTANTIATE_TEST_SUITE_P(Embedded, EventLogContract,
                         testing::Values(EventLogMaker{
                             "sqlite", [] { return std::make_unique<SqlitePlace>(); }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace punnet
