#include "spark/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace punnet {
namespace {

/// OpenSSL fails here only without memory, or when it is not OpenSSL.
void require(bool success) {
  if (success) return;
  std::fputs("punnet: OpenSSL does not compute SHA-256\n", stderr);
  std::abort();
}

}  // namespace

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(state_->context != nullptr &&
          EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const char> bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size) == 1);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Result<std::string> sha256_of_file(FileStore& files, std::string_view path,
                                   const CallContext& call) {
  PUNNET_TRY(const auto file, files.open(path, call));
  std::vector<char> piece(std::size_t{1} << 20);
  Sha256 hash;
  std::int64_t position = 0;
  while (position < file->size()) {
    PUNNET_TRY(const auto read, file->read_at(position, piece, call));
    if (read == 0) break;
    hash.update(std::span(piece).first(read));
    position += static_cast<std::int64_t>(read);
  }
  return hash.finish();
}

}  // namespace punnet
