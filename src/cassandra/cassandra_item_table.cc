#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cassandra/cassandra_table_parts.h"
#include "cassandra/generations.h"

namespace punnet {
namespace {

/// Rows of some texts by item, replaced all at once. Few writes, each of everything.
class ItemTexts {
 public:
  using Texts = std::vector<std::string>;
  using Rows = std::map<ItemId, Texts>;

  static Result<ItemTexts> open(const CqlSession& session, const std::string& table,
                                const std::vector<std::string>& columns, const Clock& clock,
                                const CallContext& call) {
    std::string names;
    std::string marks;
    for (const auto& column : columns) {
      names += ", " + column;
      marks += ", ?";
    }
    const auto selected = names.substr(2);
    PUNNET_TRY(auto generations, Generations::open(session, table, "item_id", clock, call));
    PUNNET_TRY(auto select, session.prepare("reading " + table,
                                            "SELECT " + selected + " FROM {}." + table +
                                                " WHERE generation = ? AND item_id = ?",
                                            CqlKind::kPlain, call));
    PUNNET_TRY(auto select_all,
               session.prepare("reading " + table,
                               "SELECT generation, item_id" + names + " FROM {}." + table,
                               CqlKind::kPlain, call));
    PUNNET_TRY(auto insert, session.prepare("writing " + table,
                                            "INSERT INTO {}." + table + " (generation, item_id" +
                                                names + ") VALUES (?, ?" + marks + ")",
                                            CqlKind::kPlain, call));
    return ItemTexts(std::move(generations), std::move(select), std::move(select_all),
                     std::move(insert), columns.size());
  }

  Result<Rows> fetch(std::span<const ItemId> items, const CallContext& call) const {
    const auto read = [&](std::int64_t generation) -> Result<Rows> {
      CqlValues values;
      for (const auto item : items) values.request(generation, item.value);
      PUNNET_TRY(const auto found, select_.execute(values, call));
      Rows rows;
      for (std::size_t at = 0; at < items.size(); ++at) {
        if (found.start(at) == found.end(at)) continue;
        rows.insert_or_assign(items[at], texts(found, 0, found.start(at)));
      }
      return rows;
    };
    return generations_.read(read, call);
  }

  /// Adds `rows` to what is there, or replaces it.
  Status put(const Rows& rows, const CallContext& call) const {
    const auto write = [&](std::int64_t from, std::int64_t to) -> Status {
      PUNNET_TRY(auto all, read_all(from, call));
      for (const auto& [item, texts] : rows) all[item] = texts;
      CqlValues values;
      for (const auto& [item, texts] : all) {
        if (columns_ == 1) {
          values.request(to, item.value, std::string_view(texts[0]));
        } else {
          values.request(to, item.value, std::string_view(texts[0]), std::string_view(texts[1]));
        }
      }
      PUNNET_TRY(const auto ignored, insert_.execute(values, call));
      static_cast<void>(ignored);
      return ok();
    };
    return generations_.replace(write, call);
  }

 private:
  ItemTexts(Generations generations, CqlStatement select, CqlStatement select_all,
            CqlStatement insert, std::size_t columns)
      : generations_(std::move(generations)),
        select_(std::move(select)),
        select_all_(std::move(select_all)),
        insert_(std::move(insert)),
        columns_(columns) {}

  Texts texts(const CqlAnswer& found, std::size_t first_column, std::size_t row) const {
    Texts texts;
    for (std::size_t i = 0; i < columns_; ++i) texts.push_back(found.text(first_column + i, row));
    return texts;
  }

  Result<Rows> read_all(std::int64_t generation, const CallContext& call) const {
    CqlValues all;
    all.request();
    PUNNET_TRY(const auto found, select_all_.execute(all, call));
    Rows rows;
    for (std::size_t row = 0; row < found.rows(); ++row) {
      if (found.number(0, row) != generation) continue;
      rows.insert_or_assign(ItemId{found.number(1, row)}, texts(found, 2, row));
    }
    return rows;
  }

  Generations generations_;
  CqlStatement select_;
  CqlStatement select_all_;
  CqlStatement insert_;
  std::size_t columns_;
};

/// The original's table of features: rows by themselves.
struct OriginalFeatures {
  CqlStatement select;
  CqlStatement insert;

  static Result<OriginalFeatures> open(const CqlSession& session, const CallContext& call) {
    PUNNET_TRY(auto select, session.prepare("reading item_features",
                                            "SELECT department, category FROM {}.item_features "
                                            "WHERE product_id = ?",
                                            CqlKind::kPlain, call));
    PUNNET_TRY(auto insert,
               session.prepare("writing item_features",
                               "INSERT INTO {}.item_features (product_id, department, category) "
                               "VALUES (?, ?, ?)",
                               CqlKind::kPlain, call));
    return OriginalFeatures{std::move(select), std::move(insert)};
  }
};

FeatureMap features_of(const ItemTexts::Rows& rows) {
  FeatureMap features;
  for (const auto& [item, texts] : rows)
    features.try_emplace(item, ItemFeatures{texts[0], texts[1]});
  return features;
}

class CassandraItemTable : public ItemTable {
 public:
  CassandraItemTable(ItemTexts features, ItemTexts names)
      : features_(std::move(features)), names_(std::move(names)) {}

  Result<FeatureMap> features(std::span<const ItemId> items, const CallContext& call) override {
    PUNNET_TRY(const auto rows, features_.fetch(items, call));
    return features_of(rows);
  }

  Result<NameMap> names(std::span<const ItemId> items, const CallContext& call) override {
    PUNNET_TRY(const auto rows, names_.fetch(items, call));
    NameMap names;
    for (const auto& [item, texts] : rows) names.try_emplace(item, texts[0]);
    return names;
  }

  Status put_features(std::span<const std::pair<ItemId, ItemFeatures>> rows,
                      const CallContext& call) override {
    ItemTexts::Rows texts;
    for (const auto& [item, features] : rows) {
      texts.insert_or_assign(item, ItemTexts::Texts{features.department, features.category});
    }
    return features_.put(texts, call);
  }

  Status put_names(std::span<const std::pair<ItemId, std::string>> rows,
                   const CallContext& call) override {
    ItemTexts::Rows texts;
    for (const auto& [item, name] : rows) texts.insert_or_assign(item, ItemTexts::Texts{name});
    return names_.put(texts, call);
  }

 private:
  const ItemTexts features_;
  const ItemTexts names_;
};

/// Features where the original had them; it had no names.
class OriginalItemTable final : public CassandraItemTable {
 public:
  OriginalItemTable(ItemTexts features, ItemTexts names, OriginalFeatures original)
      : CassandraItemTable(std::move(features), std::move(names)), original_(std::move(original)) {}

  Result<FeatureMap> features(std::span<const ItemId> items, const CallContext& call) override {
    CqlValues values;
    std::vector<ItemId> asked;
    for (const auto item : items) {
      if (!fits(item.value, IdType::kInt32)) continue;
      asked.push_back(item);
      values.request(item.value);
    }
    PUNNET_TRY(const auto found, original_.select.execute(values, call));
    FeatureMap features;
    for (std::size_t at = 0; at < asked.size(); ++at) {
      if (found.start(at) == found.end(at)) continue;
      const auto row = found.start(at);
      features.insert_or_assign(asked[at], ItemFeatures{found.text(0, row), found.text(1, row)});
    }
    return features;
  }

  Status put_features(std::span<const std::pair<ItemId, ItemFeatures>> rows,
                      const CallContext& call) override {
    // An answer before anything is changed: an outage shows while nothing has happened.
    PUNNET_TRY(const auto answered, features(std::array{ItemId{0}}, call));
    static_cast<void>(answered);
    CqlValues values;
    for (const auto& [item, features] : rows) {
      values.request(item.value, std::string_view(features.department),
                     std::string_view(features.category));
    }
    return written(original_.insert.execute(values, call));
  }

 private:
  const OriginalFeatures original_;
};

}  // namespace

Result<std::unique_ptr<ItemTable>> open_cassandra_item_table(const CqlSession& session,
                                                             const CassandraTablesOptions& options,
                                                             const CallContext& call) {
  const auto& clock = *options.clock;
  PUNNET_TRY(auto features,
             ItemTexts::open(session, "features_by_item", {"department", "category"}, clock, call));
  PUNNET_TRY(auto names, ItemTexts::open(session, "names_by_item", {"name"}, clock, call));
  if (!options.original_tables) {
    return std::make_unique<CassandraItemTable>(std::move(features), std::move(names));
  }
  PUNNET_TRY(auto original, OriginalFeatures::open(session, call));
  return std::make_unique<OriginalItemTable>(std::move(features), std::move(names),
                                             std::move(original));
}

}  // namespace punnet
