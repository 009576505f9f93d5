#include "parquet/product_reader.h"

#include <arrow/memory_pool.h>
#include <arrow/util/utf8.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "domain/purchase.h"
#include "parquet/arrow_files.h"
#include "parquet/data_files.h"
#include "parquet/purchase_fields.h"
#include "parquet/read_rows.h"
#include "parquet/row_sink.h"

namespace punnet {
namespace {

constexpr std::int64_t kMemoryLimitBytes = std::int64_t{1} << 30;

enum ProductColumn : std::size_t { kItem, kDepartment, kCategory, kName };

/// In the order of ProductColumn.
std::vector<WantedColumn> columns_of(const ProductColumns& names) {
  return {{.name = names.item, .option = "--product-column"},
          {.name = names.department, .option = "--department-column"},
          {.name = names.category, .option = "--category-column"},
          {.name = names.name, .option = "--name-column", .required = false}};
}

class ProductRows final : public RowSink {
 public:
  explicit ProductRows(IdType id_type) : fields_(id_type) {}

  void expect_rows(std::size_t rows) override { products_.reserve(products_.size() + rows); }

  Status add_rows(std::size_t rows) override {
    begin_ = products_.size();
    products_.resize(begin_ + rows);
    return ok();
  }

  Problem set_null(std::size_t column, std::size_t) override {
    return column == kItem ? "no value" : Problem();
  }
  Problem set_integer(std::size_t column, std::size_t row, std::int64_t value) override {
    if (column != kItem) return set_text(column, row, std::to_string(value));
    return taking_item(row, fields_.set_integer(PurchaseField::kItem, value, purchase_));
  }
  Problem set_real(std::size_t column, std::size_t row, double value) override {
    if (column != kItem) return "a fraction is no text";
    return taking_item(row, fields_.set_real(PurchaseField::kItem, value, purchase_));
  }
  Problem set_text(std::size_t column, std::size_t row, std::string_view value) override {
    auto& product = products_[begin_ + row];
    if (column == kItem) {
      return taking_item(row, fields_.set_text(PurchaseField::kItem, value, purchase_));
    }
    if (!arrow::util::ValidateUTF8(reinterpret_cast<const std::uint8_t*>(value.data()),
                                   static_cast<std::int64_t>(value.size()))) {
      return "the text is not UTF-8; convert the file first";
    }
    if (column == kDepartment) product.department = value;
    if (column == kCategory) product.category = value;
    if (column == kName) product.name = value;
    return {};
  }
  Problem set_time(std::size_t, std::size_t, std::int64_t) override {
    return "a time is neither number nor text";
  }

  std::vector<Product> take() { return std::move(products_); }

 private:
  Problem taking_item(std::size_t row, Problem problem) {
    if (problem.empty()) products_[begin_ + row].item = purchase_.item;
    return problem;
  }

  const PurchaseFields fields_;
  Purchase purchase_;  // ids are read as those of purchases are
  std::vector<Product> products_;
  std::size_t begin_ = 0;
};

}  // namespace

Result<std::vector<Product>> read_products(FileStore& files, std::string_view path,
                                           const ProductReadOptions& options,
                                           const CallContext& call) {
  arrow::util::InitializeUTF8();
  PUNNET_TRY(const auto found, find_data_files(files, path, call));
  const auto pool = make_capped_pool(kMemoryLimitBytes);
  const RowReadOptions row_options{.columns = columns_of(options.columns)};
  ProductRows rows(options.id_type);
  for (const auto& file : found.files) {
    PUNNET_TRY(const auto ignored, read_rows(files, file, row_options, rows, *pool, call));
  }
  return rows.take();
}

}  // namespace punnet
