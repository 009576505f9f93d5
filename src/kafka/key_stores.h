#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace punnet {

enum class StoreKind : std::uint8_t { kPem, kPkcs12, kJks, kUnknown };

/// What the bytes of a store are, whatever its name says.
StoreKind store_kind(std::string_view bytes);

/// The certificates of a PKCS12 store, in PEM. kInvalid for a wrong password, and for a store
/// without certificates.
Result<std::string> certificates_of_pkcs12(std::string_view bytes, const std::string& password);

}  // namespace punnet
