#include "kafka/java_properties.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace punnet {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

void append_utf8(std::string& text, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (code < 0x80U) {
    byte(code);
  } else if (code < 0x800U) {
    byte(0xC0U | code >> 6U);
    byte(0x80U | (code & 0x3FU));
  } else if (code < 0x10000U) {
    byte(0xE0U | code >> 12U);
    byte(0x80U | (code >> 6U & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  } else {
    byte(0xF0U | code >> 18U);
    byte(0x80U | (code >> 12U & 0x3FU));
    byte(0x80U | (code >> 6U & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  }
}

std::optional<std::uint32_t> hex4(std::string_view digits) {
  if (digits.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits.substr(0, 4)) {
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    value = value << 4U | digit;
  }
  return value;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    default:
      return c;
  }
}

/// Resolves the escapes of a key or value; absent for a broken one.
std::optional<std::string> resolved(std::string_view raw) {
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      text += raw[i];
      continue;
    }
    if (++i == raw.size()) break;
    if (raw[i] != 'u') {
      text += unescaped(raw[i]);
      continue;
    }
    auto code = hex4(raw.substr(i + 1));
    if (!code) return std::nullopt;
    i += 4;
    // Java writes what does not fit into 16 bits as a pair.
    if (*code >= 0xD800U && *code < 0xDC00U && raw.substr(i + 1).starts_with("\\u")) {
      const auto low = hex4(raw.substr(i + 3));
      if (low && *low >= 0xDC00U && *low < 0xE000U) {
        code = 0x10000U + ((*code - 0xD800U) << 10U) + (*low - 0xDC00U);
        i += 6;
      }
    }
    append_utf8(text, *code);
  }
  return text;
}

/// Takes lines off a text; one that ends in an odd number of backslashes goes on in the next.
class LogicalLines {
 public:
  explicit LogicalLines(std::string_view text) : rest_(text) {}

  /// The next line that is neither blank nor a comment, without blanks at its start; `number` is
  /// that of its first part.
  bool next(std::string& line, int& number) {
    line.clear();
    while (!rest_.empty()) {
      auto part = take_line();
      const bool is_comment = part.starts_with('#') || part.starts_with('!');
      if (part.empty() || is_comment) continue;
      number = lines_;
      while (goes_on(part) && !rest_.empty()) {
        line += part.substr(0, part.size() - 1);
        part = take_line();
      }
      line += goes_on(part) ? part.substr(0, part.size() - 1) : part;
      return true;
    }
    return false;
  }

 private:
  std::string_view take_line() {
    const auto end = rest_.find_first_of("\r\n");
    auto line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    if (!rest_.empty()) rest_.remove_prefix(1);
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    ++lines_;
    return line;
  }

  static bool goes_on(std::string_view line) {
    std::size_t backslashes = 0;
    while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
  }

  std::string_view rest_;
  int lines_ = 0;
};

/// Where the key of a line ends.
std::size_t end_of_key(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || is_blank(line[i])) {
      return i;
    }
  }
  return line.size();
}

/// Takes words off a JAAS line: bare ones, quoted ones, and each of = ; alone.
class JaasWords {
 public:
  explicit JaasWords(std::string_view text) : rest_(text) {}

  /// Absent at the end, and for a quote that does not end.
  std::optional<std::string> next() {
    while (!rest_.empty() && (is_blank(rest_.front()) || rest_.front() == '\n')) {
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) return std::nullopt;
    if (rest_.front() == '"' || rest_.front() == '\'') return quoted();
    const auto end =
        rest_.front() == '=' || rest_.front() == ';' ? 1 : rest_.find_first_of("=; \t\n\"'");
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  std::optional<std::string> quoted() {
    const char quote = rest_.front();
    std::string word;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == quote) {
        rest_.remove_prefix(i + 1);
        return word;
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) {
        word += unescaped(rest_[++i]);
      } else {
        word += rest_[i];
      }
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

}  // namespace

Result<std::map<std::string, std::string>> parse_java_properties(std::string_view text) {
  std::map<std::string, std::string> properties;
  LogicalLines lines(text);
  std::string line;
  int number = 0;
  while (lines.next(line, number)) {
    const auto key_end = end_of_key(line);
    std::string_view rest = std::string_view(line).substr(key_end);
    const auto skip_blanks = [&] {
      while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    };
    skip_blanks();
    if (rest.starts_with('=') || rest.starts_with(':')) rest.remove_prefix(1);
    skip_blanks();
    auto key = resolved(std::string_view(line).substr(0, key_end));
    auto value = resolved(rest);
    if (!key || !value) {
      return Error{ErrorCode::kInvalid,
                   "line " + std::to_string(number) + ": \\u needs four hexadecimal digits"};
    }
    properties[*std::move(key)] = *std::move(value);
  }
  return properties;
}

Result<JaasLogin> parse_jaas_login(std::string_view text) {
  const Error wrong{ErrorCode::kInvalid,
                    "sasl.jaas.config: expected MODULE required username=\"…\" password=\"…\";"};
  JaasWords words(text);
  const auto module = words.next();
  const auto flag = words.next();
  if (!module || !flag || module->find('.') == std::string::npos) return wrong;
  JaasLogin login{*module, {}};
  while (true) {
    const auto key = words.next();
    if (!key) return wrong;
    if (*key == ";") return login;
    const auto equals = words.next();
    auto value = words.next();
    if (!equals || *equals != "=" || !value) return wrong;
    login.options[*key] = *std::move(value);
  }
}

}  // namespace punnet
