#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "parquet/data_files.h"
#include "ports/file_store.h"

namespace punnet {

/// The rows of a CSV file, a block of them at a time. Quotes are undone, CRLF and a byte order mark
/// are understood, empty lines skipped. One thread.
class CsvRows {
 public:
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;
  virtual ~CsvRows() = default;

  /// The names in the header; without one, the number of fields of the first row is their count and
  /// they are empty.
  virtual const std::vector<std::string>& columns() const = 0;

  /// Goes to the next block. False at the end of the file; kInvalid, with the row, when a row has
  /// another number of fields than the first.
  virtual Result<bool> next() = 0;

  /// Rows in this block.
  virtual std::size_t rows() const = 0;

  /// How many rows came before this block; a header is not a row.
  virtual std::int64_t rows_before() const = 0;

  using Visit = std::function<Status(std::size_t row, std::string_view text)>;

  /// Calls `visit` for every row of this block with its text in `column`, and ends with its first
  /// error. The text dies with the call.
  virtual Status for_each(std::size_t column, const Visit& visit) const = 0;

 protected:
  CsvRows() = default;
};

/// Opens the CSV file `file`, plain or in gzip. kInvalid when a header is expected and the file is
/// empty, or when the text is not UTF-8 (UTF-16, or with zero bytes).
Result<std::unique_ptr<CsvRows>> open_csv_rows(FileStore& files, const DataFile& file, bool header,
                                               const CallContext& call);

}  // namespace punnet
