#pragma once

namespace punnet {

/// Key-values by which punnet knows the footers of its own purchase files.
inline constexpr char kIdTypeKey[] = "punnet.id_type";        ///< "int32" or "int64"
inline constexpr char kHasBasketKey[] = "punnet.has_basket";  ///< "true" or "false"
inline constexpr char kHasTimeKey[] = "punnet.has_time";      ///< "true" or "false"

}  // namespace punnet
