#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/item.h"
#include "ports/file_store.h"

namespace punnet {

/// Names of the columns that describe a product.
struct ProductColumns {
  std::string item = "product_id";
  std::string department = "department";
  std::string category = "category";
  std::string name = "name";  ///< where there is no such column, names are empty
};

struct ProductReadOptions {
  ProductColumns columns;
  IdType id_type = IdType::kInt32;
};

/// The products of `path`, in the order of the file: CSV with a header, CSV in gzip, or Parquet; a
/// file or a directory of them. Missing values are empty texts. Errors as read_purchases; text that
/// is not UTF-8 is kInvalid.
Result<std::vector<Product>> read_products(FileStore& files, std::string_view path,
                                           const ProductReadOptions& options,
                                           const CallContext& call);

}  // namespace punnet
