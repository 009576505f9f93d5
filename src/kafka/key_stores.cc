#include "kafka/key_stores.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <memory>

namespace punnet {
namespace {

template <auto kFree>
struct FreedBy {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
void free_certificates(STACK_OF(X509) * certificates) { sk_X509_pop_free(certificates, X509_free); }

using BioPtr = std::unique_ptr<BIO, FreedBy<&BIO_free>>;
using StorePtr = std::unique_ptr<PKCS12, FreedBy<&PKCS12_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<&EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreedBy<&X509_free>>;
using CertificatesPtr = std::unique_ptr<STACK_OF(X509), FreedBy<&free_certificates>>;

Error failed(std::string_view what) {
  const auto code = ERR_peek_last_error();
  std::string message(what);
  if (const char* reason = ERR_reason_error_string(code)) message += std::string(": ") + reason;
  ERR_clear_error();
  return {ErrorCode::kInvalid, std::move(message)};
}

}  // namespace

StoreKind store_kind(std::string_view bytes) {
  if (bytes.find("-----BEGIN ") != std::string_view::npos) return StoreKind::kPem;
  if (bytes.starts_with("\xFE\xED\xFE\xED")) return StoreKind::kJks;
  if (bytes.starts_with('\x30')) return StoreKind::kPkcs12;
  return StoreKind::kUnknown;
}

Result<std::string> certificates_of_pkcs12(std::string_view bytes, const std::string& password) {
  const BioPtr in(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  const StorePtr store(d2i_PKCS12_bio(in.get(), nullptr));
  if (store == nullptr) return failed("this is no PKCS12 store");
  EVP_PKEY* raw_key = nullptr;
  X509* raw_own = nullptr;
  STACK_OF(X509)* raw_all = nullptr;
  if (PKCS12_parse(store.get(), password.c_str(), &raw_key, &raw_own, &raw_all) != 1) {
    return failed("the store cannot be opened with its password");
  }
  const KeyPtr key(raw_key);
  const CertificatePtr own(raw_own);
  const CertificatesPtr all(raw_all);
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (own != nullptr) PEM_write_bio_X509(out.get(), own.get());
  for (int i = 0; all != nullptr && i < sk_X509_num(all.get()); ++i) {
    PEM_write_bio_X509(out.get(), sk_X509_value(all.get(), i));
  }
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  if (size <= 0) return Error{ErrorCode::kInvalid, "the store holds no certificate"};
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace punnet
