#include "base/java_number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace punnet {
namespace {

// Java writes plain decimals for 1e-3 <= |x| < 1e7 and d.dddEn outside of it, always with at least
// one digit behind the point.
template <typename Float>
void append(std::string& out, Float value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out += '-';
  const Float magnitude = std::fabs(value);
  if (std::isinf(magnitude)) {
    out += "Infinity";
    return;
  }
  if (magnitude == Float{0}) {
    out += "0.0";
    return;
  }

  std::array<char, 64> buffer{};
  char* const end = buffer.data() + buffer.size();
  auto written = std::to_chars(buffer.data(), end, magnitude, std::chars_format::scientific);
  // Where one digit tells the number from its neighbours, Java takes the nearest with two.
  if (buffer[1] == 'e') {
    written = std::to_chars(buffer.data(), end, magnitude, std::chars_format::scientific, 1);
  }
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const auto e = text.find('e');
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  std::string digits(1, text.front());
  if (text.substr(2, e - 2) != "0") digits += text.substr(2, e - 2);

  if (exponent >= -3 && exponent < 7) {
    if (exponent < 0) {
      out += "0.";
      out.append(static_cast<std::size_t>(-exponent - 1), '0');
      out += digits;
      return;
    }
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    out.append(digits, 0, whole);
    out += '.';
    out += digits.size() > whole ? digits.substr(whole) : "0";
    return;
  }
  out += digits.front();
  out += '.';
  out += digits.size() > 1 ? digits.substr(1) : "0";
  out += 'E';
  out += std::to_string(exponent);
}

}  // namespace

void append_java_float(std::string& out, float value) { append(out, value); }
void append_java_double(std::string& out, double value) { append(out, value); }

}  // namespace punnet
