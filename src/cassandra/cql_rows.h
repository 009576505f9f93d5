#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace punnet {

/// A value of a column of maps from text to number.
using CqlMap = std::vector<std::pair<std::string, std::int64_t>>;

/// The values of one column. Numbers, booleans too, lie in `ints` and texts in `texts`; of lists
/// and maps, `ends` says where the elements of each row end.
struct CqlColumn {
  std::vector<std::int64_t> ints;
  std::vector<std::string> texts;
  std::vector<std::size_t> ends;
};

/// What to bind to the parameters of a statement: requests of one or several rows. Several rows of
/// a request are written at once and must lie in one partition.
class CqlValues {
 public:
  /// Adds a row to the request that is under way.
  template <typename... Values>
  void add(const Values&... values) {
    columns_.resize(sizeof...(values));
    [[maybe_unused]] std::size_t at = 0;
    (put(columns_[at++], values), ...);
    ++rows_;
  }

  /// Ends the request that is under way; nothing when it has no rows.
  void end_request() {
    if (rows_ != (ends_.empty() ? 0 : ends_.back())) ends_.push_back(rows_);
  }

  /// A request of one row.
  template <typename... Values>
  void request(const Values&... values) {
    add(values...);
    end_request();
  }

  const std::vector<CqlColumn>& columns() const { return columns_; }
  const std::vector<std::size_t>& ends() const { return ends_; }

 private:
  static void put(CqlColumn& column, std::int64_t value) { column.ints.push_back(value); }
  static void put(CqlColumn& column, std::string_view text) { column.texts.emplace_back(text); }
  static void put(CqlColumn& column, std::span<const std::int64_t> list) {
    column.ints.insert(column.ints.end(), list.begin(), list.end());
    column.ends.push_back(column.ints.size());
  }
  static void put(CqlColumn& column, const CqlMap& map) {
    for (const auto& [key, value] : map) {
      column.texts.push_back(key);
      column.ints.push_back(value);
    }
    column.ends.push_back(column.ints.size());
  }

  std::vector<CqlColumn> columns_;
  std::vector<std::size_t> ends_;
  std::size_t rows_ = 0;
};

/// The rows that requests found, in the order of the requests. Null reads as 0, "" or nothing.
class CqlAnswer {
 public:
  CqlAnswer(std::vector<CqlColumn> columns, std::vector<std::size_t> ends)
      : columns_(std::move(columns)), ends_(std::move(ends)) {}

  std::size_t requests() const { return ends_.size(); }
  std::size_t rows() const { return ends_.empty() ? 0 : ends_.back(); }

  /// The rows of a request are those from its start to its end.
  std::size_t start(std::size_t request) const { return request == 0 ? 0 : ends_[request - 1]; }
  std::size_t end(std::size_t request) const { return ends_[request]; }

  std::int64_t number(std::size_t column, std::size_t row) const {
    return columns_[column].ints[row];
  }
  const std::string& text(std::size_t column, std::size_t row) const {
    return columns_[column].texts[row];
  }
  std::span<const std::int64_t> list(std::size_t column, std::size_t row) const {
    const auto [first, last] = elements(column, row);
    return std::span(columns_[column].ints).subspan(first, last - first);
  }
  CqlMap map(std::size_t column, std::size_t row) const {
    CqlMap found;
    const auto [first, last] = elements(column, row);
    for (auto at = first; at < last; ++at) {
      found.emplace_back(columns_[column].texts[at], columns_[column].ints[at]);
    }
    return found;
  }

 private:
  std::pair<std::size_t, std::size_t> elements(std::size_t column, std::size_t row) const {
    const auto& ends = columns_[column].ends;
    return {row == 0 ? 0 : ends[row - 1], ends[row]};
  }

  std::vector<CqlColumn> columns_;
  std::vector<std::size_t> ends_;
};

}  // namespace punnet
