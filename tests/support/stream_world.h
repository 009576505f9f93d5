#pragma once

#include <memory>
#include <random>
#include <string>

#include "domain/model.h"
#include "stream/purchase_json.h"
#include "stream/run_stream.h"
#include "tests/support/memory_world.h"

namespace punnet::testing {

/// A model of 20 users (1 … 20) and 30 items (100 … 129) with random factors.
inline Model random_model(std::uint32_t seed, int rank = 4) {
  constexpr int kUsers = 20;
  constexpr int kItems = 30;
  std::mt19937 random(seed);
  const auto fill = [&](FactorMatrix& factors) {
    for (float& value : factors.values()) {
      value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
    }
  };
  Model model;
  std::vector<UserId> users;
  std::vector<ItemId> items;
  for (int i = 1; i <= kUsers; ++i) users.push_back({i});
  for (int i = 0; i < kItems; ++i) items.push_back({100 + i});
  model.users = IdIndex<UserId>(users);
  model.items = IdIndex<ItemId>(items);
  model.user_factors = FactorMatrix(kUsers, rank);
  model.item_factors = FactorMatrix(kItems, rank);
  fill(model.user_factors);
  fill(model.item_factors);
  for (int i = 0; i < 8; ++i) {
    model.popularity.push_back({{129 - i}, 1.0F - 0.1F * static_cast<float>(i)});
  }
  return model;
}

/// The event's message in the original's form.
inline std::string message(std::int64_t user, std::int64_t item) {
  Purchase purchase;
  purchase.user = {user};
  purchase.item = {item};
  purchase.quantity = 1;
  purchase.sales_value = 2.5F;
  std::string text;
  encode_purchase(text, purchase, {});
  return text;
}

/// Publishes `model` in the world's store and makes it current.
inline void serve(MemoryWorld& world, const Model& model) {
  MemoryModelStore models(world);
  const auto call = CallContext::within(std::chrono::seconds{5});
  const auto version = models.publish(model, {}, call);
  world.current_model = *version;
}

/// One life of the stream's process over the world: sleeping moves the world's clock.
inline Result<StreamSummary> live(MemoryWorld& world, const StreamConfig& config,
                                  StreamObserver& observer, const std::stop_token& stop = {},
                                  PartitionMembership* membership = nullptr,
                                  Background* background = nullptr,
                                  Background* history_writer = nullptr) {
  MemoryEventLog log(world);
  MemorySink sink(world);
  MemoryCommittedPurchases committed(world);
  MemoryOwnPurchases own_purchases(world);
  MemoryHistories histories(world);
  MemoryItemTable items(world);
  MemoryRecommendationTable recommendations(world);
  MemoryModelStore models(world);
  const StreamPorts ports{log,
                          sink,
                          committed,
                          own_purchases,
                          histories,
                          items,
                          recommendations,
                          models,
                          world.clock,
                          [&world](std::chrono::microseconds duration, const std::stop_token&) {
                            world.clock.advance(duration);
                          },
                          membership,
                          background,
                          history_writer};
  return run_stream(ports, config, observer, stop);
}

}  // namespace punnet::testing
