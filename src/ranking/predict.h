#pragma once

#include "domain/ids.h"
#include "domain/model.h"

namespace punnet {

/// What `model` thinks of one user and one item: the product of their factors. NaN, as Spark's
/// cold start strategy "nan" has it, when the model does not know one of them.
float predict(const Model& model, UserId user, ItemId item);

}  // namespace punnet
