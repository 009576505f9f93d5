#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace punnet {

/// Least number of insertions, deletions, replacements and swaps of neighbours that turn `a` into
/// `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The name that is most like `word`; the first of several. Empty when there are no names.
std::string nearest(std::string_view word, std::span<const std::string> names);

}  // namespace punnet
