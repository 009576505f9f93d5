#pragma once

#include <string>
#include <string_view>

namespace punnet::delta {

/// A UUID (version 8) made of `seed`: the same seed, the same id.
std::string make_table_id(std::string_view seed);

}  // namespace punnet::delta
