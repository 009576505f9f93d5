#include <array>
#include <optional>
#include <utility>

#include "embedded/id_list_text.h"
#include "embedded/sqlite_table_parts.h"

namespace punnet {
namespace {

class SqliteBaselineTable final : public BaselineTable {
 public:
  explicit SqliteBaselineTable(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Result<std::vector<ItemId>> fetch(std::string_view name, const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("read a baseline from", call));
    PUNNET_TRY(auto select, use.prepare("SELECT item_ids FROM baselines WHERE name=?"));
    select.bind_text(1, name);
    PUNNET_TRY(const bool row, select.step());
    if (!row) {
      return use.error(ErrorCode::kAbsent,
                       "there is no baseline \"" + std::string(name) + "\"; load the tables first");
    }
    auto items = id_list_from_text(select.bytes(0));
    if (!items) {
      return use.error(ErrorCode::kCorrupt, "the baseline \"" + std::string(name) +
                                                "\" is damaged; load the tables again");
    }
    return *std::move(items);
  }

  Status put(std::string_view name, std::span<const ItemId> items,
             const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("write a baseline to", call));
    PUNNET_CHECK(use.begin_writing());
    {
      PUNNET_TRY(auto put,
                 use.prepare("INSERT OR REPLACE INTO baselines (name, item_ids) VALUES (?, ?)"));
      const auto text = id_list_to_text(items);
      put.bind_text(1, name);
      put.bind_text(2, text);
      PUNNET_CHECK(put.run());
    }
    return use.commit();
  }

 private:
  const std::shared_ptr<SqliteDatabase> database_;
};

std::optional<RecommendationSource> source_named(std::string_view text) {
  constexpr std::array kSources{RecommendationSource::kModel, RecommendationSource::kPopularity,
                                RecommendationSource::kNone};
  for (const auto source : kSources) {
    if (name(source) == text) return source;
  }
  return std::nullopt;
}

class SqliteRecommendationTable final : public RecommendationTable {
 public:
  explicit SqliteRecommendationTable(std::shared_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  Status put(std::span<const StoredRecommendation> rows, const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("write recommendations to", call));
    PUNNET_CHECK(use.begin_writing());
    {
      PUNNET_TRY(auto put,
                 use.prepare("INSERT INTO recommendations AS held (user_id, item_ids, source, "
                             "model_version, partition, \"offset\") VALUES (?, ?, ?, ?, ?, ?) "
                             "ON CONFLICT DO UPDATE SET item_ids=excluded.item_ids, "
                             "source=excluded.source, model_version=excluded.model_version, "
                             "partition=excluded.partition, \"offset\"=excluded.\"offset\" "
                             "WHERE held.partition<>excluded.partition "
                             "OR held.\"offset\"<=excluded.\"offset\""));
      for (const auto& row : rows) {
        const auto items = id_list_to_text(row.items);
        put.bind(1, row.user.value);
        put.bind_text(2, items);
        put.bind_text(3, name(row.source));
        put.bind_text(4, row.model_version);
        put.bind(5, row.partition);
        put.bind(6, row.offset);
        PUNNET_CHECK(put.run());
      }
    }
    return use.commit();
  }

  Result<std::vector<StoredRecommendation>> fetch(std::span<const UserId> users,
                                                  const CallContext& call) override {
    PUNNET_TRY(auto use, database_->use("read recommendations from", call));
    PUNNET_CHECK(use.begin_reading());
    PUNNET_TRY(auto select,
               use.prepare("SELECT item_ids, source, model_version, partition, \"offset\" "
                           "FROM recommendations WHERE user_id=?"));
    std::vector<StoredRecommendation> found;
    for (const auto user : users) {
      select.bind(1, user.value);
      PUNNET_TRY(const bool row, select.step());
      if (row) {
        auto items = id_list_from_text(select.bytes(0));
        const auto source = source_named(select.bytes(1));
        if (!items || !source) {
          return use.error(ErrorCode::kCorrupt, "the recommendations of user " +
                                                    std::to_string(user.value) + " are damaged");
        }
        found.push_back({user, *std::move(items), *source, std::string(select.bytes(2)),
                         static_cast<Partition>(select.integer(3)), select.integer(4)});
      }
      select.reset();
    }
    return found;
  }

 private:
  const std::shared_ptr<SqliteDatabase> database_;
};

}  // namespace

std::unique_ptr<BaselineTable> make_sqlite_baseline_table(
    std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteBaselineTable>(std::move(database));
}

std::unique_ptr<RecommendationTable> make_sqlite_recommendation_table(
    std::shared_ptr<SqliteDatabase> database) {
  return std::make_unique<SqliteRecommendationTable>(std::move(database));
}

}  // namespace punnet
