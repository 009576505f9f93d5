#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/call_context.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace punnet {

class SqliteDatabase;
class SqliteUse;

/// Told, once per wait, that a lock of another connection or process takes longer than a moment.
/// Called by the thread that waits.
using LockNotice = std::function<void(std::string_view)>;

/// What a database file is for. Files of another kind, of another program or of a newer version are
/// refused and left as they are.
struct SqliteKind {
  std::string_view name;        ///< "the event log"
  std::int32_t application_id;  ///< PRAGMA application_id
  std::int32_t version;         ///< PRAGMA user_version
  const char* schema;           ///< run once, in a new file
  /// Whether a commit outlives a power loss, at the price of waiting for the disk. Either way it
  /// outlives the process, and the file stays whole.
  bool durable;
  std::string_view option;  ///< where people choose the path: "[events] uri"
};

/// A prepared statement, lent by a SqliteUse and given back, reset, at its end. Columns and
/// parameters count from 0 and 1, as SQLite's. An error while binding shows in the next step.
class SqliteStatement {
 public:
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();

  void bind(int parameter, std::int64_t value);
  void bind_null(int parameter);
  /// Text and blobs are not copied: they must live until the statement is reset.
  void bind_text(int parameter, std::string_view text);
  void bind_blob(int parameter, std::span<const char> bytes);

  /// True with a row in hand, false at the end.
  Result<bool> step();

  /// Runs to the end, for statements without rows, and makes ready for the next values.
  Status run();

  /// Makes ready to be stepped anew; bound values stay.
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  /// The bytes of a text or blob, valid until the next step.
  std::string_view bytes(int column) const;

 private:
  friend class SqliteUse;
  SqliteStatement(SqliteUse& use, sqlite3_stmt* statement) : use_(&use), statement_(statement) {}

  SqliteUse* use_;
  sqlite3_stmt* statement_;
  int bind_failure_ = 0;
};

/// The connection, to be used by one call alone until this ends. What was begun and not committed
/// is rolled back. Statements must end before their use.
class SqliteUse {
 public:
  SqliteUse(SqliteUse&& other) noexcept;
  SqliteUse& operator=(SqliteUse&&) = delete;
  ~SqliteUse();

  /// Everything read from now on is of one moment.
  Status begin_reading();

  /// Waits until no other connection writes, then keeps them from writing.
  Status begin_writing();

  /// kUnknownOutcome when the disk failed in the middle.
  Status commit();

  /// `sql` must live as long as the database: statements are kept for the next call.
  Result<SqliteStatement> prepare(const char* sql);

  /// An error of `code` about this database: "cannot <do> <path>: <reason>".
  Error error(ErrorCode code, std::string_view reason) const;

 private:
  friend class SqliteDatabase;
  friend class SqliteStatement;
  SqliteUse(SqliteDatabase& database, std::string_view doing)
      : database_(&database), doing_(doing) {}

  Status run(const char* sql);
  Error sqlite_error(int result) const;
  Error io_error(int errno_value, int result) const;

  SqliteDatabase* database_;
  std::string_view doing_;
  bool in_transaction_ = false;
};

/// One connection to a SQLite file in WAL mode. Safe to use from many threads, one call after the
/// other.
///
/// Locks of other connections and processes are waited for until the call's deadline or stop
/// request, which also end a statement that is running.
class SqliteDatabase {
 public:
  /// Opens `path`, making the file, and directories above it, where they are missing.
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path,
                                                      const SqliteKind& kind,
                                                      const CallContext& call,
                                                      LockNotice notice = {});

  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  ~SqliteDatabase();

  /// Waits for its turn. `doing` completes "cannot ... <path>" in errors, and must be a literal, as
  /// `call` must outlive the use.
  Result<SqliteUse> use(std::string_view doing, const CallContext& call);

  const std::string& path() const { return path_; }

 private:
  friend class SqliteUse;
  friend class SqliteStatement;
  SqliteDatabase(std::string path, const SqliteKind& kind, LockNotice notice)
      : path_(std::move(path)), kind_(kind), notice_(std::move(notice)) {}

  Status prepare_file(bool is_new, const CallContext& call);
  Status create_schema(const CallContext& call);
  Status enter_wal_mode(const CallContext& call);
  Error error(ErrorCode code, std::string_view doing, std::string_view reason) const;
  bool may_go_on() const;
  bool wait_for_lock(int attempt);

  const std::string path_;
  const SqliteKind kind_;
  const LockNotice notice_;
  sqlite3* connection_ = nullptr;  // used by whoever has the turn

  std::mutex mutex_;  // guards taken_
  std::condition_variable_any given_back_;
  bool taken_ = false;

  // Used by whoever has the turn.
  const CallContext* call_ = nullptr;
  std::optional<std::chrono::steady_clock::time_point> notice_due_;  // of this wait
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace punnet
