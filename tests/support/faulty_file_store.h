#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/file_store.h"

namespace punnet {

/// What a FaultyFileStore can spoil.
enum class FileOperation {
  kList,
  kStat,
  kOpen,
  kReadAt,
  kCreate,
  kWrite,
  kPublish,
  kReplace,
  kRemove
};

/// A file store that fails when told to. One thread.
class FaultyFileStore final : public FileStore {
 public:
  /// `files` must outlive this.
  explicit FaultyFileStore(FileStore& files) : files_(files) {}

  /// The `nth` such call from now (1: the next) fails with `code`, without any effect on the store
  /// behind.
  void fail(FileOperation operation, int nth, ErrorCode code) {
    faults_[operation] = Fault{nth, code, Answer::kError};
  }

  /// The answer of the `nth` publish from now is lost: kUnknown, although it took effect.
  void lose_answer_of_publish(int nth) {
    faults_[FileOperation::kPublish] = Fault{nth, {}, Answer::kUnknownAfter};
  }

  /// The `nth` publish from now is itself lost: kUnknown, and the file is gone.
  void lose_publish(int nth) {
    faults_[FileOperation::kPublish] = Fault{nth, {}, Answer::kUnknownInstead};
  }

  /// Calls so far.
  int calls(FileOperation operation) const {
    const auto found = calls_.find(operation);
    return found == calls_.end() ? 0 : found->second;
  }

  Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) override {
    PUNNET_CHECK(before(FileOperation::kList));
    return files_.list(prefix, call);
  }

  Result<FileInfo> stat(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(before(FileOperation::kStat));
    return files_.stat(path, call);
  }

  Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                             const CallContext& call) override {
    PUNNET_CHECK(before(FileOperation::kOpen));
    PUNNET_TRY(auto file, files_.open(path, call));
    return std::make_unique<FaultyReadableFile>(*this, std::move(file));
  }

  Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                               const CallContext& call) override {
    PUNNET_CHECK(before(FileOperation::kCreate));
    PUNNET_TRY(auto file, files_.create(path, call));
    return std::make_unique<FaultyWritableFile>(*this, std::move(file));
  }

  Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                 const CallContext& call) override {
    const auto fault = due(FileOperation::kPublish);
    if (fault.answer == Answer::kError) return error(fault);
    if (fault.answer == Answer::kUnknownInstead) return PublishOutcome::kUnknown;
    auto outcome = files_.publish(unwrap(std::move(file)), call);
    if (fault.answer == Answer::kUnknownAfter) return PublishOutcome::kUnknown;
    return outcome;
  }

  Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) override {
    PUNNET_CHECK(before(FileOperation::kReplace));
    return files_.replace(unwrap(std::move(file)), call);
  }

  Status remove(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(before(FileOperation::kRemove));
    return files_.remove(path, call);
  }

  Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                        const CallContext& call) override {
    return files_.remove_abandoned(prefix, older_than, call);
  }

  std::string location(std::string_view path) const override { return files_.location(path); }

 private:
  enum class Answer { kTrue, kError, kUnknownAfter, kUnknownInstead };

  struct Fault {
    int calls_left = 0;
    ErrorCode code = ErrorCode::kInternal;
    Answer answer = Answer::kTrue;
  };

  class FaultyReadableFile final : public ReadableFile {
   public:
    FaultyReadableFile(FaultyFileStore& store, std::unique_ptr<ReadableFile> file)
        : store_(store), file_(std::move(file)) {}
    std::int64_t size() const override { return file_->size(); }
    Result<std::size_t> read_at(std::int64_t position, std::span<char> out,
                                const CallContext& call) override {
      PUNNET_CHECK(store_.before(FileOperation::kReadAt));
      return file_->read_at(position, out, call);
    }

   private:
    FaultyFileStore& store_;
    const std::unique_ptr<ReadableFile> file_;
  };

  class FaultyWritableFile final : public WritableFile {
   public:
    FaultyWritableFile(FaultyFileStore& store, std::unique_ptr<WritableFile> file)
        : store_(store), file_(std::move(file)) {}
    Status write(std::span<const char> bytes, const CallContext& call) override {
      PUNNET_CHECK(store_.before(FileOperation::kWrite));
      return file_->write(bytes, call);
    }
    std::int64_t size() const override { return file_->size(); }
    std::unique_ptr<WritableFile> take() { return std::move(file_); }

   private:
    FaultyFileStore& store_;
    std::unique_ptr<WritableFile> file_;
  };

  static std::unique_ptr<WritableFile> unwrap(std::unique_ptr<WritableFile> file) {
    auto* const ours = dynamic_cast<FaultyWritableFile*>(file.get());
    return ours == nullptr ? std::move(file) : ours->take();
  }

  static Error error(const Fault& fault) {
    return Error{fault.code, "the file store failed on purpose"};
  }

  /// The fault that hits this call, if any.
  Fault due(FileOperation operation) {
    ++calls_[operation];
    const auto found = faults_.find(operation);
    if (found == faults_.end() || --found->second.calls_left > 0) return {};
    const auto fault = found->second;
    faults_.erase(found);
    return fault;
  }

  Status before(FileOperation operation) {
    const auto fault = due(operation);
    if (fault.answer == Answer::kTrue) return ok();
    return error(fault);
  }

  FileStore& files_;
  std::map<FileOperation, Fault> faults_;
  std::map<FileOperation, int> calls_;
};

}  // namespace punnet
