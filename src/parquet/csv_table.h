#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

/// A small table of texts: a header and rows of as many fields.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  bool operator==(const CsvTable&) const = default;
};

/// Appends one field, quoted where it must be; `alone` on its line, it is quoted when empty, for an
/// empty line is no row.
void append_csv_field(std::string& out, std::string_view text, bool alone);

/// The table as CSV (RFC 4180, lines end in "\n"); fields are quoted where they must be.
std::string to_csv(const CsvTable& table);

/// Writes the table as one file, atomically in the place of what `path` held.
Status write_csv_table(FileStore& files, std::string_view path, const CsvTable& table,
                       const CallContext& call);

/// Reads a CSV file with a header, at most `limit_bytes` of texts (kExhausted beyond). kAbsent when
/// there is none; kInvalid, with the row, when it is not such a table.
Result<CsvTable> read_csv_table(FileStore& files, std::string_view path, std::size_t limit_bytes,
                                const CallContext& call);

}  // namespace punnet
