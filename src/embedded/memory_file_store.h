#pragma once

#include <memory>

#include "base/clock.h"
#include "ports/file_store.h"

namespace punnet {

/// A FileStore in memory: for tests, and for what is thrown away at the end. `clock` gives the
/// modification times and must outlive the store.
std::unique_ptr<FileStore> make_memory_file_store(const Clock& clock = system_clock());

}  // namespace punnet
