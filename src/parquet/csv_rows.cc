#include "parquet/csv_rows.h"

#include <arrow/csv/options.h>
#include <arrow/csv/parser.h>
#include <arrow/io/compressed.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/util/compression.h>

#include <optional>
#include <utility>

#include "parquet/arrow_files.h"

namespace punnet {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kRowLimitBytes = std::size_t{64} << 20;

arrow::csv::ParseOptions parse_options() {
  auto options = arrow::csv::ParseOptions::Defaults();
  options.newlines_in_values = true;
  return options;
}

class Rows final : public CsvRows {
 public:
  Rows(std::shared_ptr<arrow::io::InputStream> input, std::string location, CallContext call)
      : input_(std::move(input)), location_(std::move(location)), call_(std::move(call)) {}

  Status start(bool header) {
    PUNNET_CHECK(fill());
    PUNNET_CHECK(check_encoding());
    PUNNET_TRY(const bool any, parse(1, 1));
    if (!any) {
      if (!header) return ok();
      return Error{ErrorCode::kInvalid, location_ + " is empty: not even a header"};
    }
    const auto visited =
        parser_->VisitLastRow([&](const std::uint8_t* text, std::uint32_t size, bool, bool) {
          columns_.emplace_back(header ? std::string(reinterpret_cast<const char*>(text), size)
                                       : std::string());
          return arrow::Status::OK();
        });
    if (!visited.ok()) return to_error(visited, location_);
    first_row_waits_ = !header;
    if (header) parser_.reset();
    return ok();
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  std::size_t rows() const override {
    return parser_ ? static_cast<std::size_t>(parser_->num_rows()) : 0;
  }
  std::int64_t rows_before() const override { return rows_before_; }

  Result<bool> next() override {
    if (std::exchange(first_row_waits_, false)) return true;
    PUNNET_CHECK(call_.check("reading " + location_));
    rows_before_ += static_cast<std::int64_t>(rows());
    return parse(rows_before_ + 1, arrow::csv::kMaxParserNumRows);
  }

  Status for_each(std::size_t column, const Visit& visit) const override {
    std::size_t row = 0;
    std::optional<Error> failure;
    const auto visited = parser_->VisitColumn(
        static_cast<std::int32_t>(column),
        [&](const std::uint8_t* text, std::uint32_t size, bool, bool) {
          auto status = visit(row++, {reinterpret_cast<const char*>(text), size});
          if (status) return arrow::Status::OK();
          failure = std::move(status).error();
          return arrow::Status::Cancelled("");
        });
    if (failure) return *std::move(failure);
    return visited.ok() ? ok() : Status(to_error(visited, location_));
  }

 private:
  /// Parses the next rows into a fresh parser; false when there are none left.
  Result<bool> parse(std::int64_t first_row, std::int32_t max_rows) {
    parser_.reset();
    while (true) {
      // The parser cannot count the columns of an empty line.
      while (begin_ < buffer_.size() && (buffer_[begin_] == '\n' || buffer_[begin_] == '\r')) {
        ++begin_;
      }
      if (rest().empty()) {
        if (at_end_) return false;
        PUNNET_CHECK(fill());
        continue;
      }
      const auto columns = columns_.empty() ? -1 : static_cast<std::int32_t>(columns_.size());
      parser_ =
          std::make_unique<arrow::csv::BlockParser>(parse_options(), columns, first_row, max_rows);
      std::uint32_t parsed = 0;
      const auto status =
          at_end_ ? parser_->ParseFinal(rest(), &parsed) : parser_->Parse(rest(), &parsed);
      if (!status.ok()) {
        return Error{ErrorCode::kInvalid, location_ + ": " + status.message()};
      }
      begin_ += parsed;
      if (parser_->num_rows() > 0) return true;
      if (at_end_) return false;
      if (rest().size() > kRowLimitBytes) {
        return Error{ErrorCode::kInvalid,
                     location_ + ": row " + std::to_string(first_row) + " is longer than " +
                         std::to_string(kRowLimitBytes >> 20) + " MiB; is a quote left open?"};
      }
      PUNNET_CHECK(fill());
    }
  }

  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }

  Status fill() {
    buffer_.erase(0, begin_);
    begin_ = 0;
    const auto kept = buffer_.size();
    buffer_.resize(kept + kBlockBytes);
    const auto read = input_->Read(static_cast<std::int64_t>(kBlockBytes), buffer_.data() + kept);
    if (!read.ok()) return to_error(read.status(), location_);
    buffer_.resize(kept + static_cast<std::size_t>(*read));
    at_end_ = *read == 0;
    return ok();
  }

  Status check_encoding() {
    if (rest().starts_with("\xEF\xBB\xBF")) begin_ = 3;
    if (rest().starts_with("\xFF\xFE") || rest().starts_with("\xFE\xFF") ||
        rest().substr(0, 4096).find('\0') != std::string_view::npos) {
      return Error{ErrorCode::kInvalid,
                   location_ + " is neither Parquet nor text in UTF-8; convert it first"};
    }
    return ok();
  }

  const std::shared_ptr<arrow::io::InputStream> input_;
  const std::string location_;
  const CallContext call_;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool at_end_ = false;
  bool first_row_waits_ = false;
  std::int64_t rows_before_ = 0;
  std::vector<std::string> columns_;
  std::unique_ptr<arrow::csv::BlockParser> parser_;
};

arrow::Result<std::shared_ptr<arrow::io::InputStream>> decompressed(
    std::shared_ptr<arrow::io::InputStream> raw, FileFormat format) {
  if (format != FileFormat::kCsvGzip) return raw;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::util::Codec> codec,
                        arrow::util::Codec::Create(arrow::Compression::GZIP));
  return arrow::io::CompressedInputStream::Make(codec.get(), raw);
}

}  // namespace

Result<std::unique_ptr<CsvRows>> open_csv_rows(FileStore& files, const DataFile& file, bool header,
                                               const CallContext& call) {
  const auto location = files.location(file.path);
  PUNNET_TRY(auto opened, files.open(file.path, call));
  auto input = decompressed(make_arrow_input(std::move(opened), call), file.format);
  if (!input.ok()) return to_error(input.status(), location);
  auto rows = std::make_unique<Rows>(*std::move(input), location, call);
  PUNNET_CHECK(rows->start(header));
  return std::unique_ptr<CsvRows>(std::move(rows));
}

}  // namespace punnet
