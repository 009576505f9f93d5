#include "embedded/memory_file_store.h"

#include <gtest/gtest.h>

#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

TEST(MemoryFileStore, TakesTimesFromItsClock) {
  ManualClock clock(Timestamp{std::chrono::seconds{1000}});
  const auto files = make_memory_file_store(clock);
  ASSERT_THAT(publish_file(*files, "a", "1", patiently()), Succeeds());
  clock.advance(std::chrono::seconds{5});
  ASSERT_THAT(publish_file(*files, "b", "1", patiently()), Succeeds());
  const auto found = files->list("", patiently());
  ASSERT_THAT(found, Succeeds());
  EXPECT_EQ(found->at(1).modified - found->at(0).modified, std::chrono::seconds{5});
}

TEST(MemoryFileStore, TellsItsOwnFilesFromThoseOfAnotherStore) {
  const auto files = make_memory_file_store();
  const auto others = make_memory_file_store();
  auto file = others->create("a", patiently());
  ASSERT_THAT(file, Succeeds());
  EXPECT_THAT(files->publish(*std::move(file), patiently()), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace punnet
