#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace punnet {

/// Lines up columns for reading: the first to the left, the others to the right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}

  /// Requires as many cells as the header has.
  void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Header, a rule, and the rows, each line indented by two and ended by a newline.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "1,458,032"
std::string with_commas(std::int64_t number);

/// 0.9876 -> "98.76 %"
std::string percent(double share);

}  // namespace punnet
