#include "parquet/arrow_files.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace punnet {
namespace {

constexpr char kDetailType[] = "punnet::Error";

class ErrorDetail final : public arrow::StatusDetail {
 public:
  explicit ErrorDetail(Error error) : error_(std::move(error)) {}
  const char* type_id() const override { return kDetailType; }
  std::string ToString() const override { return error_.message; }
  const Error& error() const { return error_; }

 private:
  Error error_;
};

ErrorCode code_of(const arrow::Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return ErrorCode::kExhausted;
    case arrow::StatusCode::Cancelled:
      return ErrorCode::kCancelled;
    case arrow::StatusCode::NotImplemented:
    case arrow::StatusCode::TypeError:
      return ErrorCode::kInvalid;
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::IOError:
    case arrow::StatusCode::SerializationError:
    case arrow::StatusCode::IndexError:
      return ErrorCode::kCorrupt;
    default:
      return ErrorCode::kInternal;
  }
}

class Input final : public arrow::io::RandomAccessFile {
 public:
  Input(std::shared_ptr<ReadableFile> file, CallContext call)
      : file_(std::move(file)), call_(std::move(call)) {
    set_mode(arrow::io::FileMode::READ);
  }

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Seek(std::int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> GetSize() override { return file_->size(); }

  arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const auto read, ReadAt(position_, bytes, out));
    position_ += read;
    return read;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, bytes));
    position_ += buffer->size();
    return buffer;
  }

  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t bytes,
                                     void* out) override {
    auto read = file_->read_at(
        position, std::span(static_cast<char*>(out), static_cast<std::size_t>(bytes)), call_);
    if (!read) return to_arrow(read.error());
    return static_cast<std::int64_t>(*read);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position,
                                                       std::int64_t bytes) override {
    // A corrupt length must not decide how much is allocated.
    const auto there = std::max<std::int64_t>(0, file_->size() - position);
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(std::min(bytes, there)));
    ARROW_ASSIGN_OR_RAISE(const auto read,
                          ReadAt(position, buffer->size(), buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(read));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  const std::shared_ptr<ReadableFile> file_;
  const CallContext call_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

class Output final : public arrow::io::OutputStream {
 public:
  Output(WritableFile& file, CallContext call) : file_(file), call_(std::move(call)) {
    set_mode(arrow::io::FileMode::WRITE);
  }

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return file_.size(); }

  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, std::int64_t bytes) override {
    const auto written = file_.write(
        std::span(static_cast<const char*>(data), static_cast<std::size_t>(bytes)), call_);
    return written ? arrow::Status::OK() : to_arrow(written.error());
  }

 private:
  WritableFile& file_;
  const CallContext call_;
  bool closed_ = false;
};

}  // namespace

arrow::Status to_arrow(const Error& error) {
  return {arrow::StatusCode::IOError, error.message, std::make_shared<ErrorDetail>(error)};
}

Error to_error(const arrow::Status& status, std::string_view where) {
  const auto& detail = status.detail();
  if (detail && detail->type_id() == kDetailType) {
    return with_context(static_cast<const ErrorDetail&>(*detail).error(), where);
  }
  return with_context(Error{code_of(status), status.message()}, where);
}

std::shared_ptr<arrow::io::RandomAccessFile> make_arrow_input(std::shared_ptr<ReadableFile> file,
                                                              CallContext call) {
  return std::make_shared<Input>(std::move(file), std::move(call));
}

std::shared_ptr<arrow::io::OutputStream> make_arrow_output(WritableFile& file, CallContext call) {
  return std::make_shared<Output>(file, std::move(call));
}

std::unique_ptr<arrow::MemoryPool> make_capped_pool(std::int64_t limit_bytes) {
  return std::make_unique<arrow::CappedMemoryPool>(arrow::default_memory_pool(), limit_bytes);
}

}  // namespace punnet
