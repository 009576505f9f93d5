#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ports/file_store.h"
#include "tests/contract/hanging.h"

namespace punnet {

/// Passes everything on to a working store until it hangs; then each call, also of files that were
/// opened or created before, ends with its deadline or stop request and does nothing.
class HangingFileStore final : public FileStore {
 public:
  explicit HangingFileStore(std::unique_ptr<FileStore> inner) : inner_(std::move(inner)) {}

  /// Hangs while the result lives.
  std::unique_ptr<Hang> hang() { return std::make_unique<Hold>(hangs_); }

  Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) override {
    PUNNET_CHECK(await_answer(*hangs_, call));
    return inner_->list(prefix, call);
  }
  Result<FileInfo> stat(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(await_answer(*hangs_, call));
    return inner_->stat(path, call);
  }
  Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                             const CallContext& call) override {
    PUNNET_CHECK(await_answer(*hangs_, call));
    PUNNET_TRY(auto file, inner_->open(path, call));
    return std::unique_ptr<ReadableFile>(std::make_unique<Readable>(std::move(file), hangs_));
  }
  Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                               const CallContext& call) override {
    PUNNET_CHECK(await_answer(*hangs_, call));
    PUNNET_TRY(auto file, inner_->create(path, call));
    return std::unique_ptr<WritableFile>(std::make_unique<Writable>(std::move(file), hangs_));
  }
  Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                 const CallContext& call) override {
    PUNNET_CHECK(await_answer(*hangs_, call));
    return inner_->publish(std::move(static_cast<Writable&>(*file).inner), call);
  }
  Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) override {
    PUNNET_CHECK(await_answer(*hangs_, call));
    return inner_->replace(std::move(static_cast<Writable&>(*file).inner), call);
  }
  Status remove(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(await_answer(*hangs_, call));
    return inner_->remove(path, call);
  }
  Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                        const CallContext& call) override {
    PUNNET_CHECK(await_answer(*hangs_, call));
    return inner_->remove_abandoned(prefix, older_than, call);
  }
  std::string location(std::string_view path) const override { return inner_->location(path); }

 private:
  using Switch = std::shared_ptr<std::atomic<bool>>;

  class Hold final : public Hang {
   public:
    explicit Hold(Switch hangs) : hangs_(std::move(hangs)) { *hangs_ = true; }
    ~Hold() override { *hangs_ = false; }

   private:
    const Switch hangs_;
  };

  static Status await_answer(const std::atomic<bool>& hangs, const CallContext& call) {
    if (!hangs) return ok();
    sleep_until(call.deadline(), call);
    return call.check("asking a file store that hangs");
  }

  struct Readable final : ReadableFile {
    Readable(std::unique_ptr<ReadableFile> file, Switch hanging)
        : inner(std::move(file)), hangs(std::move(hanging)) {}
    std::int64_t size() const override { return inner->size(); }
    Result<std::size_t> read_at(std::int64_t position, std::span<char> out,
                                const CallContext& call) override {
      PUNNET_CHECK(await_answer(*hangs, call));
      return inner->read_at(position, out, call);
    }

    const std::unique_ptr<ReadableFile> inner;
    const Switch hangs;
  };

  struct Writable final : WritableFile {
    Writable(std::unique_ptr<WritableFile> file, Switch hanging)
        : inner(std::move(file)), hangs(std::move(hanging)) {}
    Status write(std::span<const char> bytes, const CallContext& call) override {
      PUNNET_CHECK(await_answer(*hangs, call));
      return inner->write(bytes, call);
    }
    std::int64_t size() const override { return inner->size(); }

    std::unique_ptr<WritableFile> inner;
    const Switch hangs;
  };

  const std::unique_ptr<FileStore> inner_;
  const Switch hangs_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace punnet
