#pragma once

#include <string>
#include <string_view>

namespace punnet {

/// ".part-0.parquet.<random>.tmp" for "part-0.parquet": a name that no other writer uses.
std::string temporary_name(std::string_view name);

/// Whether temporary_name made `name`.
bool is_temporary_name(std::string_view name);

}  // namespace punnet
