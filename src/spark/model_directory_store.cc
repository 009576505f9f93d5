#include "spark/model_directory_store.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random_id.h"
#include "spark/model_directory.h"
#include "spark/model_manifest.h"
#include "spark/sha256.h"

namespace punnet {
namespace {

constexpr std::string_view kManifest = "_punnet/manifest.json";
constexpr std::string_view kWriter = "_punnet/writer";

constexpr std::size_t kSmallFileBytes = std::size_t{1} << 20;
constexpr std::chrono::seconds kCleanUpTime{5};
constexpr std::size_t kRemembered = 100;  // earlier versions to roll back to

/// Version numbers as we write them: digits, not starting with 0.
std::optional<std::int64_t> version_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool plain =
      error == std::errc{} && end == text.data() + text.size() && number > 0 && text.front() != '0';
  return plain ? std::optional(number) : std::nullopt;
}

Error absent(const std::string& location) {
  return Error{ErrorCode::kAbsent, location + ": there is no such model version"};
}

class ModelDirectoryStore final : public ModelStore {
 public:
  ModelDirectoryStore(FileStore& files, const Clock& clock, ModelDirectoryStoreOptions options)
      : files_(files), clock_(clock), options_(std::move(options)) {}

  Result<std::string> publish(const Model& model, const Provenance& provenance,
                              const CallContext& call) override {
    PUNNET_TRY(const auto version, claim(call));
    AlsModelWriteOptions options;
    options.written = clock_.now();
    auto written = write_model_directory(files_, path(version), model, provenance, options, call);
    if (written) return version;
    // The version is invisible without its manifest; this only saves the space.
    if (written.error().code != ErrorCode::kUnknownOutcome) remove_rest(version);
    return std::move(written).error();
  }

  Status promote(std::string_view version, const CallContext& call) override {
    PUNNET_TRY(const auto manifest, manifest_text(version, call));
    CurrentPointer pointer{.now = {std::string(version), sha256(manifest)}, .before = {}};
    PUNNET_TRY(auto old, readable_current(call));
    if (old) {
      pointer.before = std::move(old->before);
      if (old->now.version != version) pointer.before.push_back(std::move(old->now));
      if (pointer.before.size() > kRemembered) pointer.before.erase(pointer.before.begin());
    }
    return replace_file(files_, current_path(), to_json(pointer), call);
  }

  Result<std::optional<std::string>> current(const CallContext& call) override {
    PUNNET_TRY(auto pointer, read_current(call));
    if (!pointer) return std::optional<std::string>();
    return std::optional(std::move(pointer->now.version));
  }

  Result<std::optional<std::string>> previous(const CallContext& call) override {
    PUNNET_TRY(const auto pointer, read_current(call));
    if (!pointer || pointer->before.empty()) return std::optional<std::string>();
    return std::optional(pointer->before.back().version);
  }

  Result<std::string> rollback(const CallContext& call) override {
    PUNNET_TRY(auto pointer, read_current(call));
    if (!pointer || pointer->before.empty()) {
      return Error{ErrorCode::kAbsent,
                   files_.location(current_path()) + ": no version was served before"};
    }
    pointer->now = std::move(pointer->before.back());
    pointer->before.pop_back();
    const auto& version = pointer->now.version;
    PUNNET_TRY(const auto manifest, manifest_text(version, call));
    if (sha256(manifest) != pointer->now.manifest_sha256) return exchanged(version);
    PUNNET_CHECK(replace_file(files_, current_path(), to_json(*pointer), call));
    return version;
  }

  Result<std::shared_ptr<const Model>> load(std::string_view version,
                                            const CallContext& call) override {
    PUNNET_TRY(const auto text, manifest_text(version, call));
    PUNNET_CHECK(check_against_current(version, text, call));
    PUNNET_TRY(auto model,
               read_model_directory(files_, path(version), text, options_.model_limit_bytes, call));
    model->version = version;
    return std::shared_ptr<const Model>(std::move(model));
  }

  Result<Provenance> provenance(std::string_view version, const CallContext& call) override {
    PUNNET_TRY(const auto manifest, manifest_text(version, call));
    return read_model_provenance(files_, path(version), manifest, call);
  }

  Result<std::vector<std::string>> list(const CallContext& call) override {
    PUNNET_TRY(const auto numbers, numbers_of(Holding::kWholeVersion, call));
    std::vector<std::string> versions;
    versions.reserve(numbers.size());
    for (const auto number : numbers) versions.push_back(std::to_string(number));
    return versions;
  }

 private:
  enum class Holding : std::uint8_t { kAnything, kWholeVersion };

  std::string path(std::string_view version) const {
    return options_.directory + "/" + std::string(version);
  }
  std::string path(std::string_view version, std::string_view name) const {
    return path(version) + "/" + std::string(name);
  }
  std::string current_path() const { return options_.directory + "/current"; }

  /// Numbers of versions below which there is a file, ascending.
  Result<std::set<std::int64_t>> numbers_of(Holding holding, const CallContext& call) {
    PUNNET_TRY(const auto listed, files_.list(options_.directory, call));
    std::set<std::int64_t> numbers;
    for (const auto& info : listed) {
      auto relative = std::string_view(info.path).substr(options_.directory.size());
      while (relative.starts_with('/')) relative.remove_prefix(1);
      const auto slash = relative.find('/');
      if (slash == std::string_view::npos) continue;
      if (holding == Holding::kWholeVersion && relative.substr(slash + 1) != kManifest) continue;
      if (const auto number = version_number(relative.substr(0, slash))) numbers.insert(*number);
    }
    return numbers;
  }

  /// Takes the next free number.
  Result<std::string> claim(const CallContext& call) {
    PUNNET_TRY(const auto numbers, numbers_of(Holding::kAnything, call));
    const auto writer = random_id();
    for (auto number = numbers.empty() ? 1 : *numbers.rbegin() + 1;; ++number) {
      PUNNET_CHECK(
          call.check("taking a model version below " + files_.location(options_.directory)));
      const auto version = std::to_string(number);
      const auto place = path(version, kWriter);
      PUNNET_TRY(const auto outcome, publish_file(files_, place, writer, call));
      if (outcome == PublishOutcome::kPublished) return version;
      if (outcome == PublishOutcome::kLost) continue;
      PUNNET_TRY(const auto taken_by, read_file(files_, place, kSmallFileBytes, call));
      if (taken_by == writer) return version;
    }
  }

  /// Removes what failed, but not the claim: nobody else may come in while files are being removed.
  void remove_rest(const std::string& version) {
    // The caller's time may be over, so it is not what bounds this.
    const auto call = CallContext::within(kCleanUpTime);
    const auto listed = files_.list(path(version), call);
    if (!listed) return;
    for (const auto& info : *listed) {
      if (info.path == path(version, kWriter)) continue;
      [[maybe_unused]] const auto ignored = files_.remove(info.path, call);
    }
  }

  Result<std::string> manifest_text(std::string_view version, const CallContext& call) {
    if (!version_number(version)) return absent(files_.location(path(version)));
    auto text = read_model_manifest(files_, path(version), call);
    if (!text && text.error().code == ErrorCode::kAbsent) {
      return absent(files_.location(path(version)));
    }
    return text;
  }

  Result<std::optional<CurrentPointer>> read_current(const CallContext& call) {
    const auto text = read_file(files_, current_path(), kSmallFileBytes, call);
    if (!text) {
      if (text.error().code == ErrorCode::kAbsent) return std::optional<CurrentPointer>();
      return text.error();
    }
    PUNNET_TRY(auto pointer, parse_current_pointer(*text, files_.location(current_path())));
    return std::optional(std::move(pointer));
  }

  /// What `current` says; absent too when it is damaged, for other versions can be loaded and
  /// promoted then: that is how one gets out of it.
  Result<std::optional<CurrentPointer>> readable_current(const CallContext& call) {
    auto pointer = read_current(call);
    if (pointer || pointer.error().code != ErrorCode::kCorrupt) return pointer;
    return std::optional<CurrentPointer>();
  }

  Error exchanged(std::string_view version) const {
    return Error{ErrorCode::kCorrupt, files_.location(path(version, kManifest)) +
                                          " is not the manifest that was promoted"};
  }

  /// A version that is served must still be the one that was promoted.
  Status check_against_current(std::string_view version, std::string_view manifest,
                               const CallContext& call) {
    PUNNET_TRY(const auto pointer, readable_current(call));
    if (!pointer || pointer->now.version != version) return ok();
    if (pointer->now.manifest_sha256 == sha256(manifest)) return ok();
    return exchanged(version);
  }

  FileStore& files_;
  const Clock& clock_;
  const ModelDirectoryStoreOptions options_;
};

}  // namespace

std::unique_ptr<ModelStore> make_model_directory_store(FileStore& files, const Clock& clock,
                                                       const ModelDirectoryStoreOptions& options) {
  return std::make_unique<ModelDirectoryStore>(files, clock, options);
}

}  // namespace punnet
