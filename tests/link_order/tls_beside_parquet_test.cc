// libparquet carries a partial OpenSSL of its own and exports it. These tests crash when the linker
// has put it before the real one, which no other test would notice.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "arrow/api.h"
#include "arrow/io/memory.h"
#include "parquet/arrow/reader.h"
#include "parquet/arrow/writer.h"

namespace punnet {
namespace {

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freed<&SSL_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;

Key make_key() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }

Certificate make_self_signed_certificate(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const unsigned char common_name[] = "localhost";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

/// Takes turns until both sides are done or neither makes progress.
bool handshake(SSL* client, SSL* server) {
  for (int turn = 0; turn < 10; ++turn) {
    const int client_done = SSL_do_handshake(client);
    const int server_done = SSL_do_handshake(server);
    if (client_done == 1 && server_done == 1) return true;
  }
  return false;
}

std::shared_ptr<arrow::Table> one_column_table() {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues({1, 2, 3}).ok());
  return arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                            {builder.Finish().ValueOrDie()});
}

TEST(TlsBesideParquet, WritesAndReadsAParquetFile) {
  const auto table = one_column_table();
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out).ok());
  const auto in = std::make_shared<arrow::io::BufferReader>(out->Finish().ValueOrDie());
  const auto reader = parquet::arrow::OpenFile(in, arrow::default_memory_pool()).ValueOrDie();
  EXPECT_TRUE(reader->ReadTable().ValueOrDie()->Equals(*table));
}

class TlsSymbol : public testing::TestWithParam<const char*> {};

TEST_P(TlsSymbol, ComesFromTheRealLibrary) {
  void* symbol = dlsym(RTLD_DEFAULT, GetParam());
  ASSERT_NE(symbol, nullptr);
  Dl_info where{};
  ASSERT_NE(dladdr(symbol, &where), 0);
  EXPECT_NE(std::string_view(where.dli_fname).find("libcrypto.so"), std::string_view::npos)
      << GetParam() << " is taken from " << where.dli_fname;
}

INSTANTIATE_TEST_SUITE_P(Crypto, TlsSymbol,
                         testing::Values("OPENSSL_init_crypto", "CRYPTO_malloc", "BIO_new",
                                         "EVP_MD_fetch", "EVP_EncryptInit_ex", "EVP_PKEY_new"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(TlsBesideParquet, ShakesHandsAndExchangesBytes) {
  const Key key = make_key();
  ASSERT_NE(key, nullptr);
  const Certificate certificate = make_self_signed_certificate(key.get());
  const Context server_context(SSL_CTX_new(TLS_server_method()));
  const Context client_context(SSL_CTX_new(TLS_client_method()));
  ASSERT_EQ(SSL_CTX_use_certificate(server_context.get(), certificate.get()), 1);
  ASSERT_EQ(SSL_CTX_use_PrivateKey(server_context.get(), key.get()), 1);

  const Connection server(SSL_new(server_context.get()));
  const Connection client(SSL_new(client_context.get()));
  BIO* server_end = nullptr;
  BIO* client_end = nullptr;
  ASSERT_EQ(BIO_new_bio_pair(&server_end, 0, &client_end, 0), 1);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());

  ASSERT_TRUE(handshake(client.get(), server.get()));
  EXPECT_STREQ(SSL_get_version(client.get()), "TLSv1.3");

  constexpr std::string_view kSent = "a small basket for picks";
  ASSERT_EQ(SSL_write(client.get(), kSent.data(), static_cast<int>(kSent.size())),
            static_cast<int>(kSent.size()));
  std::string received(64, '\0');
  const int length = SSL_read(server.get(), received.data(), static_cast<int>(received.size()));
  ASSERT_GT(length, 0);
  EXPECT_EQ(received.substr(0, static_cast<std::size_t>(length)), kSent);
}

}  // namespace
}  // namespace punnet
