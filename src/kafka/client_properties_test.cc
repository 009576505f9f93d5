#include "kafka/client_properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <fstream>
#include <memory>

#include "kafka/key_stores.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

using Properties = std::map<std::string, std::string>;

constexpr char kScram[] =
    "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"alice\" "
    "password=\"wonder\";";

Properties translated(const Properties& given) {
  const auto ours = client_properties(given);
  EXPECT_THAT(ours, Succeeds());
  return ours ? *ours : Properties{};
}

/// Writes bytes to a file of the test's own directory.
class Stores : public testing::Test {
 protected:
  std::string file(const std::string& name, std::string_view bytes) {
    std::ofstream(directory_ / name, std::ios::binary) << bytes;
    return directory_ / name;
  }

  /// A PKCS12 store with one certificate, and its key if `with_key`.
  std::string pkcs12(const std::string& name, const std::string& password, bool with_key) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    STACK_OF(X509)* others = sk_X509_new_null();
    if (!with_key) sk_X509_push(others, certificate.get());
    const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> store(
        PKCS12_create(password.c_str(), "one", with_key ? key.get() : nullptr,
                      with_key ? certificate.get() : nullptr, others, 0, 0, 0, 0, 0),
        &PKCS12_free);
    sk_X509_free(others);
    unsigned char* bytes = nullptr;
    const int size = i2d_PKCS12(store.get(), &bytes);
    const auto path =
        file(name, {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
    OPENSSL_free(bytes);
    return path;
  }

  TemporaryDirectory directory_;
};

TEST(ClientProperties, PassOnWhatBothNameAlike) {
  EXPECT_EQ(translated({{"client.id", "shop"}, {"fetch.min.bytes", "1"}}),
            (Properties{{"client.id", "shop"}, {"fetch.min.bytes", "1"}}));
  EXPECT_EQ(translated({}), Properties{});
  EXPECT_EQ(translated({{"bootstrap.servers", "elsewhere:9092"}}), Properties{})
      << "the URI names the servers";
}

TEST(ClientProperties, TranslateJavasNames) {
  EXPECT_EQ(translated({{"request.timeout.ms", "7000"}, {"fetch.max.wait.ms", "10"}}),
            (Properties{{"socket.timeout.ms", "7000"}, {"fetch.wait.max.ms", "10"}}));
}

TEST(ClientProperties, TakeUserAndPasswordOutOfTheLogin) {
  for (const std::string mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    EXPECT_EQ(translated({{"security.protocol", "SASL_SSL"},
                          {"sasl.mechanism", mechanism},
                          {"sasl.jaas.config", kScram}}),
              (Properties{{"security.protocol", "SASL_SSL"},
                          {"sasl.mechanism", mechanism},
                          {"sasl.username", "alice"},
                          {"sasl.password", "wonder"}}));
  }
}

TEST(ClientProperties, RefuseWhatIsNotSupportedYet) {
  for (const auto& [given, said] : std::vector<std::pair<Properties, std::string>>{
           {{{"sasl.mechanism", "GSSAPI"}}, "not supported yet"},
           {{{"security.protocol", "SASL_SSL"}}, "Kerberos"},
           {{{"sasl.mechanism", "OAUTHBEARER"}}, "not supported yet"},
           {{{"sasl.mechanism", "PLAIN"},
             {"security.protocol", "SASL_SSL"},
             {"sasl.jaas.config", "com.sun.security.auth.module.Krb5LoginModule required;"}},
            "Kerberos is not supported yet"},
           {{{"sasl.mechanism", "SCRAM-SHA-512"}, {"security.protocol", "SASL_SSL"}},
            "sasl.jaas.config: missing"}}) {
    EXPECT_THAT(client_properties(given), FailsSaying(ErrorCode::kInvalid, said));
  }
}

TEST(ClientProperties, RefusePasswordsInTheClear) {
  EXPECT_THAT(client_properties({{"security.protocol", "SASL_PLAINTEXT"},
                                 {"sasl.mechanism", "PLAIN"},
                                 {"sasl.jaas.config", kScram}}),
              FailsSaying(ErrorCode::kInvalid, "in the clear"));
}

TEST(ClientProperties, KeepCertificatesVerified) {
  EXPECT_THAT(client_properties({{"ssl.endpoint.identification.algorithm", ""}}),
              FailsSaying(ErrorCode::kInvalid, "always verified"));
  EXPECT_THAT(client_properties({{"enable.ssl.certificate.verification", "false"}}),
              FailsSaying(ErrorCode::kInvalid, "always verified"));
  EXPECT_THAT(client_properties({{"ssl.enabled.protocols", "TLSv1.2,SSLv3"}}),
              FailsSaying(ErrorCode::kInvalid, "TLSv1.3"));
  EXPECT_EQ(translated({{"ssl.endpoint.identification.algorithm", "https"},
                        {"ssl.enabled.protocols", "TLSv1.3, TLSv1.2"}}),
            Properties{});
}

TEST(ClientProperties, RefuseWhatWouldRunCodeOrChangeWhatPunnetDecides) {
  for (const std::string key :
       {"plugin.library.paths", "sasl.kerberos.kinit.cmd", "ssl.engine.location", "ssl.providers",
        "debug", "enable.auto.commit", "auto.offset.reset", "isolation.level", "group.id", "acks",
        "linger.ms", "no.such.thing"}) {
    EXPECT_THAT(client_properties({{key, "x"}}), FailsSaying(ErrorCode::kInvalid, key));
  }
}

TEST_F(Stores, OfPemAreHandedOnByName) {
  const auto path = file("store", "some text\n-----BEGIN CERTIFICATE-----\n");
  EXPECT_EQ(translated({{"ssl.truststore.type", "PEM"}, {"ssl.truststore.location", path}}),
            (Properties{{"ssl.ca.location", path}}));
  EXPECT_EQ(translated({{"ssl.keystore.location", path}, {"ssl.key.password", "p"}}),
            (Properties{{"ssl.certificate.location", path},
                        {"ssl.key.location", path},
                        {"ssl.key.password", "p"}}));
  EXPECT_EQ(translated({{"ssl.truststore.certificates", "A"},
                        {"ssl.keystore.certificate.chain", "B"},
                        {"ssl.keystore.key", "C"}}),
            (Properties{{"ssl.ca.pem", "A"}, {"ssl.certificate.pem", "B"}, {"ssl.key.pem", "C"}}));
}

TEST_F(Stores, OfPkcs12GiveTheirCertificatesAway) {
  const auto path = pkcs12("trust.jks", "open", false);
  const auto ours =
      translated({{"ssl.truststore.location", path}, {"ssl.truststore.password", "open"}});
  ASSERT_EQ(ours.size(), 1U);
  EXPECT_THAT(ours.at("ssl.ca.pem"), testing::StartsWith("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_THAT(
      client_properties({{"ssl.truststore.location", path}, {"ssl.truststore.password", "wrong"}}),
      FailsSaying(ErrorCode::kInvalid, "password"));
}

TEST_F(Stores, OfPkcs12WithAKeyAreHandedOn) {
  const auto path = pkcs12("key.p12", "open", true);
  EXPECT_EQ(translated({{"ssl.keystore.location", path}, {"ssl.keystore.password", "open"}}),
            (Properties{{"ssl.keystore.location", path}, {"ssl.keystore.password", "open"}}));
}

TEST_F(Stores, OfJavaAreRefusedWithTheCommandThatConvertsThem) {
  const auto path = file("store.p12", std::string("\xFE\xED\xFE\xED\0\0\0\2", 8));
  for (const std::string key : {"ssl.truststore.location", "ssl.keystore.location"}) {
    EXPECT_THAT(client_properties({{key, path}}),
                FailsSaying(ErrorCode::kInvalid, "keytool -importkeystore -srckeystore " + path));
  }
}

TEST_F(Stores, ThatAreNoneOrAreMissingAreNamed) {
  const auto path = file("store", "hello");
  EXPECT_THAT(client_properties({{"ssl.truststore.location", path}}),
              FailsSaying(ErrorCode::kInvalid, path + " is neither PEM nor PKCS12"));
  EXPECT_THAT(client_properties({{"ssl.keystore.location", directory_ / "nothing"}}),
              FailsSaying(ErrorCode::kInvalid, "cannot read " + (directory_ / "nothing")));
  EXPECT_THAT(certificates_of_pkcs12("0 not a store", "p"), FailsWith(ErrorCode::kInvalid));
}

TEST_F(Stores, PropertiesFilesAreNamedInErrors) {
  EXPECT_THAT(read_client_properties(directory_ / "nothing"),
              FailsSaying(ErrorCode::kInvalid, "--command-config"));
  const auto path = file("client.properties", "a=\\u1\n");
  EXPECT_THAT(read_client_properties(path), FailsSaying(ErrorCode::kInvalid, path + ": line 1"));
}

TEST(ClientPropertiesText, IsAListOfNamesAndValues) {
  EXPECT_EQ(*parse_client_properties("a=1,b=x=y"), (Properties{{"a", "1"}, {"b", "x=y"}}));
  EXPECT_EQ(*parse_client_properties(""), Properties{});
  for (const std::string_view wrong : {"a", "=1", "a=1,,b=2"}) {
    EXPECT_THAT(parse_client_properties(wrong), FailsSaying(ErrorCode::kInvalid, "NAME=VALUE"));
  }
}

TEST(ClientPropertiesText, HoldsNoSecrets) {
  for (const std::string name : {"sasl.password", "ssl.key.password", "ssl.truststore.password",
                                 "sasl.jaas.config", "ssl.key.pem"}) {
    EXPECT_THAT(parse_client_properties(name + "=hidden"),
                testing::AllOf(FailsSaying(ErrorCode::kInvalid, "--command-config"),
                               testing::Not(FailsSaying(ErrorCode::kInvalid, "hidden"))));
  }
}

}  // namespace
}  // namespace punnet
