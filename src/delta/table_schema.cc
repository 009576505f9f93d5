#include "delta/table_schema.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

namespace punnet::delta {
namespace {

namespace json = boost::json;

constexpr std::string_view kArrayPrefix = "array<";

json::value type_value(std::string_view type) {
  if (!type.starts_with(kArrayPrefix)) return json::string(type);
  const auto element = type.substr(kArrayPrefix.size(), type.size() - kArrayPrefix.size() - 1);
  return json::object{
      {"type", "array"}, {"elementType", json::string(element)}, {"containsNull", true}};
}

std::string type_text(const json::value& type) {
  if (type.is_string()) return std::string(type.get_string());
  if (type.is_object()) {
    const auto& object = type.get_object();
    const auto* kind = object.if_contains("type");
    const auto* element = object.if_contains("elementType");
    if (kind != nullptr && kind->is_string() && kind->get_string() == "array" &&
        element != nullptr && element->is_string()) {
      return std::string(kArrayPrefix) + std::string(element->get_string()) + ">";
    }
  }
  return json::serialize(type);
}

std::string feature_of(const json::object& metadata) {
  for (const auto& [key, value] : metadata) {
    if (key == "delta.invariants") return "invariants";
    if (key == "delta.generationExpression") return "generatedColumns";
    if (key.starts_with("delta.identity.")) return "identityColumns";
    if (key.starts_with("delta.columnMapping.")) return "columnMapping";
    if (key == "CURRENT_DEFAULT") return "allowColumnDefaults";
    if (key == "delta.typeChanges") return "typeWidening";
  }
  return {};
}

}  // namespace

TableSchema purchase_columns(const PurchaseSchema& schema) {
  const std::string id = schema.id_type == IdType::kInt64 ? "long" : "integer";
  TableSchema columns{{"item_id", id, ""},
                      {"user_id", id, ""},
                      {"quantity", "integer", ""},
                      {"sales_value", "float", ""},
                      {"offset", "long", ""},
                      {"recs", "array<" + id + ">", ""},
                      {"precision_at_k", "double", ""},
                      {"category", "string", ""},
                      {"department", "string", ""},
                      {"partition", "integer", ""},
                      {"event_time", "timestamp", ""},
                      {"model_version", "string", ""},
                      {"recs_source", "string", ""}};
  if (schema.has_basket) columns.push_back({"basket_id", "long", ""});
  if (schema.has_time) columns.push_back({"ts", "timestamp", ""});
  return columns;
}

TableSchema rejected_columns() {
  return {{"partition", "integer", ""},
          {"offset", "long", ""},
          {"event_time", "timestamp", ""},
          {"reason", "string", ""},
          {"bytes", "binary", ""}};
}

std::string to_schema_string(const TableSchema& schema) {
  json::array fields;
  for (const auto& column : schema) {
    fields.push_back(json::object{{"name", column.name},
                                  {"type", type_value(column.type)},
                                  {"nullable", true},
                                  {"metadata", json::object()}});
  }
  return json::serialize(json::object{{"type", "struct"}, {"fields", std::move(fields)}});
}

Result<TableSchema> parse_schema(std::string_view schema_string, std::string_view where) {
  const auto corrupt = [&](std::string_view what) {
    return Error{ErrorCode::kCorrupt,
                 std::string(where) + ": the table's schemaString " + std::string(what)};
  };
  boost::system::error_code error;
  const auto value = json::parse(schema_string, error);
  if (error || !value.is_object()) return corrupt("is not a JSON object");
  const auto* fields = value.get_object().if_contains("fields");
  if (fields == nullptr || !fields->is_array()) return corrupt("has no fields");
  TableSchema schema;
  for (const auto& field : fields->get_array()) {
    if (!field.is_object()) return corrupt("has a field that is not an object");
    const auto& object = field.get_object();
    const auto* name = object.if_contains("name");
    const auto* type = object.if_contains("type");
    if (name == nullptr || !name->is_string() || type == nullptr) {
      return corrupt("has a field without name or type");
    }
    Column column{std::string(name->get_string()), type_text(*type), ""};
    if (const auto* metadata = object.if_contains("metadata"); metadata && metadata->is_object()) {
      column.feature = feature_of(metadata->get_object());
    }
    schema.push_back(std::move(column));
  }
  return schema;
}

Status check_same_schema(const TableSchema& found, const TableSchema& expected,
                         std::string_view where) {
  const auto describe = [](const TableSchema& schema, std::size_t i) {
    return i < schema.size() ? schema[i].name + " " + schema[i].type : std::string("nothing");
  };
  for (std::size_t i = 0; i < std::max(found.size(), expected.size()); ++i) {
    if (i < found.size() && i < expected.size() && found[i].name == expected[i].name &&
        found[i].type == expected[i].type) {
      continue;
    }
    return Error{ErrorCode::kInvalid,
                 std::string(where) + ": column " + std::to_string(i + 1) + " of the table is " +
                     describe(found, i) + ", expected " + describe(expected, i) +
                     "; id_type and the mapped columns must be those the table was made with"};
  }
  return ok();
}

Result<PurchaseSchema> purchase_schema_of(const TableSchema& columns, std::string_view where) {
  const auto type = [&](std::string_view name) -> std::string_view {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column& column) { return column.name == name; });
    return found == columns.end() ? std::string_view() : found->type;
  };
  PurchaseSchema schema;
  schema.id_type = type("item_id") == "long" ? IdType::kInt64 : IdType::kInt32;
  schema.has_basket = !type("basket_id").empty();
  schema.has_time = !type("ts").empty();
  PUNNET_CHECK(check_same_schema(columns, purchase_columns(schema), where));
  return schema;
}

}  // namespace punnet::delta
