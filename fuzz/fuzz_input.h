// What the fuzzers share: their bytes as text, a store that holds them, and how they complain.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/call_context.h"
#include "embedded/memory_file_store.h"
#include "ports/file_store.h"

namespace punnet::fuzz {

inline std::string_view to_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the first byte, which chooses between several parsers or ways; 0 when there is none.
inline unsigned take_choice(std::string_view& input) {
  if (input.empty()) return 0;
  const auto choice = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return choice;
}

/// Ends the run as a finding unless `holds`.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// A call that has all the time a parser can need.
inline CallContext patiently() { return CallContext::within(std::chrono::minutes{1}); }

/// A store in memory with one file.
inline std::unique_ptr<FileStore> store_with(std::string_view path, std::string_view content) {
  auto files = make_memory_file_store();
  require(static_cast<bool>(replace_file(*files, path, content, patiently())), "no file in memory");
  return files;
}

}  // namespace punnet::fuzz

/// What libFuzzer calls, and replay.cc with the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
