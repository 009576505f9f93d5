#include "tests/simulation/scheduler.h"

#include <gtest/gtest.h>

#include <string>

namespace punnet::simulation {
namespace {

std::string order(std::uint64_t seed) {
  Scheduler scheduler(seed);
  std::string text;
  for (const char name : {'a', 'b', 'c'}) {
    scheduler.add([&text, &scheduler, name] {
      for (int i = 0; i < 200; ++i) {
        text += name;
        scheduler.yield();
      }
    });
  }
  scheduler.run();
  return text;
}

TEST(Scheduler, RunsEveryBodyToItsEndInTheOrderOfItsSeed) {
  const auto first = order(1);
  EXPECT_EQ(first.size(), 600U);
  EXPECT_EQ(first, order(1));
  EXPECT_NE(first, order(2));
  EXPECT_NE(first.find("ab"), std::string::npos);
  EXPECT_NE(first.find("ca"), std::string::npos);
}

TEST(Scheduler, HasNothingToDoWithoutBodies) { Scheduler(1).run(); }

}  // namespace
}  // namespace punnet::simulation
