#include "stream/background.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace punnet {
namespace {

TEST(BackgroundThread, DoesATaskBesideItsOwner) {
  const auto background = make_background_thread();
  EXPECT_TRUE(background->is_idle());
  std::promise<void> go;
  std::thread::id where;
  background->start([&, may_go = go.get_future().share()] {
    may_go.wait();
    where = std::this_thread::get_id();
  });
  EXPECT_FALSE(background->is_idle());
  go.set_value();
  background->wait();
  EXPECT_TRUE(background->is_idle());
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(BackgroundThread, DoesOneTaskAfterTheOther) {
  const auto background = make_background_thread();
  int sum = 0;
  for (int i = 1; i <= 100; ++i) {
    background->start([&sum, i] { sum += i; });
    background->wait();
  }
  EXPECT_EQ(sum, 5'050);
}

TEST(BackgroundThread, EndsWithItsTask) {
  bool done = false;
  {
    const auto background = make_background_thread();
    background->start([&] { done = true; });
  }
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace punnet
