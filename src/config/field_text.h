#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/field.h"

namespace punnet {

/// "500ms", "60s", "5 minutes", "7d"; absent when it is no duration. Only 0 needs no unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "64MB", "1 GB", "100 B", with 1 KB = 1024 bytes; absent when it is no size. Only 0 needs no
/// unit.
std::optional<ByteSize> parse_size(std::string_view text);

/// The shortest text that parse_duration reads back.
std::string duration_text(std::chrono::milliseconds duration);

/// The shortest text that parse_size reads back.
std::string size_text(ByteSize size);

/// Sets a field from what a person wrote in a flag or the environment. Empty text makes an optional
/// field absent. kInvalid, and nothing changed, when the text or its value does not fit.
Status set_from_text(const Field& field, std::string_view text);

/// Sets a number field; the same rules. For fields of other types kInvalid.
Status set_from_integer(const Field& field, std::int64_t value);
Status set_from_double(const Field& field, double value);
Status set_from_bool(const Field& field, bool value);

/// Sets a string, duration, size or choice from a string of the config file. Unlike set_from_text,
/// a number in quotes is no number.
Status set_from_string(const Field& field, std::string_view text);

/// The value as TOML writes it: quoted where it is a string; empty when it is absent.
std::string toml_text(const Field& field);

/// The value as a person reads it; empty when it is absent.
std::string plain_text(const Field& field);

/// What the field holds, for messages: "a whole number", "a duration such as 60s".
std::string expected_text(const Field& field);

}  // namespace punnet
