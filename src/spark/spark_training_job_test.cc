#include "spark/spark_training_job.h"

#include <arrow/memory_pool.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "embedded/local_file_store.h"
#include "parquet/arrow_files.h"
#include "parquet/parquet_batches.h"
#include "spark/als_model_directory.h"
#include "spark/rating_table.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// A script stands in for spark-submit; the real one is tried where the program is driven whole.
class SparkTrainingJob : public testing::Test {
 protected:
  SparkTrainingJob() {
    options_.program = directory_.path() + "/spark-submit";
    options_.master = "spark://nowhere:1";
    options_.arguments = {"--conf", "a=b c"};
  }

  void submit_does(const std::string& script) {
    std::ofstream(options_.program) << "#!/bin/sh\n" << script << '\n';
    ASSERT_EQ(::chmod(options_.program.c_str(), 0755), 0);
  }

  /// Puts a model where a script can copy it to, and returns the script that does.
  std::string saving(const Model& model) {
    EXPECT_THAT(write_als_model(*files_, "made", model, {}, patiently()), Succeeds());
    return "while [ $# -gt 0 ]; do [ \"$1\" = --model ] && to=${2#file://}; shift; done\n"
           "cp -r '" +
           files_->location("made") + "' \"$to\"";
  }

  Result<SparkFactors> train(const CallContext& call = patiently()) {
    return train_on_spark(
        *files_, ratings_, parameters_, options_,
        [this](std::string_view line) { heard_.emplace_back(line); }, call);
  }

  std::vector<std::string> left_behind() {
    std::vector<std::string> paths;
    const auto listed = files_->list("training_jobs", patiently());
    for (const auto& info : *listed) paths.push_back(info.path);
    return paths;
  }

  static Model small_model() {
    Model model;
    model.users = IdIndex<UserId>({UserId{0}, UserId{2}});
    model.items = IdIndex<ItemId>({ItemId{1}});
    model.user_factors = FactorMatrix(2, 2);
    model.item_factors = FactorMatrix(1, 2);
    float value = 1;
    for (auto& factor : model.user_factors.values()) factor = value++;
    for (auto& factor : model.item_factors.values()) factor = value++;
    return model;
  }

  const TemporaryDirectory directory_;
  const std::unique_ptr<FileStore> files_ =
      *open_local_file_store({.directory = directory_.path() + "/a shop", .sync = false});
  const InteractionMatrix ratings_ =
      make_interaction_matrix(std::vector<Interaction>{{0, 1, 2.5F}, {2, 1, 1}, {2, 1, -1}}, 3, 2);
  SparkAlsParameters parameters_{.rank = 2, .iterations = 3, .seed = -7};
  SparkJobOptions options_;
  std::vector<std::string> heard_;
};

TEST_F(SparkTrainingJob, BringsBackTheFactorsByRow) {
  submit_does("echo 'punnet: training'; echo noise >&2\n" + saving(small_model()));
  const auto factors = train();
  ASSERT_THAT(factors, Succeeds());
  EXPECT_THAT(factors->users.values(), ElementsAre(1, 2, 0, 0, 3, 4));
  EXPECT_THAT(factors->items.values(), ElementsAre(0, 0, 5, 6));
  EXPECT_THAT(heard_, ElementsAre("punnet: training", "noise"));
  EXPECT_EQ(job_message(heard_[0]), "training");
  EXPECT_EQ(job_message(heard_[1]), "");
  EXPECT_THAT(left_behind(), ElementsAre());
}

TEST_F(SparkTrainingJob, TellsSparkEverything) {
  parameters_.implicit_prefs = true;
  parameters_.nonnegative = true;
  submit_does(
      "for word; do echo \"<$word>\"; done; for word; do case $word in *.py) head -n 1 "
      "$word;; esac; done; exit 1");
  EXPECT_FALSE(train());
  for (const auto* expected :
       {"<spark://nowhere:1>", "<a=b c>", "<--seed=-7>", "<--implicit-prefs>", "<--nonnegative>",
        "Trains ALS on ratings that punnet wrote"}) {
    EXPECT_THAT(heard_, Contains(HasSubstr(expected)));
  }
  EXPECT_THAT(heard_, Contains(HasSubstr("<file://" + files_->location("training_jobs/"))));
}

TEST_F(SparkTrainingJob, SaysWhyAJobFailedAndLeavesNothing) {
  submit_does("echo 'WARN something'; echo 'punnet: failed: ValueError: no'; exit 3");
  EXPECT_THAT(train(), FailsSaying(ErrorCode::kUnavailable, "ended with 3): ValueError: no"));
  submit_does("echo 'ERROR of Spark' >&2; exit 1");
  EXPECT_THAT(train(), FailsSaying(ErrorCode::kUnavailable, "ERROR of Spark"));
  submit_does("echo 'JAVA_HOME is not set' >&2; exit 1");
  EXPECT_THAT(train(), FailsSaying(ErrorCode::kUnavailable, "there is no Java"));
  submit_does("echo 'x: All masters are unresponsive! Giving up.' >&2; exit 1");
  EXPECT_THAT(train(), FailsSaying(ErrorCode::kUnavailable, "training.spark_master"));
  EXPECT_THAT(left_behind(), ElementsAre());
}

TEST_F(SparkTrainingJob, SaysThatThereIsNoSpark) {
  EXPECT_THAT(train(), FailsSaying(ErrorCode::kUnavailable, "training.spark_submit"));
  EXPECT_THAT(left_behind(), ElementsAre());
}

TEST_F(SparkTrainingJob, BelievesNoModelThatIsNotOfTheseRatings) {
  submit_does("exit 0");
  EXPECT_THAT(train(), FailsSaying(ErrorCode::kAbsent, "the model that Spark saved"));
  auto model = small_model();
  model.users = IdIndex<UserId>({UserId{0}, UserId{3}});
  submit_does(saving(model));
  EXPECT_THAT(train(), FailsSaying(ErrorCode::kCorrupt, "user row 3 of only 3"));
  parameters_.rank = 3;
  EXPECT_THAT(train(), FailsSaying(ErrorCode::kCorrupt, "rank 2 instead of 3"));
  EXPECT_THAT(left_behind(), ElementsAre());
}

TEST_F(SparkTrainingJob, EndsTheJobWhenItIsCancelled) {
  submit_does("echo started; exec sleep 1000");
  std::stop_source stop;
  const auto factors = train_on_spark(
      *files_, ratings_, parameters_, options_, [&](std::string_view) { stop.request_stop(); },
      CallContext::within(std::chrono::minutes{1}, stop.get_token()));
  EXPECT_THAT(factors, FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(left_behind(), ElementsAre());
}

TEST_F(SparkTrainingJob, WritesEveryRatingInOrder) {
  ASSERT_THAT(write_rating_table(*files_, "ratings", ratings_.by_user, patiently()), Succeeds());
  const auto pool = make_capped_pool(1 << 20);
  const auto batches =
      open_parquet_batches(*files_, "ratings/part-00000.snappy.parquet", *pool, patiently());
  ASSERT_THAT(batches, Succeeds());
  EXPECT_THAT((*batches)->columns(), ElementsAre("user", "item", "rating"));
  EXPECT_EQ((*batches)->rows(), 3);
}

}  // namespace
}  // namespace punnet
