#pragma once

#include <string_view>

namespace punnet {

/// The text of train_als_job.py, which spark-submit is given.
std::string_view train_als_job();

}  // namespace punnet
