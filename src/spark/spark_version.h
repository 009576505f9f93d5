#pragma once

namespace punnet {

/// The release whose files ours are like; Spark decides by it how to read them.
inline constexpr char kSparkVersion[] = "3.5.9";

}  // namespace punnet
