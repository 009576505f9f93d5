#pragma once

#include <string>

namespace punnet {

/// The text that Java's Float.toString gives in its shortest round-trip form: "4.99", "3.0",
/// "1.0E7", "NaN". Appends to `out`.
void append_java_float(std::string& out, float value);

/// The same for doubles, as Double.toString.
void append_java_double(std::string& out, double value);

}  // namespace punnet
