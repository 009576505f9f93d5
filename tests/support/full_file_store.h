#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ports/file_store.h"

namespace punnet {

/// A FileStore on which only `room_bytes` further bytes can be written; the rest is kExhausted.
class FullFileStore final : public FileStore {
 public:
  FullFileStore(FileStore& files, std::int64_t room_bytes)
      : files_(files), room_(std::make_shared<std::int64_t>(room_bytes)) {}

  Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) override {
    return files_.list(prefix, call);
  }
  Result<FileInfo> stat(std::string_view path, const CallContext& call) override {
    return files_.stat(path, call);
  }
  Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                             const CallContext& call) override {
    return files_.open(path, call);
  }
  Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                               const CallContext& call) override {
    PUNNET_TRY(auto file, files_.create(path, call));
    return std::unique_ptr<WritableFile>(std::make_unique<File>(std::move(file), room_));
  }
  Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                 const CallContext& call) override {
    return files_.publish(inner(*file), call);
  }
  Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) override {
    return files_.replace(inner(*file), call);
  }
  Status remove(std::string_view path, const CallContext& call) override {
    return files_.remove(path, call);
  }
  Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                        const CallContext& call) override {
    return files_.remove_abandoned(prefix, older_than, call);
  }
  std::string location(std::string_view path) const override { return files_.location(path); }

 private:
  class File final : public WritableFile {
   public:
    File(std::unique_ptr<WritableFile> file, std::shared_ptr<std::int64_t> room)
        : file_(std::move(file)), room_(std::move(room)) {}
    Status write(std::span<const char> bytes, const CallContext& call) override {
      *room_ -= static_cast<std::int64_t>(bytes.size());
      if (*room_ < 0) return Error{ErrorCode::kExhausted, "no space left"};
      return file_->write(bytes, call);
    }
    std::int64_t size() const override { return file_->size(); }
    std::unique_ptr<WritableFile> take() { return std::move(file_); }

   private:
    std::unique_ptr<WritableFile> file_;
    std::shared_ptr<std::int64_t> room_;
  };

  static std::unique_ptr<WritableFile> inner(WritableFile& file) {
    return static_cast<File&>(file).take();
  }

  FileStore& files_;
  const std::shared_ptr<std::int64_t> room_;
};

}  // namespace punnet
