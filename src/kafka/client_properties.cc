#include "kafka/client_properties.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "kafka/java_properties.h"
#include "kafka/key_stores.h"

namespace punnet {
namespace {

using Properties = std::map<std::string, std::string>;

// Of the same name and meaning in librdkafka.
constexpr std::array kAllowed = std::to_array<std::string_view>({
    "broker.address.family",
    "broker.address.ttl",
    "client.dns.lookup",
    "client.id",
    "client.rack",
    "compression.codec",
    "compression.level",
    "compression.type",
    "connections.max.idle.ms",
    "fetch.max.bytes",
    "fetch.message.max.bytes",
    "fetch.min.bytes",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "group.instance.id",
    "heartbeat.interval.ms",
    "max.partition.fetch.bytes",
    "metadata.max.age.ms",
    "metadata.recovery.strategy",
    "receive.message.max.bytes",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "sasl.password",
    "sasl.username",
    "security.protocol",
    "session.timeout.ms",
    "socket.connection.setup.timeout.ms",
    "socket.keepalive.enable",
    "socket.nagle.disable",
    "socket.receive.buffer.bytes",
    "socket.send.buffer.bytes",
    "socket.timeout.ms",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.cipher.suites",
    "ssl.crl.location",
    "ssl.curves.list",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.sigalgs.list",
    "topic.metadata.refresh.interval.ms",
});

struct Alias {
  std::string_view java;
  std::string_view ours;
};
constexpr std::array kAliases = std::to_array<Alias>({
    {"fetch.max.wait.ms", "fetch.wait.max.ms"},
    {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
    {"send.buffer.bytes", "socket.send.buffer.bytes"},
    {"request.timeout.ms", "socket.timeout.ms"},
    {"socket.connection.setup.timeout.max.ms", "socket.connection.setup.timeout.ms"},
});

// Handled below, or known and without meaning here.
constexpr std::array kTakenElsewhere = std::to_array<std::string_view>({
    "bootstrap.servers",
    "sasl.jaas.config",
    "sasl.mechanism",
    "sasl.mechanisms",
    "ssl.enabled.protocols",
    "ssl.endpoint.identification.algorithm",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.type",
    "ssl.protocol",
    "ssl.truststore.certificates",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
});

struct Refused {
  std::string_view key;
  std::string_view why;
};
constexpr std::array kRefused = std::to_array<Refused>({
    {"acks", "punnet always waits for all replicas"},
    {"auto.offset.reset", "punnet never skips; --starting-offsets says where a table begins"},
    {"default.api.timeout.ms", "events.timeout is the setting"},
    {"enable.auto.commit", "the position is the table's"},
    {"enable.idempotence", "punnet's producer is always idempotent"},
    {"enable.ssl.certificate.verification", "certificates are always verified"},
    {"group.id", "--group is the option"},
    {"isolation.level", "only committed events are read"},
    {"linger.ms", "an append is sent as one batch"},
    {"max.poll.interval.ms", "a member answers its group whatever its stream waits for"},
    {"partition.assignment.strategy", "partitions are shared cooperatively"},
    {"sasl.kerberos.service.name", "Kerberos is not supported yet"},
});

constexpr std::size_t kLargestStore = std::size_t{4} << 20U;

template <typename List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

Error invalid(std::string_view key, std::string_view why) {
  return {ErrorCode::kInvalid,
          "Kafka client property " + std::string(key) + ": " + std::string(why)};
}

Status check_key(std::string_view key) {
  for (const auto& refused : kRefused) {
    if (refused.key == key) return invalid(key, refused.why);
  }
  const bool is_alias = std::any_of(kAliases.begin(), kAliases.end(),
                                    [&](const Alias& alias) { return alias.java == key; });
  if (is_alias || contains(kAllowed, key) || contains(kTakenElsewhere, key)) return ok();
  return invalid(key, "not one that punnet passes on; leave it out");
}

Result<std::string> read_store(std::string_view key, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return invalid(key, "cannot read " + path);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (in.bad() || bytes.size() > kLargestStore) return invalid(key, "cannot read " + path);
  return bytes;
}

Error jks(std::string_view key, const std::string& path) {
  return invalid(key, path +
                          " is a JKS store, which only Java reads; convert it with\n  keytool "
                          "-importkeystore -srckeystore " +
                          path + " -destkeystore " + path +
                          ".p12 -deststoretype PKCS12\nand name that one");
}

/// Turns the given settings into librdkafka's, kind by kind.
class Translation {
 public:
  explicit Translation(const Properties& given) : given_(given) {}

  Result<Properties> run() {
    for (const auto& [key, value] : given_) PUNNET_CHECK(check_key(key));
    take_plain();
    PUNNET_CHECK(take_sasl());
    PUNNET_CHECK(take_tls());
    PUNNET_CHECK(take_trust_store());
    PUNNET_CHECK(take_key_store());
    return std::move(ours_);
  }

 private:
  std::optional<std::string> get(const std::string& key) const {
    const auto found = given_.find(key);
    if (found == given_.end()) return std::nullopt;
    return found->second;
  }

  void take_plain() {
    for (const auto& [key, value] : given_) {
      if (contains(kAllowed, key)) ours_[key] = value;
    }
    for (const auto& alias : kAliases) {
      if (const auto value = get(std::string(alias.java))) ours_[std::string(alias.ours)] = *value;
    }
  }

  Status take_sasl() {
    const auto mechanism = get("sasl.mechanism") ? get("sasl.mechanism") : get("sasl.mechanisms");
    const auto protocol = get("security.protocol").value_or("PLAINTEXT");
    const bool wants_sasl = protocol.starts_with("SASL") || protocol.starts_with("sasl");
    if (mechanism == "GSSAPI" || (wants_sasl && !mechanism)) {
      return invalid("sasl.mechanism",
                     "Kerberos (GSSAPI, the default) is not supported yet; use PLAIN, "
                     "SCRAM-SHA-256 or SCRAM-SHA-512");
    }
    if (!mechanism) return ok();
    if (mechanism != "PLAIN" && mechanism != "SCRAM-SHA-256" && mechanism != "SCRAM-SHA-512") {
      return invalid("sasl.mechanism", *mechanism +
                                           " is not supported yet; use PLAIN, SCRAM-SHA-256 or "
                                           "SCRAM-SHA-512");
    }
    if (mechanism == "PLAIN" && (protocol == "SASL_PLAINTEXT" || protocol == "sasl_plaintext")) {
      return invalid("sasl.mechanism",
                     "PLAIN would send the password in the clear; use SASL_SSL, or SCRAM");
    }
    ours_["sasl.mechanism"] = *mechanism;
    return take_login();
  }

  Status take_login() {
    const auto jaas = get("sasl.jaas.config");
    if (!jaas) {
      if (get("sasl.username") && get("sasl.password")) return ok();
      return invalid("sasl.jaas.config", "missing; it says who logs in");
    }
    PUNNET_TRY(const auto login, parse_jaas_login(*jaas));
    if (login.module.ends_with("Krb5LoginModule")) {
      return invalid("sasl.jaas.config", "Kerberos is not supported yet");
    }
    if (!login.module.ends_with(".PlainLoginModule") &&
        !login.module.ends_with(".ScramLoginModule")) {
      return invalid("sasl.jaas.config",
                     login.module + " is not supported; PlainLoginModule and ScramLoginModule are");
    }
    const auto user = login.options.find("username");
    const auto password = login.options.find("password");
    if (user == login.options.end() || password == login.options.end()) {
      return invalid("sasl.jaas.config", "username and password are needed");
    }
    ours_["sasl.username"] = user->second;
    ours_["sasl.password"] = password->second;
    return ok();
  }

  Status take_tls() const {
    const auto check = get("ssl.endpoint.identification.algorithm");
    if (check && *check != "https" && *check != "HTTPS") {
      return invalid("ssl.endpoint.identification.algorithm",
                     "the host name in the broker's certificate is always verified; leave it out");
    }
    for (const std::string key : {"ssl.protocol", "ssl.enabled.protocols"}) {
      std::string rest = get(key).value_or("");
      for (const std::string_view known : {"TLSv1.2", "TLSv1.3", ",", " "}) {
        for (auto at = rest.find(known); at != std::string::npos; at = rest.find(known)) {
          rest.erase(at, known.size());
        }
      }
      if (!rest.empty() && rest != "TLS") return invalid(key, "only TLSv1.2 and TLSv1.3 are used");
    }
    return ok();
  }

  Status take_trust_store() {
    if (const auto pem = get("ssl.truststore.certificates")) ours_["ssl.ca.pem"] = *pem;
    const std::string key = "ssl.truststore.location";
    const auto path = get(key);
    if (!path) return ok();
    PUNNET_TRY(const auto bytes, read_store(key, *path));
    switch (store_kind(bytes)) {
      case StoreKind::kPem:
        ours_["ssl.ca.location"] = *path;
        return ok();
      case StoreKind::kPkcs12: {
        const auto pem = certificates_of_pkcs12(bytes, get("ssl.truststore.password").value_or(""));
        if (!pem) return invalid(key, *path + ": " + pem.error().message);
        ours_["ssl.ca.pem"] = *pem;
        return ok();
      }
      case StoreKind::kJks:
        return jks(key, *path);
      default:
        return invalid(key, *path + " is neither PEM nor PKCS12");
    }
  }

  Status take_key_store() {
    if (const auto chain = get("ssl.keystore.certificate.chain")) {
      ours_["ssl.certificate.pem"] = *chain;
    }
    if (const auto pem = get("ssl.keystore.key")) ours_["ssl.key.pem"] = *pem;
    const std::string key = "ssl.keystore.location";
    const auto path = get(key);
    if (!path) return ok();
    PUNNET_TRY(const auto bytes, read_store(key, *path));
    switch (store_kind(bytes)) {
      case StoreKind::kPem:
        ours_["ssl.certificate.location"] = *path;
        ours_["ssl.key.location"] = *path;
        return ok();
      case StoreKind::kPkcs12:
        ours_["ssl.keystore.location"] = *path;
        ours_["ssl.keystore.password"] = get("ssl.keystore.password").value_or("");
        return ok();
      case StoreKind::kJks:
        return jks(key, *path);
      default:
        return invalid(key, *path + " is neither PEM nor PKCS12");
    }
  }

  const Properties& given_;
  Properties ours_;
};

}  // namespace

Result<Properties> client_properties(const Properties& given) { return Translation(given).run(); }

Result<Properties> read_client_properties(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Error{ErrorCode::kInvalid, "cannot read " + path + " (--command-config)"};
  }
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto properties = parse_java_properties(text);
  if (!properties) return with_context(std::move(properties).error(), path);
  return properties;
}

Result<Properties> parse_client_properties(std::string_view text) {
  Properties properties;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return Error{ErrorCode::kInvalid, "Kafka client property \"" + std::string(one) +
                                            "\": expected NAME=VALUE, such as client.id=shop"};
    }
    const std::string name(one.substr(0, equals));
    const bool is_secret = name.find("password") != std::string::npos ||
                           name == "sasl.jaas.config" || name == "ssl.key.pem" ||
                           name == "ssl.keystore.key";
    if (is_secret) {
      return invalid(name, "a secret does not belong here; put it in the file of --command-config");
    }
    properties[name] = one.substr(equals + 1);
  }
  return properties;
}

}  // namespace punnet
