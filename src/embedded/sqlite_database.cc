#include "embedded/sqlite_database.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "embedded/posix.h"
#include "embedded/sqlite_header.h"

namespace punnet {
namespace {

using std::chrono::microseconds;

// How many steps of SQLite's machine go between two looks at the deadline: some microseconds.
constexpr int kStepsBetweenLooks = 1000;

/// Longer than any writer of ours keeps a lock.
constexpr std::chrono::seconds kLongWait{1};

/// SQLite's own handler sleeps up to 100 ms and so starves whoever has a busy neighbour.
microseconds pause_before_attempt(int attempt) {
  return microseconds{100 + 50 * std::clamp(attempt, 0, 8)};
}

bool is_busy(int result) {
  const int primary = result & 0xFF;
  return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL;
}

}  // namespace

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : use_(other.use_),
      statement_(std::exchange(other.statement_, nullptr)),
      bind_failure_(other.bind_failure_) {}

SqliteStatement::~SqliteStatement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void SqliteStatement::bind(int parameter, std::int64_t value) {
  const int result = sqlite3_bind_int64(statement_, parameter, value);
  if (result != SQLITE_OK) bind_failure_ = result;
}

void SqliteStatement::bind_null(int parameter) {
  const int result = sqlite3_bind_null(statement_, parameter);
  if (result != SQLITE_OK) bind_failure_ = result;
}

void SqliteStatement::bind_text(int parameter, std::string_view text) {
  const char* const start = text.data() == nullptr ? "" : text.data();
  const int result =
      sqlite3_bind_text64(statement_, parameter, start, text.size(), nullptr, SQLITE_UTF8);
  if (result != SQLITE_OK) bind_failure_ = result;
}

void SqliteStatement::bind_blob(int parameter, std::span<const char> bytes) {
  const char* const start = bytes.data() == nullptr ? "" : bytes.data();
  const int result = sqlite3_bind_blob64(statement_, parameter, start, bytes.size(), nullptr);
  if (result != SQLITE_OK) bind_failure_ = result;
}

Result<bool> SqliteStatement::step() {
  if (bind_failure_ != 0) return use_->sqlite_error(bind_failure_);
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return use_->sqlite_error(result);
}

Status SqliteStatement::run() {
  for (;;) {
    PUNNET_TRY(const bool row, step());
    if (!row) break;
  }
  reset();
  return ok();
}

void SqliteStatement::reset() { sqlite3_reset(statement_); }

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view SqliteStatement::bytes(int column) const {
  const auto* const start = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (start == nullptr) return {};
  return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

SqliteUse::SqliteUse(SqliteUse&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      doing_(other.doing_),
      in_transaction_(std::exchange(other.in_transaction_, false)) {}

SqliteUse::~SqliteUse() {
  if (database_ == nullptr) return;
  database_->call_ = nullptr;  // rolling back must not be cut short
  if (in_transaction_) sqlite3_exec(database_->connection_, "ROLLBACK", nullptr, nullptr, nullptr);
  {
    const std::lock_guard lock(database_->mutex_);
    database_->taken_ = false;
  }
  database_->given_back_.notify_one();
}

Status SqliteUse::begin_reading() {
  PUNNET_CHECK(run("BEGIN"));
  in_transaction_ = true;
  return ok();
}

Status SqliteUse::begin_writing() {
  PUNNET_CHECK(run("BEGIN IMMEDIATE"));
  in_transaction_ = true;
  return ok();
}

Status SqliteUse::commit() {
  errno = 0;
  const int result = sqlite3_exec(database_->connection_, "COMMIT", nullptr, nullptr, nullptr);
  if (result == SQLITE_OK) {
    in_transaction_ = false;
    return ok();
  }
  // A commit that could not be written has not happened; one that could not be synced may have.
  // SQLite does not keep the reason of either.
  if (result == SQLITE_IOERR_WRITE) return io_error(errno, result);
  auto failure = sqlite_error(result);
  if ((result & 0xFF) == SQLITE_IOERR) failure.code = ErrorCode::kUnknownOutcome;
  return failure;
}

Result<SqliteStatement> SqliteUse::prepare(const char* sql) {
  auto& statement = database_->statements_[sql];
  if (statement == nullptr) {
    const int result = sqlite3_prepare_v3(database_->connection_, sql, -1,
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) return sqlite_error(result);
  }
  return SqliteStatement(*this, statement);
}

Status SqliteUse::run(const char* sql) {
  const int result = sqlite3_exec(database_->connection_, sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return sqlite_error(result);
  return ok();
}

Error SqliteUse::error(ErrorCode code, std::string_view reason) const {
  return database_->error(code, doing_, reason);
}

Error SqliteUse::io_error(int errno_value, int result) const {
  if (errno_value == 0) return error(ErrorCode::kUnavailable, sqlite3_errstr(result));
  auto failure = system_error(errno_value, doing_, database_->path_);
  if (failure.code == ErrorCode::kAbsent || failure.code == ErrorCode::kInvalid) {
    failure.code = ErrorCode::kUnavailable;
  }
  return failure;
}

Error SqliteUse::sqlite_error(int result) const {
  const auto* const call = database_->call_;
  if (call != nullptr && call->cancelled() && (is_busy(result) || result == SQLITE_INTERRUPT)) {
    return error(ErrorCode::kCancelled, "cancelled");
  }
  if (result == SQLITE_INTERRUPT) {
    return error(ErrorCode::kTimeout, "it did not end before the deadline");
  }
  if (is_busy(result)) {
    return error(ErrorCode::kTimeout, "another process kept it locked until the deadline");
  }
  const std::string choose =
      "; choose another path in " + std::string(database_->kind_.option) + " if need be";
  switch (result & 0xFF) {
    case SQLITE_FULL:
      return error(ErrorCode::kExhausted, "its disk is full; free space there" + choose);
    case SQLITE_NOTADB:
      return error(ErrorCode::kCorrupt, "it is not a SQLite database" + choose);
    case SQLITE_CORRUPT:
      return error(ErrorCode::kCorrupt, "the database is damaged (" +
                                            std::string(sqlite3_errmsg(database_->connection_)) +
                                            "); restore it" + choose);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return error(ErrorCode::kDenied, "it may not be written; change its permissions" + choose);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return io_error(sqlite3_system_errno(database_->connection_), result);
    case SQLITE_NOMEM:
      return error(ErrorCode::kExhausted, "out of memory");
    case SQLITE_TOOBIG:
      return error(ErrorCode::kInvalid, "a value is larger than SQLite can hold");
    default:
      return error(ErrorCode::kInternal, sqlite3_errmsg(database_->connection_));
  }
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path,
                                                             const SqliteKind& kind,
                                                             const CallContext& call,
                                                             LockNotice notice) {
  if (path.empty()) {
    return Error{ErrorCode::kInvalid, "the path of " + std::string(kind.name) + " is empty: set " +
                                          std::string(kind.option) +
                                          ", e.g. sqlite:shop/punnet.db"};
  }
  PUNNET_CHECK(call.check("opening " + path));
  PUNNET_CHECK(make_directories(parent_directory(path)));
  PUNNET_TRY(const auto file, look_at_sqlite_file(path, kind));

  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path, kind, std::move(notice)));
  const int opened = sqlite3_open_v2(
      path.c_str(), &database->connection_,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  if (database->connection_ == nullptr) {
    return Error{ErrorCode::kExhausted, "cannot open " + path + ": out of memory"};
  }
  if (opened != SQLITE_OK) {
    PUNNET_TRY(const auto use, database->use("open", call));
    return use.sqlite_error(opened);
  }
  sqlite3_busy_handler(
      database->connection_,
      [](void* self, int attempt) {
        return static_cast<SqliteDatabase*>(self)->wait_for_lock(attempt) ? 1 : 0;
      },
      database.get());
  sqlite3_progress_handler(
      database->connection_, kStepsBetweenLooks,
      [](void* self) { return static_cast<SqliteDatabase*>(self)->may_go_on() ? 0 : 1; },
      database.get());
  PUNNET_CHECK(database->prepare_file(file != SqliteFile::kOurs, call));
  return database;
}

SqliteDatabase::~SqliteDatabase() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

Result<SqliteUse> SqliteDatabase::use(std::string_view doing, const CallContext& call) {
  if (call.cancelled()) return error(ErrorCode::kCancelled, doing, "cancelled");
  if (call.expired()) return error(ErrorCode::kTimeout, doing, "the deadline had passed");
  std::unique_lock lock(mutex_);
  if (!given_back_.wait_until(lock, call.stop(), call.deadline(), [&] { return !taken_; })) {
    if (call.cancelled()) return error(ErrorCode::kCancelled, doing, "cancelled");
    return error(ErrorCode::kTimeout, doing, "other calls kept it busy until the deadline");
  }
  taken_ = true;
  call_ = &call;
  return SqliteUse(*this, doing);
}

Status SqliteDatabase::prepare_file(bool is_new, const CallContext& call) {
  if (is_new) PUNNET_CHECK(create_schema(call));
  PUNNET_CHECK(enter_wal_mode(call));
  PUNNET_TRY(auto use, this->use("open", call));
  // A large transaction leaves a large log behind, for ever, unless it is cut.
  PUNNET_CHECK(use.run("PRAGMA journal_size_limit=67108864"));
  if (!kind_.durable) return use.run("PRAGMA synchronous=NORMAL");
  PUNNET_CHECK(use.run("PRAGMA synchronous=FULL"));
  // Reading makes the log, and SQLite does not look whether a directory's sync succeeded.
  PUNNET_CHECK(use.run("SELECT count(*) FROM sqlite_schema"));
  return sync_directory(parent_directory(path_));
}

// In the rollback journal's mode, so that the marks stand in the file itself from the first moment.
Status SqliteDatabase::create_schema(const CallContext& call) {
  PUNNET_TRY(auto use, this->use("create", call));
  PUNNET_CHECK(use.begin_writing());
  {
    PUNNET_TRY(auto marks, use.prepare("SELECT application_id, user_version, "
                                       "(SELECT count(*) FROM sqlite_schema) "
                                       "FROM pragma_application_id, pragma_user_version"));
    PUNNET_TRY(const bool row, marks.step());
    const bool blank = row && marks.integer(0) == 0 && marks.integer(2) == 0;
    if (!blank) return check_marks(path_, kind_, marks.integer(0), marks.integer(1));
  }
  PUNNET_CHECK(use.run(kind_.schema));
  const auto set_marks = "PRAGMA application_id=" + std::to_string(kind_.application_id) +
                         "; PRAGMA user_version=" + std::to_string(kind_.version);
  PUNNET_CHECK(use.run(set_marks.c_str()));
  return use.commit();
}

// SQLite does not ask the busy handler while it changes the mode.
Status SqliteDatabase::enter_wal_mode(const CallContext& call) {
  PUNNET_TRY(auto use, this->use("open", call));
  for (int attempt = 0;; ++attempt) {
    PUNNET_TRY(auto mode, use.prepare("PRAGMA journal_mode=WAL"));
    auto row = mode.step();
    const bool is_wal = row && *row && mode.bytes(0) == "wal";
    if (is_wal) row = mode.step();  // what changes the mode is written at the statement's end
    if (row) {
      if (is_wal) return ok();
      return use.error(ErrorCode::kInvalid,
                       "its file system cannot hold a database that several programs use at once; "
                       "choose a local path in " +
                           std::string(kind_.option));
    }
    if (row.error().code != ErrorCode::kTimeout || !wait_for_lock(attempt)) return row.error();
  }
}

Error SqliteDatabase::error(ErrorCode code, std::string_view doing, std::string_view reason) const {
  std::string message = "cannot ";
  message.append(doing).append(" ").append(path_).append(": ").append(reason);
  return Error{code, std::move(message)};
}

bool SqliteDatabase::wait_for_lock(int attempt) {
  if (!may_go_on()) return false;
  const auto now = std::chrono::steady_clock::now();
  if (attempt == 0) notice_due_ = now + kLongWait;
  if (notice_ && notice_due_ && now >= *notice_due_) {
    notice_due_.reset();
    notice_("waiting for " + path_ + ", which another process keeps locked");
  }
  std::this_thread::sleep_for(pause_before_attempt(attempt));
  return true;
}

bool SqliteDatabase::may_go_on() const {
  return call_ == nullptr || !(call_->cancelled() || call_->expired());
}

}  // namespace punnet
