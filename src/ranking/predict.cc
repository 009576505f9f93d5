#include "ranking/predict.h"

#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>

namespace punnet {

float predict(const Model& model, UserId user, ItemId item) {
  const auto user_row = model.users.row(user);
  const auto item_row = model.items.row(item);
  if (!user_row || !item_row) return std::numeric_limits<float>::quiet_NaN();
  const auto x = model.user_factors.row(static_cast<std::size_t>(*user_row));
  const auto y = model.item_factors.row(static_cast<std::size_t>(*item_row));
  // Spark's float sum depends on the BLAS at hand; one in double lies within any of them's error.
  const double product =
      std::transform_reduce(x.begin(), x.end(), y.begin(), 0.0, std::plus<>(),
                            [](float a, float b) { return double{a} * double{b}; });
  return static_cast<float>(product);
}

}  // namespace punnet
