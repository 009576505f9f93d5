#include "embedded/sqlite_tables.h"

#include <memory>

#include "embedded/sqlite_database.h"
#include "embedded/sqlite_kinds.h"
#include "embedded/sqlite_table_parts.h"

namespace punnet {

Result<Tables> open_sqlite_tables(const SqliteTablesOptions& options, const CallContext& call) {
  PUNNET_TRY(std::shared_ptr<SqliteDatabase> database,
             SqliteDatabase::open(options.path, kTablesKind, call, options.lock_notice));
  return Tables{.items = make_sqlite_item_table(database),
                .own_purchases = make_sqlite_own_purchases(database),
                .histories = make_sqlite_histories(database),
                .baselines = make_sqlite_baseline_table(database),
                .recommendations = make_sqlite_recommendation_table(database)};
}

}  // namespace punnet
