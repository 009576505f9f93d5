#include "spark/spark_training_job.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <utility>

#include "base/random_id.h"
#include "spark/als_model_directory.h"
#include "spark/rating_table.h"
#include "spark/train_als_job.h"

namespace punnet {
namespace {

constexpr std::string_view kSpoken = "punnet: ";
constexpr std::string_view kFailed = "failed: ";
constexpr std::size_t kRememberedLines = 12;
constexpr std::chrono::seconds kCleanUpTime{10};

/// A file of this machine that spark-submit reads; gone with its directory in the end.
class JobFile {
 public:
  static Result<JobFile> write() {
    auto directory = (std::filesystem::temp_directory_path() / "punnet-job-XXXXXX").string();
    if (::mkdtemp(directory.data()) == nullptr) {
      return Error{ErrorCode::kUnavailable,
                   "cannot make a directory like " + directory + ": " + std::strerror(errno)};
    }
    JobFile job(directory);
    std::ofstream(job.path()) << train_als_job() << std::flush;
    std::error_code failed;
    if (std::filesystem::file_size(job.path(), failed) == train_als_job().size()) return job;
    return Error{ErrorCode::kExhausted, "cannot write " + job.path()};
  }
  JobFile(JobFile&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}
  JobFile& operator=(JobFile&&) = delete;
  ~JobFile() {
    if (directory_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string path() const { return directory_ + "/train_als_job.py"; }

 private:
  explicit JobFile(std::string directory) : directory_(std::move(directory)) {}

  std::string directory_;
};

/// As Spark must be told it.
std::string uri_of(FileStore& files, const std::string& path) {
  auto location = files.location(path);
  return location.starts_with('/') ? "file://" + location : location;
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

std::vector<std::string> command_of(FileStore& files, const std::string& directory,
                                    const std::string& job, const SparkAlsParameters& parameters,
                                    const SparkJobOptions& options) {
  std::vector<std::string> command{options.program, "--master", options.master, "--name",
                                   "punnet train"};
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  const auto add = [&](std::initializer_list<std::string> words) {
    command.insert(command.end(), words);
  };
  add({job});
  add({"--ratings", uri_of(files, directory + "/ratings")});
  add({"--model", uri_of(files, directory + "/model")});
  add({"--checkpoints", uri_of(files, directory + "/checkpoints")});
  add({"--rank", std::to_string(parameters.rank)});
  add({"--max-iter", std::to_string(parameters.iterations)});
  add({"--reg-param", number_text(parameters.regularization)});
  add({"--alpha", number_text(parameters.alpha)});
  add({"--seed=" + std::to_string(parameters.seed)});
  if (parameters.implicit_prefs) add({"--implicit-prefs"});
  if (parameters.nonnegative) add({"--nonnegative"});
  return command;
}

/// What to tell when a job fails.
class LastWords {
 public:
  void hear(std::string_view line) {
    const auto spoken = job_message(line);
    if (spoken.starts_with(kFailed)) reason_ = spoken.substr(kFailed.size());
    if (line.find("JAVA_HOME is not set") != std::string_view::npos ||
        line.find("java: not found") != std::string_view::npos ||
        line.find("java: No such file") != std::string_view::npos) {
      reason_ = "there is no Java to run Spark; install one, or set JAVA_HOME";
    }
    if (line.find("All masters are unresponsive") != std::string_view::npos) {
      reason_ = "the master does not answer; is training.spark_master right?";
    }
    if (line.empty() || !spoken.empty()) return;
    lines_.emplace_back(line);
    if (lines_.size() > kRememberedLines) lines_.pop_front();
  }

  std::string text() const {
    if (!reason_.empty()) return reason_;
    std::string text = "the last it said:";
    for (const auto& line : lines_) text += "\n  " + line;
    return lines_.empty() ? "it said nothing" : text;
  }

 private:
  std::string reason_;
  std::deque<std::string> lines_;
};

template <typename Id>
Result<FactorMatrix> by_row(const IdIndex<Id>& ids, const FactorMatrix& factors, std::size_t rows,
                            const std::string& what) {
  FactorMatrix ordered(rows, factors.rank());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto id = ids.ids()[i].value;
    if (id < 0 || static_cast<std::size_t>(id) >= rows) {
      return Error{ErrorCode::kCorrupt, "Spark's model holds " + what + ' ' + std::to_string(id) +
                                            " of only " + std::to_string(rows)};
    }
    std::ranges::copy(factors.row(i), ordered.row(static_cast<std::size_t>(id)).begin());
  }
  return ordered;
}

Result<SparkFactors> run_job(FileStore& files, const std::string& directory,
                             const InteractionMatrix& ratings, const SparkAlsParameters& parameters,
                             const SparkJobOptions& options, const LineHandler& on_line,
                             const CallContext& call) {
  PUNNET_TRY(const auto job, JobFile::write());
  PUNNET_CHECK(write_rating_table(files, directory + "/ratings", ratings.by_user, call));
  LastWords last_words;
  const auto listen = [&](std::string_view line) {
    last_words.hear(line);
    if (on_line) on_line(line);
  };
  auto status =
      run_program(command_of(files, directory, job.path(), parameters, options), listen, call);
  if (!status && status.error().code == ErrorCode::kUnavailable) {
    return Error{ErrorCode::kUnavailable,
                 status.error().message +
                     "; install Spark, or name its spark-submit by training.spark_submit"};
  }
  if (!status) return status.error();
  if (*status != 0) {
    return Error{ErrorCode::kUnavailable, "training on " + options.master + " failed (" +
                                              options.program + " ended with " +
                                              std::to_string(*status) + "): " + last_words.text()};
  }
  auto read = read_als_model(files, directory + "/model", {}, call);
  if (!read) return with_context(read.error(), "the model that Spark saved");
  const auto& model = read->model;
  if (read->metadata.rank != parameters.rank) {
    return Error{ErrorCode::kCorrupt, "Spark saved a model of rank " +
                                          std::to_string(read->metadata.rank) + " instead of " +
                                          std::to_string(parameters.rank)};
  }
  SparkFactors factors;
  PUNNET_TRY(factors.users,
             by_row(model.users, model.user_factors, ratings.by_user.rows(), "user row"));
  PUNNET_TRY(factors.items,
             by_row(model.items, model.item_factors, ratings.by_item.rows(), "item row"));
  return factors;
}

}  // namespace

std::string_view job_message(std::string_view line) {
  return line.starts_with(kSpoken) ? line.substr(kSpoken.size()) : std::string_view();
}

Result<SparkFactors> train_on_spark(FileStore& files, const InteractionMatrix& ratings,
                                    const SparkAlsParameters& parameters,
                                    const SparkJobOptions& options, const LineHandler& on_line,
                                    const CallContext& call) {
  const auto directory = options.directory + '/' + random_id();
  auto factors = run_job(files, directory, ratings, parameters, options, on_line, call);
  // The caller's time may be over, so it is not what bounds the cleaning up.
  const auto ignored = remove_tree(files, directory, CallContext::within(kCleanUpTime));
  static_cast<void>(ignored);
  return factors;
}

}  // namespace punnet
