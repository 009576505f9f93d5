#include "parquet/csv_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "parquet/csv_rows.h"
#include "parquet/data_files.h"

namespace punnet {
namespace {

/// At the beginning of a file these are no text.
bool begins_with_mark(std::string_view text) {
  constexpr std::array<std::string_view, 3> kMarks{"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"};
  return std::ranges::any_of(kMarks, [&](auto mark) { return text.starts_with(mark); });
}

void append_line(std::string& out, const std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_field(out, fields[i], fields.size() == 1);
  }
  out += '\n';
}

}  // namespace

void append_csv_field(std::string& out, std::string_view text, bool alone) {
  const bool plain = text.find_first_of(",\"\r\n") == std::string_view::npos &&
                     !(alone && text.empty()) && !begins_with_mark(text);
  if (plain) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string to_csv(const CsvTable& table) {
  std::string text;
  append_line(text, table.header);
  for (const auto& row : table.rows) append_line(text, row);
  return text;
}

Status write_csv_table(FileStore& files, std::string_view path, const CsvTable& table,
                       const CallContext& call) {
  return replace_file(files, path, to_csv(table), call);
}

Result<CsvTable> read_csv_table(FileStore& files, std::string_view path, std::size_t limit_bytes,
                                const CallContext& call) {
  PUNNET_TRY(const auto info, files.stat(path, call));
  const DataFile file{
      .path = std::string(path), .size_bytes = info.size_bytes, .format = FileFormat::kCsv};
  PUNNET_TRY(const auto rows, open_csv_rows(files, file, /*header=*/true, call));
  CsvTable table{.header = rows->columns(), .rows = {}};
  std::size_t bytes = 0;
  while (true) {
    PUNNET_TRY(const bool more, rows->next());
    if (!more) return table;
    const auto before = table.rows.size();
    table.rows.resize(before + rows->rows());
    for (std::size_t column = 0; column < table.header.size(); ++column) {
      PUNNET_CHECK(rows->for_each(column, [&](std::size_t row, std::string_view text) -> Status {
        bytes += text.size();
        if (bytes > limit_bytes) {
          return Error{ErrorCode::kExhausted, files.location(path) + " holds more than " +
                                                  std::to_string(limit_bytes) + " bytes of text"};
        }
        table.rows[before + row].emplace_back(text);
        return ok();
      }));
    }
  }
}

}  // namespace punnet
