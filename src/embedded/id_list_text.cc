#include "embedded/id_list_text.h"

#include <charconv>

namespace punnet {
namespace {

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
}

bool take(std::string_view& text, char expected) {
  skip_spaces(text);
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string id_list_to_text(std::span<const ItemId> items) {
  std::string text = "[";
  for (const auto item : items) {
    if (text.size() > 1) text += ',';
    text += std::to_string(item.value);
  }
  text += ']';
  return text;
}

std::optional<std::vector<ItemId>> id_list_from_text(std::string_view text) {
  std::vector<ItemId> items;
  if (!take(text, '[')) return std::nullopt;
  while (!take(text, ']')) {
    if (!items.empty() && !take(text, ',')) return std::nullopt;
    skip_spaces(text);
    ItemId item;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), item.value);
    if (failure != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    items.push_back(item);
  }
  skip_spaces(text);
  if (!text.empty()) return std::nullopt;
  return items;
}

}  // namespace punnet
