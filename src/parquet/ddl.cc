#include "parquet/ddl.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

namespace punnet {
namespace {

struct TypeName {
  std::string_view name;
  ColumnType type;
};

constexpr std::array<TypeName, 16> kTypeNames{{
    {"boolean", ColumnType::kBoolean},
    {"tinyint", ColumnType::kByte},
    {"byte", ColumnType::kByte},
    {"smallint", ColumnType::kShort},
    {"short", ColumnType::kShort},
    {"int", ColumnType::kInteger},
    {"integer", ColumnType::kInteger},
    {"bigint", ColumnType::kLong},
    {"long", ColumnType::kLong},
    {"float", ColumnType::kFloat},
    {"real", ColumnType::kFloat},
    {"double", ColumnType::kDouble},
    {"string", ColumnType::kString},
    {"date", ColumnType::kDate},
    {"timestamp", ColumnType::kTimestamp},
    {"timestamp_ntz", ColumnType::kTimestampNtz},
}};

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lowered;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class DdlParser {
 public:
  explicit DdlParser(std::string_view ddl) : ddl_(ddl) {}

  Result<TableColumns> parse() {
    TableColumns columns;
    do {
      PUNNET_TRY(auto column, take_column());
      const auto twice = std::any_of(columns.begin(), columns.end(), [&](const auto& other) {
        return lower(other.name) == lower(column.name);
      });
      if (twice) return wrong("column \"" + column.name + "\" comes twice");
      columns.push_back(std::move(column));
    } while (take(','));
    if (at_ < ddl_.size()) return wrong("expected a comma or the end");
    return columns;
  }

 private:
  Result<ColumnSchema> take_column() {
    PUNNET_TRY(auto name, take_name());
    take(':');
    const auto word = take_word();
    if (word.empty()) return wrong("expected the type of column \"" + name + "\"");
    const auto found = std::find_if(kTypeNames.begin(), kTypeNames.end(),
                                    [&](const auto& known) { return known.name == lower(word); });
    if (found == kTypeNames.end()) return unknown_type(name, word);
    if (take_keyword("not") && !take_keyword("null")) return wrong("expected NULL after NOT");
    if (take_keyword("comment")) PUNNET_CHECK(take_comment());
    return ColumnSchema{std::move(name), found->type};
  }

  Result<std::string> take_name() {
    skip_blanks();
    if (at_ < ddl_.size() && ddl_[at_] == '`') return take_quoted_name();
    const auto word = take_word();
    if (word.empty()) return wrong("expected the name of a column");
    return std::string(word);
  }

  /// `name`, a back-quote in it written twice.
  Result<std::string> take_quoted_name() {
    std::string name;
    for (++at_; at_ < ddl_.size(); ++at_) {
      if (ddl_[at_] != '`') {
        name += ddl_[at_];
      } else if (at_ + 1 < ddl_.size() && ddl_[at_ + 1] == '`') {
        name += ddl_[++at_];
      } else {
        ++at_;
        if (name.empty()) return wrong("expected the name of a column");
        return name;
      }
    }
    return wrong("a back-quote is left open");
  }

  Status take_comment() {
    skip_blanks();
    const char quote = at_ < ddl_.size() ? ddl_[at_] : '\0';
    if (quote != '\'' && quote != '"') return wrong("expected a quoted text after COMMENT");
    for (++at_; at_ < ddl_.size() && ddl_[at_] != quote; ++at_) {
      if (ddl_[at_] == '\\') ++at_;
    }
    if (at_ >= ddl_.size()) return wrong("a quote is left open");
    ++at_;
    return ok();
  }

  std::string_view take_word() {
    skip_blanks();
    const auto begin = at_;
    while (at_ < ddl_.size() && is_word(ddl_[at_])) ++at_;
    return ddl_.substr(begin, at_ - begin);
  }

  bool take_keyword(std::string_view keyword) {
    const auto begin = at_;
    if (lower(take_word()) == keyword) return true;
    at_ = begin;
    return false;
  }

  bool take(char expected) {
    skip_blanks();
    if (at_ >= ddl_.size() || ddl_[at_] != expected) return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (at_ < ddl_.size() && std::isspace(static_cast<unsigned char>(ddl_[at_])) != 0) ++at_;
  }

  Error wrong(const std::string& problem) const {
    return Error{ErrorCode::kInvalid, "--schema: " + problem + " at character " +
                                          std::to_string(at_ + 1) + " of \"" + std::string(ddl_) +
                                          "\""};
  }

  static Error unknown_type(const std::string& column, std::string_view type) {
    std::string known;
    for (const auto& name : kTypeNames) {
      known += (known.empty() ? "" : ", ") + std::string(name.name);
    }
    return Error{ErrorCode::kInvalid, "--schema: column \"" + column + "\" is of type \"" +
                                          std::string(type) + "\", which is none of " + known};
  }

  std::string_view ddl_;
  std::size_t at_ = 0;
};

}  // namespace

Result<TableColumns> parse_ddl(std::string_view ddl) { return DdlParser(ddl).parse(); }

}  // namespace punnet
