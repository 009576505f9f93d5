#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

/// SHA-256, fed piece by piece.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const char> bytes);

  /// 64 hexadecimal digits; ends the hash.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(std::string_view bytes);

/// The hash of a whole file, read in pieces.
Result<std::string> sha256_of_file(FileStore& files, std::string_view path,
                                   const CallContext& call);

}  // namespace punnet
