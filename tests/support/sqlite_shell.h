#pragma once

#include <sqlite3.h>

#include <cstdlib>
#include <string>

namespace punnet {

/// Another connection to a SQLite file, to look inside or to be in the way.
class SqliteShell {
 public:
  explicit SqliteShell(const std::string& path) {
    if (sqlite3_open(path.c_str(), &connection_) != SQLITE_OK) std::abort();
    sqlite3_busy_timeout(connection_, 10'000);
  }
  SqliteShell(const SqliteShell&) = delete;
  SqliteShell& operator=(const SqliteShell&) = delete;
  ~SqliteShell() { sqlite3_close(connection_); }

  /// Runs `sql` and gives its rows as lines, columns joined by "|".
  std::string run(const std::string& sql) {
    std::string rows;
    char* failure = nullptr;
    const auto append = [](void* out, int columns, char** values, char**) {
      auto& text = *static_cast<std::string*>(out);
      for (int i = 0; i < columns; ++i) {
        if (i > 0) text += '|';
        if (values[i] != nullptr) text += values[i];
      }
      text += '\n';
      return 0;
    };
    if (sqlite3_exec(connection_, sql.c_str(), append, &rows, &failure) != SQLITE_OK) {
      rows = "error: " + std::string(failure);
      sqlite3_free(failure);
    }
    return rows;
  }

 private:
  sqlite3* connection_ = nullptr;
};

/// Keeps everybody else from writing to a SQLite file while it lives.
class SqliteLock {
 public:
  explicit SqliteLock(const std::string& path) : shell_(path) {
    if (!shell_.run("BEGIN IMMEDIATE").empty()) std::abort();
  }

 private:
  SqliteShell shell_;
};

}  // namespace punnet
