#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace punnet {

/// How a person's settings of the client become those of librdkafka.
///
/// Keys are those of Kafka's Java tools, or librdkafka's own. Only keys of an allow-list pass: none
/// of them loads code, runs a command, weakens the checks of certificates, or changes what punnet
/// decides. User and password are taken out of sasl.jaas.config; stores are recognised by their
/// content, PEM and PKCS12; what cannot be taken is kInvalid and says what to do instead.
Result<std::map<std::string, std::string>> client_properties(
    const std::map<std::string, std::string>& given);

/// What stands in a properties file, as `--command-config` names it; not yet checked.
Result<std::map<std::string, std::string>> read_client_properties(const std::string& path);

/// What stands in "NAME=VALUE,NAME=VALUE"; not yet checked. kInvalid for passwords, which everyone
/// on the machine could read on a command line: they belong into a file.
Result<std::map<std::string, std::string>> parse_client_properties(std::string_view text);

}  // namespace punnet
