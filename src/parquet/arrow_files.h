#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/call_context.h"
#include "base/error.h"
#include "ports/file_store.h"

// Declared here so that nobody needs Arrow's headers to name what is in this one.
namespace arrow {
class MemoryPool;
class Status;
namespace io {
class OutputStream;
class RandomAccessFile;
}  // namespace io
}  // namespace arrow

namespace punnet {

/// Carries `error` through Arrow; to_error gives it back unchanged.
arrow::Status to_arrow(const Error& error);

/// The reason behind a failed `status`. An Error of ours that travelled through Arrow keeps its
/// code and message; Arrow's own complaints about bytes are kCorrupt, a full memory pool is
/// kExhausted. `where` goes in front of the message.
Error to_error(const arrow::Status& status, std::string_view where);

/// Lets Arrow read `file`. Every read is bound by `call`. Safe to call from many threads.
std::shared_ptr<arrow::io::RandomAccessFile> make_arrow_input(std::shared_ptr<ReadableFile> file,
                                                              CallContext call);

/// Lets Arrow append to `file`, which stays with the caller, who publishes it afterwards. Closing
/// the stream does nothing to the file.
std::shared_ptr<arrow::io::OutputStream> make_arrow_output(WritableFile& file, CallContext call);

/// A memory pool that gives out at most `limit_bytes`; for files written by strangers, whose sizes
/// are not to be believed. Must outlive all that is read with it.
std::unique_ptr<arrow::MemoryPool> make_capped_pool(std::int64_t limit_bytes);

}  // namespace punnet
