#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/file_store.h"

namespace punnet {

/// What a ScriptedFileStore does to a publish.
enum class PublishFault : std::uint8_t {
  kNone,
  kAnswerLost,  ///< it happens, nobody hears of it
  kNeverDone,   ///< it does not happen, nobody hears of it
  kRefused,     ///< it does not happen, and that is known
};

/// Passes everything on to a working store, but asks the test about each publish and open by path,
/// so that other writers can step in between.
class ScriptedFileStore final : public FileStore {
 public:
  explicit ScriptedFileStore(FileStore& inner) : inner_(inner) {}

  /// Asked before each publish.
  std::function<PublishFault(const std::string& path)> on_publish;
  /// Asked before each open: the path to open instead.
  std::function<std::string(const std::string& path)> on_open;
  /// Shown what each listing found, to take out what one may miss that is made while files come.
  std::function<void(std::vector<FileInfo>& found)> on_list;

  Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) override {
    auto found = inner_.list(prefix, call);
    if (found && on_list) on_list(*found);
    return found;
  }
  Result<FileInfo> stat(std::string_view path, const CallContext& call) override {
    return inner_.stat(path, call);
  }
  Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                             const CallContext& call) override {
    return inner_.open(on_open ? on_open(std::string(path)) : std::string(path), call);
  }
  Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                               const CallContext& call) override {
    auto file = inner_.create(path, call);
    if (!file) return std::move(file).error();
    return std::unique_ptr<WritableFile>(
        std::make_unique<Named>(std::string(path), *std::move(file)));
  }
  Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                 const CallContext& call) override {
    auto& named = static_cast<Named&>(*file);
    switch (on_publish ? on_publish(named.path) : PublishFault::kNone) {
      case PublishFault::kAnswerLost: {
        const auto done = inner_.publish(std::move(named.inner), call);
        return done ? Result<PublishOutcome>(PublishOutcome::kUnknown) : done;
      }
      case PublishFault::kNeverDone:
        return PublishOutcome::kUnknown;
      case PublishFault::kRefused:
        return Error{ErrorCode::kUnavailable, "refused by the test"};
      case PublishFault::kNone:
        break;
    }
    return inner_.publish(std::move(named.inner), call);
  }
  Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) override {
    return inner_.replace(std::move(static_cast<Named&>(*file).inner), call);
  }
  Status remove(std::string_view path, const CallContext& call) override {
    return inner_.remove(path, call);
  }
  Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                        const CallContext& call) override {
    return inner_.remove_abandoned(prefix, older_than, call);
  }
  std::string location(std::string_view path) const override { return inner_.location(path); }

 private:
  struct Named final : WritableFile {
    Named(std::string name, std::unique_ptr<WritableFile> file)
        : path(std::move(name)), inner(std::move(file)) {}
    Status write(std::span<const char> bytes, const CallContext& call) override {
      return inner->write(bytes, call);
    }
    std::int64_t size() const override { return inner->size(); }

    std::string path;
    std::unique_ptr<WritableFile> inner;
  };

  FileStore& inner_;
};

}  // namespace punnet
