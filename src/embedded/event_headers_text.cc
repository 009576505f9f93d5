#include "embedded/event_headers_text.h"

namespace punnet {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '%' || c == '=' || c == '\n' || c == '\r' || c == '\0') {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 0xFU];
    } else {
      out += c;
    }
  }
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = kHex.find(text[i + 1]);
    const auto low = kHex.find(text[i + 2]);
    if (high == kHex.npos || low == kHex.npos) return std::nullopt;
    out += static_cast<char>(high << 4U | low);
    i += 2;
  }
  return out;
}

}  // namespace

std::string headers_to_text(std::span<const std::pair<std::string, std::string>> headers) {
  std::string text;
  for (const auto& [name, value] : headers) {
    append_escaped(text, name);
    text += '=';
    append_escaped(text, value);
    text += '\n';
  }
  return text;
}

std::optional<EventHeaders> headers_from_text(std::string_view text) {
  EventHeaders headers;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto equals = text.find('=');
    if (end == text.npos || equals == text.npos || equals > end) return std::nullopt;
    auto name = unescaped(text.substr(0, equals));
    auto value = unescaped(text.substr(equals + 1, end - equals - 1));
    if (!name || !value) return std::nullopt;
    headers.emplace_back(*std::move(name), *std::move(value));
    text.remove_prefix(end + 1);
  }
  return headers;
}

}  // namespace punnet
