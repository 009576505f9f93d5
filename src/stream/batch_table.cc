#include "stream/batch_table.h"

#include <algorithm>

#include "base/java_number.h"

namespace punnet {
namespace {

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (begins_character(text[at]) && count-- == 0) break;
  }
  return text.substr(0, at);
}

/// Control characters would break the frame.
std::string printable(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(),
      [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }, ' ');
  return clean;
}

std::string cut(std::string_view cell, std::size_t limit) {
  const std::string text = printable(cell);
  if (limit == 0 || width(text) <= limit) return text;
  if (limit < 4) return std::string(first_characters(text, limit));
  return std::string(first_characters(text, limit - 3)) + "...";
}

std::string float_text(float value) {
  std::string text;
  append_java_float(text, value);
  return text;
}

std::string precision_text(const std::optional<double>& precision) {
  std::string text;
  if (precision) append_java_double(text, *precision);
  return precision ? text : "null";
}

std::string list_text(const EnrichedPurchase& row) {
  if (row.source == RecommendationSource::kNone) return "null";
  std::string text = "[";
  for (const ItemId item : row.recommendations) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(item.value);
  }
  return text + "]";
}

}  // namespace

std::string show_table(std::span<const std::string> columns,
                       std::span<const std::vector<std::string>> rows, const TableLimits& limits) {
  const std::size_t shown = std::min(rows.size(), limits.rows);
  std::vector<std::vector<std::string>> cells(shown + 1);
  std::vector<std::size_t> widths(columns.size(), 3);
  const auto take = [&](std::vector<std::string>& line, std::span<const std::string> texts) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      line.push_back(cut(texts[c], limits.cell_width));
      widths[c] = std::max(widths[c], width(line.back()));
    }
  };
  take(cells[0], columns);
  for (std::size_t r = 0; r < shown; ++r) take(cells[r + 1], rows[r]);

  std::string frame = "+";
  for (const std::size_t columns_width : widths) frame += std::string(columns_width, '-') + "+";
  frame += "\n";

  std::string out = frame;
  for (std::size_t line = 0; line < cells.size(); ++line) {
    out += "|";
    for (std::size_t c = 0; c < columns.size(); ++c) {
      out += std::string(widths[c] - width(cells[line][c]), ' ') + cells[line][c] + "|";
    }
    out += "\n";
    if (line == 0) out += frame;
  }
  out += frame;
  if (rows.size() > shown) {
    out += "only showing top " + std::to_string(shown) + (shown == 1 ? " row\n" : " rows\n");
  }
  return out + "\n";
}

std::string batch_heading(std::int64_t batch_id) {
  const std::string line(43, '-');
  return line + "\nBatch: " + std::to_string(batch_id) + "\n" + line + "\n";
}

std::string show_batch(const BatchReport& batch, const TableLimits& limits) {
  std::vector<std::string> columns{"item_id", "user_id",        "quantity", "sales_value", "offset",
                                   "recs",    "precision_at_k", "category", "department"};
  const NameMap& names = batch.outcome.names;
  if (!names.empty()) columns.emplace_back("item");

  // Rows that the outcome does not hold count for "only showing".
  std::vector<std::vector<std::string>> rows;
  for (const EnrichedPurchase& row : batch.outcome.shown) {
    const Purchase& purchase = row.purchase;
    auto& cells = rows.emplace_back(std::vector<std::string>{
        std::to_string(purchase.item.value), std::to_string(purchase.user.value),
        std::to_string(purchase.quantity), float_text(purchase.sales_value),
        std::to_string(row.offset), list_text(row), precision_text(row.precision_at_k),
        row.features.category, row.features.department});
    if (names.empty()) continue;
    const auto name = names.find(purchase.item);
    cells.push_back(name == names.end() ? "" : name->second);
  }
  TableLimits of_shown = limits;
  of_shown.rows = std::min(limits.rows, rows.size());
  std::string table = show_table(columns, rows, of_shown);
  const auto total = static_cast<std::size_t>(batch.outcome.rows);
  if (rows.size() == of_shown.rows && total > of_shown.rows) {
    table.insert(table.size() - 1, "only showing top " + std::to_string(of_shown.rows) +
                                       (of_shown.rows == 1 ? " row\n" : " rows\n"));
  }
  return table;
}

}  // namespace punnet
