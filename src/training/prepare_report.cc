#include "training/prepare_report.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstddef>

#include "eval/text_table.h"
#include "json/json_text.h"

namespace punnet {
namespace {

namespace json = boost::json;

constexpr std::size_t kGroupsShown = 10;

std::string steps_text(const PrepareReport& report) {
  TextTable table({"step", "dropped", "rows", "users", "items"});
  for (const auto& step : report.steps) {
    table.add_row({step.name, with_commas(step.dropped), with_commas(step.rows),
                   with_commas(step.users), with_commas(step.items)});
  }
  return table.text() + fmt::format(
                            "  quantity is zero in {} rows, sales_value in {}; {} distinct "
                            "user-item pairs remain\n",
                            with_commas(report.zero_quantity), with_commas(report.zero_sales_value),
                            with_commas(report.pairs));
}

std::string describe(const CatalogueFacts& facts) {
  const auto next = facts.next ? "next: " + with_commas(*facts.next) : "none left out";
  return fmt::format(
      "{} items, cut at {} ({}), {} departments, {} categories, {} items without category; {} "
      "purchases by {} "
      "users",
      with_commas(facts.items), with_commas(facts.cut), next, facts.departments, facts.categories,
      facts.without_category, with_commas(facts.rows), with_commas(facts.users));
}

std::string catalogue_text(const PrepareReport& report) {
  auto text = fmt::format("Catalogue: {} rows of {} items have a unit price of at least {:g}\n",
                          with_commas(report.priced_rows), with_commas(report.priced_items),
                          report.min_price);
  if (report.outliers_kept) {
    return text + "  outlier units kept:     " + describe(report.catalogue) + "\n";
  }
  text += "  outlier units left out: " + describe(report.catalogue) + "\n";
  text += "  with them it would be:  " + describe(report.unguarded_catalogue) + "\n";
  return text;
}

std::string outliers_text(const PrepareReport& report) {
  const auto& found = report.outliers;
  if (found.items.empty()) return "Unit guard: no item is counted in a unit of its own\n";
  auto text = fmt::format(
      "Unit guard: {} items are counted in a unit of their own: {} of lines, {} of all quantity "
      "({})\n"
      "  (typical item: quantity {:g} at {:.2f} a unit)\n",
      found.items.size(), percent(found.share_of_lines), percent(found.share_of_quantity),
      report.outliers_kept ? "kept on request" : "kept out of the catalogue",
      found.typical_quantity, found.typical_unit_price);
  TextTable table({"name", "items", "lines", "of lines", "quantity", "of quantity"});
  for (std::size_t g = 0; g < found.groups.size() && g < kGroupsShown; ++g) {
    const auto& group = found.groups[g];
    table.add_row({group.name.empty() ? "(no name)" : group.name, with_commas(group.items),
                   with_commas(group.lines), percent(group.share_of_lines),
                   with_commas(group.quantity), percent(group.share_of_quantity)});
  }
  text += table.text();
  if (found.groups.size() > kGroupsShown) {
    text += fmt::format("  and {} more names\n", found.groups.size() - kGroupsShown);
  }
  return text;
}

std::string top_5_text(const PrepareReport& report) {
  TextTable table({"best sold by category", "department", "category", "name", "quantity"});
  for (const auto& top : report.top_5) {
    table.add_row({std::to_string(top.item.value), top.features.department, top.features.category,
                   top.name, with_commas(top.quantity)});
  }
  return table.text();
}

json::object to_object(const CatalogueFacts& facts) {
  json::object object{{"items", facts.items},
                      {"cut", facts.cut},
                      {"next", facts.next ? json::value(*facts.next) : json::value(nullptr)},
                      {"departments", facts.departments},
                      {"categories", facts.categories},
                      {"without_category", facts.without_category},
                      {"without_product", facts.without_product},
                      {"rows", facts.rows},
                      {"users", facts.users}};
  return object;
}

json::object to_object(const OutlierUnits& outliers) {
  json::array groups;
  for (const auto& group : outliers.groups) {
    groups.push_back(json::object{{"name", group.name},
                                  {"items", group.items},
                                  {"lines", group.lines},
                                  {"quantity", group.quantity},
                                  {"share_of_lines", group.share_of_lines},
                                  {"share_of_quantity", group.share_of_quantity}});
  }
  json::array items;
  for (const auto& item : outliers.items) {
    items.push_back(json::object{{"item_id", item.item.value},
                                 {"name", item.name},
                                 {"lines", item.lines},
                                 {"quantity", item.quantity},
                                 {"median_quantity", item.median_quantity},
                                 {"median_unit_price", item.median_unit_price},
                                 {"reason", item.reason == OutlierReason::kUnit ? "unit" : "kin"}});
  }
  return {{"typical_quantity", outliers.typical_quantity},
          {"typical_unit_price", outliers.typical_unit_price},
          {"share_of_lines", outliers.share_of_lines},
          {"share_of_quantity", outliers.share_of_quantity},
          {"groups", std::move(groups)},
          {"items", std::move(items)}};
}

}  // namespace

std::string to_text(const PrepareReport& report) {
  return "Cleaning\n" + steps_text(report) + "\n" + outliers_text(report) + "\n" +
         catalogue_text(report) + "\n" + top_5_text(report);
}

std::string to_json(const PrepareReport& report) {
  json::array steps;
  for (const auto& step : report.steps) {
    steps.push_back(json::object{{"name", step.name},
                                 {"dropped", step.dropped},
                                 {"rows", step.rows},
                                 {"users", step.users},
                                 {"items", step.items}});
  }
  json::array top_5;
  for (const auto& top : report.top_5) {
    top_5.push_back(json::object{{"item_id", top.item.value},
                                 {"department", top.features.department},
                                 {"category", top.features.category},
                                 {"name", top.name},
                                 {"quantity", top.quantity}});
  }
  const json::object object{{"steps", std::move(steps)},
                            {"zero_quantity", report.zero_quantity},
                            {"zero_sales_value", report.zero_sales_value},
                            {"pairs", report.pairs},
                            {"min_price", report.min_price},
                            {"priced_rows", report.priced_rows},
                            {"priced_items", report.priced_items},
                            {"repeated_products", report.repeated_products},
                            {"outlier_units", to_object(report.outliers)},
                            {"outlier_units_kept", report.outliers_kept},
                            {"catalogue", to_object(report.catalogue)},
                            {"unguarded_catalogue", to_object(report.unguarded_catalogue)},
                            {"top_5_by_category", std::move(top_5)}};
  return json_text(object);
}

}  // namespace punnet
