#pragma once

#include <string>

#include <boost/json/fwd.hpp>

namespace punnet {

/// `value` as JSON, its numbers as people write them, 0.3 and 1.0, where Boost.JSON by itself says
/// 3E-1 and 1E0. Reading it back gives the same value.
std::string json_text(const boost::json::value& value);

}  // namespace punnet
