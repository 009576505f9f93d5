#include "stream/purchase_json.h"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "base/java_number.h"
#include "base/rfc3339.h"
#include "stream/purchase_fields.h"

namespace punnet {
namespace {

enum Field : std::uint8_t { kUser, kItem, kQuantity, kSalesValue, kBasket, kTime, kFields };

constexpr std::array<std::string_view, kFields> kFieldNames{"user_id",     "item_id",   "quantity",
                                                            "sales_value", "basket_id", "ts"};

bool is_mapped(Field field, const PurchaseSchema& schema) {
  if (field == kBasket) return schema.has_basket;
  if (field == kTime) return schema.has_time;
  return true;
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), written.ptr);
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    if (lead < 0x80) continue;
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - i < more) return false;
    const auto first = static_cast<unsigned char>(text[i]);
    // Overlong forms, surrogates and values beyond U+10FFFF show in the second byte.
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (first < low || first > high) return false;
    for (std::size_t k = 1; k < more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    i += more;
  }
  return true;
}

/// Takes the parser's calls and keeps what stands at the top level of the message.
class FieldCollector {
 public:
  // NOLINTBEGIN(readability-identifier-naming): names that Boost.JSON asks of a handler
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  // NOLINTEND(readability-identifier-naming)

  explicit FieldCollector(const PurchaseSchema& schema) : schema_(schema) {}

  Result<DecodedPurchase> finish() {
    if (!is_object_) return field_fault("event", "not an object");
    if (fault_) return *std::move(fault_);
    for (const Field field : {kUser, kItem, kQuantity, kSalesValue}) {
      if (!seen_[field]) return field_fault(kFieldNames[field], "missing");
    }
    return decoded_;
  }

  using Text = boost::json::string_view;
  using Code = boost::json::error_code;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) {
    if (depth_ == 0) is_object_ = true;
    if (depth_ == 1) other_type();
    ++depth_;
    return true;
  }
  bool on_object_end(std::size_t, Code&) {
    --depth_;
    return true;
  }
  bool on_array_begin(Code&) {
    if (depth_ == 1) other_type();
    ++depth_;
    return true;
  }
  bool on_array_end(std::size_t, Code&) {
    --depth_;
    return true;
  }
  bool on_key_part(Text text, std::size_t, Code&) {
    text_.append(text.data(), text.size());
    return true;
  }
  bool on_key(Text text, std::size_t, Code&) {
    text_.append(text.data(), text.size());
    if (depth_ == 1) begin_field(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(Text text, std::size_t, Code&) {
    text_.append(text.data(), text.size());
    return true;
  }
  bool on_string(Text text, std::size_t, Code&) {
    text_.append(text.data(), text.size());
    if (depth_ == 1) on_text(text_);
    text_.clear();
    return true;
  }
  bool on_number_part(Text text, Code&) {
    text_.append(text.data(), text.size());
    return true;
  }
  bool on_int64(std::int64_t, Text text, Code&) { return on_number(text); }
  bool on_uint64(std::uint64_t, Text text, Code&) { return on_number(text); }
  bool on_double(double, Text text, Code&) { return on_number(text); }
  bool on_bool(bool, Code&) {
    if (depth_ == 1) other_type();
    return true;
  }
  bool on_null(Code&) {
    // A null optional field is one that is not there.
    if (depth_ == 1 && field_ != kBasket && field_ != kTime) other_type();
    return true;
  }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

 private:
  void begin_field(std::string_view name) {
    field_ = kFields;
    for (std::uint8_t i = 0; i < kFields; ++i) {
      if (kFieldNames[i] == name && is_mapped(static_cast<Field>(i), schema_)) {
        field_ = static_cast<Field>(i);
      }
    }
    if (field_ == kFields) {
      ++decoded_.unknown_fields;
      if (!unknown_names_.emplace(name).second) blame(field_fault("event", "a key given twice"));
      return;
    }
    if (std::exchange(seen_[field_], true)) {
      blame(field_fault(kFieldNames[field_], "given twice"));
    }
  }

  bool on_number(Text text) {
    text_.append(text.data(), text.size());
    if (depth_ == 1) read_number(text_);
    text_.clear();
    return true;
  }

  void read_number(std::string_view number) {
    Purchase& purchase = decoded_.purchase;
    switch (field_) {
      case kUser:
        return keep(read_id_field("user_id", number, schema_.id_type), purchase.user.value);
      case kItem:
        return keep(read_id_field("item_id", number, schema_.id_type), purchase.item.value);
      case kQuantity:
        return keep(read_quantity_field(number), purchase.quantity);
      case kSalesValue:
        return keep(read_sales_value_field(number), purchase.sales_value);
      case kBasket:
        return keep(read_integer_field("basket_id", number), purchase.basket);
      case kTime:
        return other_type();
      case kFields:
        return;
    }
  }

  void on_text(std::string_view text) {
    if (field_ != kTime) return other_type();
    decoded_.purchase.time = parse_rfc3339(text);
    if (!decoded_.purchase.time) blame(field_fault("ts", "not an RFC 3339 time"));
  }

  template <typename Value, typename Target>
  void keep(Result<Value> value, Target& target) {
    if (value) {
      target = *value;
    } else {
      blame(std::move(value).error());
    }
  }

  void other_type() {
    switch (field_) {
      case kUser:
      case kItem:
      case kQuantity:
      case kBasket:
        return blame(field_fault(kFieldNames[field_], "not an integer"));
      case kSalesValue:
        return blame(field_fault("sales_value", "not a number"));
      case kTime:
        return blame(field_fault("ts", "not an RFC 3339 time"));
      case kFields:
        return;
    }
  }

  /// The first fault is the one that is told.
  void blame(Error fault) {
    if (!fault_) fault_ = std::move(fault);
  }

  const PurchaseSchema schema_;
  DecodedPurchase decoded_;
  std::array<bool, kFields> seen_{};
  std::set<std::string, std::less<>> unknown_names_;
  std::optional<Error> fault_;
  Field field_ = kFields;  // of the value that comes next; kFields: not one of ours
  int depth_ = 0;
  bool is_object_ = false;
  std::string text_;
};

/// Reads what encode_purchase writes and nothing else; anything unusual is absent and left to the
/// full parser, which alone gives reasons.
class StrictReader {
 public:
  explicit StrictReader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool take(std::string_view literal) {
    if (!std::string_view(at_, size()).starts_with(literal)) return false;
    at_ += literal.size();
    return true;
  }

  bool take_integer(std::int64_t& value) {
    const bool negative = take_minus();
    const char* const first = at_;
    std::int64_t sum = 0;
    while (more_digits(first)) sum = sum * 10 + (*at_++ - '0');
    if (!is_plain_integer(first, at_)) return false;
    value = negative ? -sum : sum;
    return true;
  }

  /// Digits, perhaps with a fraction; exact where mantissa and power of ten are exact floats.
  bool take_float(float& value) {
    const bool negative = take_minus();
    const char* const first = at_;
    std::int64_t mantissa = 0;
    while (more_digits(first)) mantissa = mantissa * 10 + (*at_++ - '0');
    const char* const whole_end = at_;
    std::size_t decimals = 0;
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      const char* const point = at_;
      while (more_digits(first)) mantissa = mantissa * 10 + (*at_++ - '0');
      decimals = static_cast<std::size_t>(at_ - point);
      if (decimals == 0) return false;
    }
    constexpr std::array<float, 11> kPowers{1e0F, 1e1F, 1e2F, 1e3F, 1e4F, 1e5F,
                                            1e6F, 1e7F, 1e8F, 1e9F, 1e10F};
    if (!is_plain_integer(first, whole_end)) return false;
    if (mantissa > (1 << 24) || decimals >= kPowers.size()) return false;
    const float magnitude = static_cast<float>(mantissa) / kPowers[decimals];
    value = negative ? -magnitude : magnitude;
    return true;
  }

  bool take_text(std::string_view& text) {
    const char* const first = at_;
    while (at_ != end_ && *at_ != '"') ++at_;
    text = {first, static_cast<std::size_t>(at_ - first)};
    return take("\"");
  }

  bool at_end() const { return at_ == end_; }

 private:
  /// A digit stands here, and the number that began at `first` is short enough not to overflow.
  /// What a longer one leaves behind is not what is taken next.
  bool more_digits(const char* first) const {
    return at_ != end_ && *at_ >= '0' && *at_ <= '9' && at_ - first < 18;
  }
  static bool is_plain_integer(const char* first, const char* last) {
    return last != first && (*first != '0' || last - first == 1);
  }
  std::size_t size() const { return static_cast<std::size_t>(end_ - at_); }
  bool take_minus() {
    const bool minus = at_ != end_ && *at_ == '-';
    if (minus) ++at_;
    return minus;
  }

  const char* at_;
  const char* end_;
};

bool read_strictly(std::string_view message, const PurchaseSchema& schema, Purchase& purchase) {
  StrictReader reader(message);
  std::int64_t quantity = 0;
  if (!reader.take("{\"user_id\":") || !reader.take_integer(purchase.user.value)) return false;
  if (!reader.take(",\"item_id\":") || !reader.take_integer(purchase.item.value)) return false;
  if (!reader.take(",\"quantity\":") || !reader.take_integer(quantity)) return false;
  if (!reader.take(",\"sales_value\":") || !reader.take_float(purchase.sales_value)) return false;
  if (!fits(purchase.user.value, schema.id_type) || !fits(purchase.item.value, schema.id_type)) {
    return false;
  }
  if (!fits(quantity, IdType::kInt32)) return false;
  purchase.quantity = static_cast<std::int32_t>(quantity);

  if (schema.has_basket && reader.take(",\"basket_id\":")) {
    std::int64_t basket = 0;
    if (!reader.take_integer(basket)) return false;
    purchase.basket = basket;
  }
  if (schema.has_time && reader.take(",\"ts\":\"")) {
    std::string_view text;
    if (!reader.take_text(text)) return false;
    purchase.time = parse_rfc3339(text);
    if (!purchase.time) return false;
  }
  return reader.take("}") && reader.at_end();
}

}  // namespace

void encode_purchase(std::string& out, const Purchase& purchase, const PurchaseSchema& schema) {
  out += "{\"user_id\":";
  append_integer(out, purchase.user.value);
  out += ",\"item_id\":";
  append_integer(out, purchase.item.value);
  out += ",\"quantity\":";
  append_integer(out, purchase.quantity);
  out += ",\"sales_value\":";
  append_java_float(out, purchase.sales_value);
  if (schema.has_basket && purchase.basket) {
    out += ",\"basket_id\":";
    append_integer(out, *purchase.basket);
  }
  if (schema.has_time && purchase.time) {
    out += ",\"ts\":\"";
    out += format_rfc3339(*purchase.time);
    out += '"';
  }
  out += '}';
}

Result<DecodedPurchase> decode_purchase(std::string_view message, const PurchaseSchema& schema) {
  DecodedPurchase decoded;
  if (message.size() <= kMaxEventBytes && read_strictly(message, schema, decoded.purchase)) {
    return decoded;
  }
  return decode_any_purchase(message, schema);
}

Result<DecodedPurchase> decode_any_purchase(std::string_view message,
                                            const PurchaseSchema& schema) {
  if (message.size() > kMaxEventBytes) return field_fault("event", "larger than 64 KiB");
  boost::json::parse_options options;
  options.max_depth = kMaxEventDepth;
  boost::json::basic_parser<FieldCollector> parser(options, schema);
  boost::json::error_code failure;
  const std::size_t used = parser.write_some(false, message.data(), message.size(), failure);
  if (!failure && used < message.size()) failure = boost::json::error::extra_data;
  if (!failure) return parser.handler().finish();

  if (!is_utf8(message)) return field_fault("event", "invalid UTF-8");
  if (failure == boost::json::error::too_deep) {
    return field_fault("event", "nested deeper than 8");
  }
  if (failure == boost::json::error::exponent_overflow) {
    return field_fault("event", "a number out of range");
  }
  return field_fault("event", "not JSON");
}

}  // namespace punnet
