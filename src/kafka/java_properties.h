#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace punnet {

/// Reads the text of a Java properties file: comments, continued lines, escapes and the three ways
/// to separate a key from its value. The last of several values of a key counts. kInvalid, with
/// the number of the line, for a broken \u escape.
Result<std::map<std::string, std::string>> parse_java_properties(std::string_view text);

/// A line of a JAAS configuration: who logs in, and with what.
struct JaasLogin {
  std::string module;                          ///< "org.apache.kafka.….PlainLoginModule"
  std::map<std::string, std::string> options;  ///< "username", "password", …
};

/// Reads the value of sasl.jaas.config. kInvalid when it is none; the text is not repeated in the
/// error, since it holds a password.
Result<JaasLogin> parse_jaas_login(std::string_view text);

}  // namespace punnet
