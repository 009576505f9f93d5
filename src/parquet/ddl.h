#pragma once

#include <string_view>

#include "base/result.h"
#include "domain/typed_table.h"

namespace punnet {

/// Reads the columns of a table from Spark's DDL: "user_id int, `a b`: string NOT NULL COMMENT
/// 'x'". Types in any case and by all their names (bigint, long). NOT NULL and comments are read
/// over, as Spark does for files. kInvalid, with the place, for what is not DDL, a name that comes
/// twice, and types that punnet does not read: decimals, binary, nested ones.
Result<TableColumns> parse_ddl(std::string_view ddl);

}  // namespace punnet
