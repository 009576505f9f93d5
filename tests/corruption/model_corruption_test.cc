// A damaged model is never served: whatever happens to a model's directory, loading it either fails
// or gives the very model that was published. PUNNET_MODEL_MUTATIONS=<n> tries n of them,
// PUNNET_MODEL_SEED=<seed> others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/seeded_random.h"
#include "embedded/memory_file_store.h"
#include "spark/factor_table.h"
#include "spark/model_directory_store.h"
#include "spark/model_manifest.h"
#include "spark/sha256.h"
#include "tests/corruption/counts.h"
#include "tests/corruption/random_table.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet::corruption {
namespace {

constexpr std::int64_t kMutations = 600;
constexpr int kRank = 4;

constexpr std::string_view kManifest = "models/1/_punnet/manifest.json";
constexpr std::string_view kCurrent = "models/current";

Model make_model(bool wide_ids) {
  const std::int64_t base = wide_ids ? 5'000'000'000 : 100;
  std::vector<UserId> users;
  std::vector<ItemId> items;
  for (std::int64_t i = 0; i < 30; ++i) users.push_back(UserId{base + 3 * i});
  for (std::int64_t i = 0; i < 20; ++i) items.push_back(ItemId{base + 7 * i});
  Model model;
  model.user_factors = FactorMatrix(users.size(), kRank);
  model.item_factors = FactorMatrix(items.size(), kRank);
  SeededRandom random(7);
  for (auto& value : model.user_factors.values()) value = static_cast<float>(random.normal());
  for (auto& value : model.item_factors.values()) value = static_cast<float>(random.normal());
  model.popularity = {{items[3], 0.5F}, {items[1], 0.25F}};
  model.catalogue = items;
  model.users = IdIndex<UserId>(std::move(users));
  model.items = IdIndex<ItemId>(std::move(items));
  return model;
}

/// A store that serves version 1 of such a model.
Files served(bool wide_ids) {
  const auto files = make_memory_file_store();
  const auto store = make_model_directory_store(*files, system_clock());
  EXPECT_THAT(store->publish(make_model(wide_ids), {R"({"seed":7})"}, patiently()), Succeeds());
  EXPECT_THAT(store->promote("1", patiently()), Succeeds());
  return files_of(*files);
}

/// What a stream would serve: absent when there is nothing, or nothing that can be loaded.
std::shared_ptr<const Model> serve(const Files& content) {
  const auto files = store_of(content);
  const auto store = make_model_directory_store(*files, system_clock());
  const auto version = store->current(patiently());
  if (!version || !*version) return nullptr;
  const auto model = store->load(**version, patiently());
  return model ? *model : nullptr;
}

bool is_same(const Model& a, const Model& b) {
  return std::ranges::equal(a.users.ids(), b.users.ids()) &&
         std::ranges::equal(a.items.ids(), b.items.ids()) && a.user_factors == b.user_factors &&
         a.item_factors == b.item_factors && a.popularity == b.popularity &&
         a.catalogue == b.catalogue && a.exclude_own_item == b.exclude_own_item;
}

bool is_consistent(const Model& model) {
  const auto finite = [](float value) { return std::isfinite(value); };
  return model.users.size() == model.user_factors.rows() &&
         model.items.size() == model.item_factors.rows() &&
         model.user_factors.rank() == model.item_factors.rank() &&
         std::ranges::all_of(model.user_factors.values(), finite) &&
         std::ranges::all_of(model.item_factors.values(), finite);
}

/// Makes manifest and pointer fit what the files are now, as only somebody who means it could.
void forge_hashes(Files& files) {
  Manifest manifest;
  for (const auto& [path, content] : files) {
    if (!path.starts_with("models/1/") || path == kManifest) continue;
    manifest.push_back({path.substr(std::string_view("models/1/").size()),
                        static_cast<std::int64_t>(content.size()), sha256(content)});
  }
  auto& text = files[std::string(kManifest)];
  text = to_json(manifest);
  files[std::string(kCurrent)] = to_json(CurrentPointer{{"1", sha256(text)}, {}});
}

class Mutator {
 public:
  Mutator(Files& files, SeededRandom& random) : files_(files), random_(random) {}

  /// What was done, as a name to count by; absent when nothing was.
  std::optional<std::string> mutate() {
    switch (random_.below(7)) {
      case 0:
      case 1:
        return flip();
      case 2:
        return truncate();
      case 3:
        files_.erase(any());
        return "missing files";
      case 4:
        files_[any()] += std::string(1 + random_.below(9), '\0');
        return "longer files";
      case 5:
        return swap();
      default:
        return change_a_hash();
    }
  }

 private:
  std::string any() {
    auto at = files_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(files_.size())));
    return at->first;
  }

  std::optional<std::string> flip() {
    auto& content = files_[any()];
    if (content.empty()) return std::nullopt;
    const auto at = random_.below(content.size());
    content[at] = static_cast<char>(content[at] ^ (1 << random_.below(8)));
    return "flipped bits";
  }

  std::optional<std::string> truncate() {
    auto& content = files_[any()];
    if (content.empty()) return std::nullopt;
    content.resize(random_.below(content.size()));
    return "truncations";
  }

  std::optional<std::string> swap() {
    const auto one = any();
    const auto two = any();
    if (files_[one] == files_[two]) return std::nullopt;
    std::swap(files_[one], files_[two]);
    return "swapped files";
  }

  std::optional<std::string> change_a_hash() {
    auto& text = files_[std::string(random_.below(2) == 0 ? kManifest : kCurrent)];
    const auto at = text.find(R"(sha256":")");
    if (at == std::string::npos) return std::nullopt;
    auto& digit = text[at + 9 + random_.below(64)];
    digit = digit == '0' ? '1' : '0';
    return "wrong hashes";
  }

  Files& files_;
  SeededRandom& random_;
};

std::int64_t mutations() { return from_environment("PUNNET_MODEL_MUTATIONS", kMutations); }

std::uint64_t seed() {
  return static_cast<std::uint64_t>(from_environment("PUNNET_MODEL_SEED", 11));
}

TEST(ModelCorruption, IsNeverServed) {
  Counts counts;
  std::int64_t violations = 0;
  const std::vector<Files> sound{served(false), served(true)};
  for (const auto& files : sound) ASSERT_NE(serve(files), nullptr);
  const std::vector<Model> models{make_model(false), make_model(true)};
  SeededRandom random(seed());
  for (std::int64_t tried = 0; tried < mutations();) {
    const auto which = random.below(2);
    auto files = sound[which];
    const auto what = Mutator(files, random).mutate();
    if (!what) continue;
    ++tried;
    ++counts[*what];
    const auto model = serve(files);
    if (model == nullptr) continue;
    ++counts["of which left the model as it was"];
    if (is_same(*model, models[which])) continue;
    ++violations;
    ADD_FAILURE() << *what << ", mutation " << tried;
  }
  print("model corruption", mutations(), violations, counts);
}

/// Flipped bits of one file with hashes that fit: it need not be refused, since nothing can tell it
/// from a model that was published so, but it must be one.
TEST(ModelCorruption, WithForgedHashesNeverGivesABrokenModel) {
  Counts counts;
  std::int64_t violations = 0;
  const std::vector<Files> sound{served(false), served(true)};
  SeededRandom random(seed() + 1);
  for (std::int64_t tried = 0; tried < mutations();) {
    auto files = sound[random.below(2)];
    auto at = files.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random.below(files.size())));
    if (at->second.empty()) continue;
    ++tried;
    const auto place = random.below(at->second.size());
    at->second[place] = static_cast<char>(at->second[place] ^ (1 << random.below(8)));
    forge_hashes(files);
    const auto model = serve(files);
    ++counts[model == nullptr ? "refused" : "accepted"];
    if (model == nullptr || is_consistent(*model)) continue;
    ++violations;
    ADD_FAILURE() << at->first << ", byte " << place;
  }
  print("forged models", mutations(), violations, counts);
}

/// What no hash can tell: each must be refused for what it says.
class ForgedModel : public testing::Test {
 protected:
  void expect_refused(std::string_view what) {
    forge_hashes(files_);
    EXPECT_EQ(serve(files_), nullptr) << what;
  }

  /// Puts another table of factors in the place of one side's.
  void replace_factors(std::string_view side, const std::vector<std::int32_t>& ids,
                       const FactorMatrix& factors) {
    const auto other = make_memory_file_store();
    ASSERT_THAT(write_factor_table(*other, "x", ids, factors, patiently()), Succeeds());
    std::string bytes;
    for (const auto& [path, content] : files_of(*other)) {
      if (path.ends_with(".parquet")) bytes = content;
    }
    for (auto& [path, content] : files_) {
      if (path.starts_with("models/1/" + std::string(side)) && path.ends_with(".parquet")) {
        content = bytes;
      }
    }
  }

  void edit(std::string_view part_of_path, std::string_view from, std::string_view to) {
    for (auto& [path, content] : files_) {
      if (path.find(part_of_path) == std::string::npos) continue;
      const auto at = content.find(from);
      if (at == std::string::npos) continue;
      content.replace(at, from.size(), to);
      return;
    }
    FAIL() << "no " << from << " in " << part_of_path;
  }

  Files files_ = served(false);
};

TEST_F(ForgedModel, ThatSaysNothingElseIsServed) {
  forge_hashes(files_);
  EXPECT_NE(serve(files_), nullptr);
  FactorMatrix factors(2, kRank);
  factors.row(1)[2] = 7.0F;
  replace_factors("itemFactors", {100, 107}, factors);
  forge_hashes(files_);
  EXPECT_NE(serve(files_), nullptr);
}

TEST_F(ForgedModel, WithValuesThatAreNotFiniteIsRefused) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    FactorMatrix factors(2, kRank);
    factors.row(1)[2] = value;
    replace_factors("itemFactors", {100, 107}, factors);
    expect_refused(std::to_string(value));
  }
}

TEST_F(ForgedModel, OfAnotherRankIsRefused) {
  replace_factors("itemFactors", {100, 107}, FactorMatrix(2, kRank + 1));
  expect_refused("item factors of another rank");
}

TEST_F(ForgedModel, WhoseMetadataTellAnotherRankIsRefused) {
  for (const char* rank : {"5", "0", "-1", "65537", "2147483647", "9223372036854775807", "1e9",
                           "4.5", "\"4\"", "null"}) {
    files_ = served(false);
    edit("models/1/metadata/part-", "\"rank\":4", std::string("\"rank\":") + rank);
    expect_refused(rank);
  }
}

TEST_F(ForgedModel, WithListsOfNonsenseIsRefused) {
  for (const char* lists :
       {"", "{}", "[]", "null", "{\"catalogue\":1}", "{\"catalogue\":[1e400]}"}) {
    files_ = served(false);
    files_["models/1/_punnet/model.json"] = lists;
    expect_refused(lists);
  }
}

TEST_F(ForgedModel, WithoutOneSideIsRefused) {
  for (const char* side :
       {"models/1/userFactors/", "models/1/itemFactors/", "models/1/metadata/"}) {
    files_ = served(false);
    std::erase_if(files_, [&](const auto& file) { return file.first.starts_with(side); });
    expect_refused(side);
  }
}

}  // namespace
}  // namespace punnet::corruption
