#include "training/generate.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/seeded_random.h"

namespace punnet {
namespace {

constexpr std::size_t kFewestItems = 50;
constexpr std::size_t kItemsPerCategory = 20;
constexpr std::int64_t kFirstItem = 100'000;
constexpr std::int64_t kFirstBasket = 30'000'000'000;  // as in real shops, beyond int32
constexpr double kMeanBasket = 8;
constexpr double kMixedTaste = 0.15;  // of fresh lines follow a second taste
constexpr double kLikedCategories = 0.2;

constexpr std::array<std::string_view, 12> kDepartments{
    "GROCERY", "PRODUCE", "MEAT", "DAIRY",     "BAKERY", "DELI",
    "FROZEN",  "DRUG GM", "PETS", "HOUSEHOLD", "DRINKS", "NUTRITION"};
constexpr std::array<std::string_view, 24> kCategories{
    "BREAD", "MILK",    "CHEESE", "YOGURT",   "APPLES",    "BERRIES", "SALAD",     "TOMATOES",
    "PASTA", "RICE",    "SOUP",   "CEREAL",   "COFFEE",    "TEA",     "JUICE",     "WATER",
    "BEEF",  "CHICKEN", "FISH",   "CRACKERS", "CHOCOLATE", "PIZZA",   "DETERGENT", "CAT FOOD"};
constexpr std::size_t kFuelItems = 3;  // the last of them is counted in ordinary units
constexpr std::string_view kFuelName = "GASOLINE-REG UNLEADED";

/// Draws an index in proportion to weights.
class WeightedDraw {
 public:
  explicit WeightedDraw(std::span<const double> weights) {
    double sum = 0;
    for (const double weight : weights) sums_.push_back(sum += weight);
  }

  std::size_t draw(SeededRandom& random) const {
    const double point = random.uniform() * sums_.back();
    const auto at = std::upper_bound(sums_.begin(), sums_.end(), point);
    return std::min(static_cast<std::size_t>(at - sums_.begin()), sums_.size() - 1);
  }

 private:
  std::vector<double> sums_;
};

std::string category_name(std::size_t category) {
  std::string name(kCategories[category % kCategories.size()]);
  if (category >= kCategories.size()) {
    name += " " + std::to_string(category / kCategories.size() + 1);
  }
  return name;
}

/// What the shop sells. Item n of the vectors is product n; fuel comes last.
struct Assortment {
  std::vector<Product> products;
  std::vector<double> unit_prices;
  std::vector<WeightedDraw> by_taste;  ///< over all but fuel

  std::size_t ordinary() const { return products.size() - kFuelItems; }
};

std::vector<double> draw_popularity(std::size_t items, double slope, SeededRandom& random) {
  std::vector<double> weights(items);
  for (std::size_t r = 0; r < items; ++r) {
    weights[r] = std::pow(static_cast<double>(r + 1), -slope);
  }
  random.shuffle(weights);
  return weights;
}

Assortment make_assortment(const GenerateConfig& config, SeededRandom& random) {
  Assortment shop;
  const auto ordinary = config.items - kFuelItems;
  const auto categories = std::max<std::size_t>(10, ordinary / kItemsPerCategory);
  std::int64_t id = kFirstItem;
  std::vector<std::size_t> category_of(ordinary);
  for (std::size_t i = 0; i < ordinary; ++i) {
    const auto category = i * categories / ordinary;
    category_of[i] = category;
    id += 1 + static_cast<std::int64_t>(random.below(200));
    auto name = category_name(category);
    shop.products.push_back(
        {.item = {id},
         .department = std::string(kDepartments[category % kDepartments.size()]),
         .category = name,
         .name = name + " NO " + std::to_string(i + 1)});
    shop.unit_prices.push_back(std::max(0.25, std::exp(1.0 + 0.6 * random.normal())));
  }
  for (std::size_t i = 0; i < kFuelItems; ++i) {
    id += 1 + static_cast<std::int64_t>(random.below(200));
    shop.products.push_back(
        {.item = {id}, .department = "FUEL", .category = "FUEL", .name = std::string(kFuelName)});
    shop.unit_prices.push_back(i + 1 < kFuelItems ? 0.0025 : 15.0);
  }

  const auto popularity = draw_popularity(ordinary, config.popularity_slope, random);
  for (std::size_t taste = 0; taste < config.tastes; ++taste) {
    std::vector<double> liking(categories, 1.0);
    for (auto& value : liking) {
      if (random.uniform() < kLikedCategories) value = config.taste_strength;
    }
    auto weights = popularity;
    for (std::size_t i = 0; i < ordinary; ++i) weights[i] *= liking[category_of[i]];
    shop.by_taste.emplace_back(weights);
  }
  return shop;
}

struct Shopper {
  UserId user;
  std::size_t lines = 0;
  std::size_t taste = 0;
  std::size_t second_taste = 0;
  bool drives = false;
};

std::vector<Shopper> make_shoppers(const GenerateConfig& config, SeededRandom& random) {
  std::vector<Shopper> shoppers(config.users);
  std::vector<double> activity(config.users);
  for (std::size_t u = 0; u < config.users; ++u) {
    shoppers[u].user = UserId{static_cast<std::int64_t>(u) + 1};
    shoppers[u].taste = random.below(config.tastes);
    shoppers[u].second_taste = random.below(config.tastes);
    shoppers[u].drives = u == 0 || random.uniform() < 0.4;
    activity[u] = std::exp(0.7 * random.normal());
  }
  // Everybody gets a line as long as there are enough; the rest follows activity.
  std::size_t left = config.purchases;
  for (std::size_t u = 0; u < config.users && left > 0; ++u, --left) shoppers[u].lines = 1;
  const WeightedDraw draw(activity);
  for (; left > 0; --left) ++shoppers[draw.draw(random)].lines;
  return shoppers;
}

Timestamp draw_time(const GenerateConfig& config, SeededRandom& random) {
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::seconds;
  const auto day = random.below(static_cast<std::size_t>(config.weeks) * 7);
  const auto second = random.below(14UL * 3600);  // open from 8 to 22
  return config.start + days{static_cast<int>(day)} + hours{8} + seconds{static_cast<int>(second)};
}

struct PastLine {
  Timestamp time;
  std::size_t item;
};

/// The lines of one shopper, in time order.
class ShoppingLife {
 public:
  ShoppingLife(const GenerateConfig& config, const Assortment& shop, const Shopper& shopper,
               SeededRandom& random)
      : config_(config), shop_(shop), shopper_(shopper), random_(random) {}

  void append_to(std::vector<Purchase>& purchases, std::int64_t& next_basket) {
    std::vector<std::size_t> sizes;
    for (std::size_t left = shopper_.lines; left > 0;) {
      sizes.push_back(std::min(left, draw_basket_size()));
      left -= sizes.back();
    }
    std::vector<Timestamp> times(sizes.size());
    for (auto& time : times) time = draw_time(config_, random_);
    std::sort(times.begin(), times.end());
    for (std::size_t b = 0; b < sizes.size(); ++b) {
      const auto basket = next_basket++;
      for (const auto item : fill_basket(sizes[b], times[b])) {
        auto line = make_line(item);
        line.basket = basket;
        line.time = times[b];
        purchases.push_back(line);
      }
    }
  }

 private:
  std::size_t draw_basket_size() {
    const double size = 1 - kMeanBasket * std::log(1.0 - random_.uniform());
    // A basket never takes more than half of the shop: its items must differ.
    return std::clamp<std::size_t>(static_cast<std::size_t>(size), 1, shop_.ordinary() / 2);
  }

  std::vector<std::size_t> fill_basket(std::size_t size, Timestamp now) {
    std::vector<std::size_t> basket;
    while (basket.size() < size) {
      const auto item = choose_item(now);
      if (std::find(basket.begin(), basket.end(), item) == basket.end()) basket.push_back(item);
    }
    for (const auto item : basket) {
      if (item < shop_.ordinary()) past_.push_back({now, item});
    }
    return basket;
  }

  std::size_t choose_item(Timestamp now) {
    // Only drivers buy fuel, so that they buy it more often than its share.
    if (shopper_.drives && random_.uniform() < config_.fuel_share / 0.4) {
      const double kind = random_.uniform();
      const std::size_t fuel = kind < 0.7 ? 0 : kind < 0.95 ? 1 : 2;
      return shop_.ordinary() + fuel;
    }
    if (!past_.empty() && random_.uniform() < config_.repeat_share) {
      return remember(now);
    }
    const bool second = random_.uniform() < kMixedTaste;
    return shop_.by_taste[second ? shopper_.second_taste : shopper_.taste].draw(random_);
  }

  /// Something bought before, more likely what was bought lately.
  std::size_t remember(Timestamp now) {
    const std::chrono::duration<double, std::chrono::weeks::period> age(
        -config_.memory_weeks * std::log(1.0 - random_.uniform()));
    const auto then = now - std::chrono::duration_cast<Timestamp::duration>(age);
    const auto at = std::ranges::upper_bound(past_, then, {}, &PastLine::time);
    if (at == past_.begin()) return past_[random_.below(past_.size())].item;
    return std::prev(at)->item;
  }

  Purchase make_line(std::size_t item) {
    Purchase line;
    line.user = shopper_.user;
    line.item = shop_.products[item].item;
    const bool in_thousandths = item >= shop_.ordinary() && item + 1 < shop_.products.size();
    if (in_thousandths) {
      line.quantity = 4000 + static_cast<std::int32_t>(random_.below(16'000));
    } else {
      line.quantity = 1;
      while (line.quantity < 12 && random_.uniform() < 0.2) ++line.quantity;
    }
    const double discount = random_.uniform() < 0.25 ? 0.8 : 1.0;
    const double cents = std::round(100 * shop_.unit_prices[item] * discount * line.quantity);
    line.sales_value = static_cast<float>(std::max(1.0, cents) / 100);
    if (random_.uniform() < config_.zero_share) {
      line.sales_value = 0;
      if (random_.uniform() < 0.75) line.quantity = 0;
    }
    return line;
  }

  const GenerateConfig& config_;
  const Assortment& shop_;
  const Shopper& shopper_;
  SeededRandom& random_;
  std::vector<PastLine> past_;  // ascending by time
};

Status check(const GenerateConfig& config) {
  const auto refuse = [](const std::string& what) {
    return Error{ErrorCode::kInvalid, "generate: " + what};
  };
  if (config.users == 0) return refuse("--users must be at least 1");
  if (config.purchases == 0) return refuse("--purchases must be at least 1");
  if (config.weeks < 1) return refuse("--weeks must be at least 1");
  if (config.tastes == 0) return refuse("there must be at least one taste");
  if (config.items < kFewestItems) {
    return refuse("--items must be at least " + std::to_string(kFewestItems) + ", and is " +
                  std::to_string(config.items));
  }
  return ok();
}

}  // namespace

Result<GeneratedShop> generate_shop(const GenerateConfig& config) {
  PUNNET_CHECK(check(config));
  SeededRandom random(config.seed);
  auto shop = make_assortment(config, random);
  const auto shoppers = make_shoppers(config, random);

  GeneratedShop generated;
  generated.purchases.reserve(config.purchases);
  std::int64_t next_basket = kFirstBasket;
  for (const auto& shopper : shoppers) {
    ShoppingLife(config, shop, shopper, random).append_to(generated.purchases, next_basket);
  }
  std::stable_sort(generated.purchases.begin(), generated.purchases.end(),
                   [](const Purchase& a, const Purchase& b) { return *a.time < *b.time; });
  generated.products = std::move(shop.products);
  return generated;
}

}  // namespace punnet
