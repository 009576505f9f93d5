#include "stream/purchase_json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/rfc3339.h"

namespace punnet {
namespace {

constexpr PurchaseSchema kOriginal;
constexpr PurchaseSchema kMapped{.id_type = IdType::kInt64, .has_basket = true, .has_time = true};

std::string encoded(const Purchase& purchase, const PurchaseSchema& schema) {
  std::string out;
  encode_purchase(out, purchase, schema);
  return out;
}

std::string reason(std::string_view message, const PurchaseSchema& schema = kOriginal) {
  const auto decoded = decode_purchase(message, schema);
  return decoded ? "accepted" : decoded.error().message;
}

Purchase milk() {
  Purchase purchase;
  purchase.user = {1645};
  purchase.item = {9416653};
  purchase.quantity = 1;
  purchase.sales_value = 4.99F;
  return purchase;
}

TEST(PurchaseJson, WritesTheOriginalsBytes) {
  EXPECT_EQ(encoded(milk(), kOriginal),
            R"({"user_id":1645,"item_id":9416653,"quantity":1,"sales_value":4.99})");
  Purchase round = milk();
  round.sales_value = 3;
  EXPECT_EQ(encoded(round, kOriginal),
            R"({"user_id":1645,"item_id":9416653,"quantity":1,"sales_value":3.0})");
  round.sales_value = 1e7F;
  EXPECT_EQ(encoded(round, kOriginal),
            R"({"user_id":1645,"item_id":9416653,"quantity":1,"sales_value":1.0E7})");
}

TEST(PurchaseJson, WritesMappedFieldsAfterTheFour) {
  Purchase purchase = milk();
  purchase.basket = 31198570044;
  purchase.time = parse_rfc3339("2017-01-01T11:53:26Z");
  EXPECT_EQ(encoded(purchase, kMapped),
            R"({"user_id":1645,"item_id":9416653,"quantity":1,"sales_value":4.99,)"
            R"("basket_id":31198570044,"ts":"2017-01-01T11:53:26Z"})");
  EXPECT_EQ(encoded(purchase, kOriginal), encoded(milk(), kOriginal));
}

TEST(PurchaseJson, TakesAnyOrderBlanksAndEscapedNames) {
  const auto decoded = decode_purchase(
      " { \"sales_value\" : 4.99 ,\n\"\\u0071uantity\":1, "
      "\"item_id\":9416653,\"user_id\":1645}\r\n",
      kOriginal);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->purchase, milk());
  EXPECT_EQ(decoded->unknown_fields, 0);
}

TEST(PurchaseJson, CountsUnknownFieldsAndIgnoresThem) {
  const auto decoded =
      decode_purchase(R"({"user_id":1645,"item_id":9416653,"quantity":1,"sales_value":4.99,)"
                      R"("basket_id":7,"ts":"x","note":{"quantity":[9,{"a":null}]}})",
                      kOriginal);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->purchase, milk());
  EXPECT_EQ(decoded->unknown_fields, 3);
}

TEST(PurchaseJson, TakesAMappedFieldThatIsMissingOrNullAsAbsent) {
  for (
      const std::string_view message :
      {R"({"user_id":1645,"item_id":9416653,"quantity":1,"sales_value":4.99})",
       R"({"user_id":1645,"item_id":9416653,"quantity":1,"sales_value":4.99,"basket_id":null,"ts":null})"}) {
    const auto decoded = decode_purchase(message, kMapped);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->purchase, milk());
  }
}

TEST(PurchaseJson, TakesZeroAndNegativeAmountsAsTheyAre) {
  const auto decoded =
      decode_purchase(R"({"user_id":-1,"item_id":0,"quantity":-2,"sales_value":-0.0})", kOriginal);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->purchase.quantity, -2);
  EXPECT_TRUE(std::signbit(decoded->purchase.sales_value));
}

TEST(PurchaseJson, SaysWhatIsWrongBeginningWithTheField) {
  const auto with = [](std::string_view user, std::string_view quantity, std::string_view value) {
    return "{\"user_id\":" + std::string(user) +
           ",\"item_id\":2,\"quantity\":" + std::string(quantity) +
           ",\"sales_value\":" + std::string(value) + "}";
  };
  EXPECT_EQ(reason(with("1", "1", "1")), "accepted");
  EXPECT_EQ(reason(with("2147483648", "1", "1")), "user_id: does not fit id_type \"int32\"");
  EXPECT_EQ(reason(with("9223372036854775808", "1", "1")), "user_id: out of range");
  EXPECT_EQ(reason(with("\"1\"", "1", "1")), "user_id: not an integer");
  EXPECT_EQ(reason(with("null", "1", "1")), "user_id: not an integer");
  EXPECT_EQ(reason(with("1", "1.0", "1")), "quantity: not an integer");
  EXPECT_EQ(reason(with("1", "1e0", "1")), "quantity: not an integer");
  EXPECT_EQ(reason(with("1", "2147483648", "1")), "quantity: out of range");
  EXPECT_EQ(reason(with("1", "[]", "1")), "quantity: not an integer");
  EXPECT_EQ(reason(with("1", "1", "true")), "sales_value: not a number");
  EXPECT_EQ(reason(with("1", "1", "1e39")), "sales_value: out of range");
  EXPECT_EQ(reason(with("1", "1", "1e400")), "sales_value: out of range");
  EXPECT_EQ(reason(with("1", "1", "1e999999999999")), "event: a number out of range");
  EXPECT_EQ(reason(with("1", "1", "NaN")), "event: not JSON");
  EXPECT_EQ(reason(with("1", "1", "01")), "event: not JSON");
  EXPECT_EQ(reason(with("1", "1", "1.")), "event: not JSON");
  EXPECT_EQ(reason(with("1", "1", "1") + "x"), "event: not JSON");
  EXPECT_EQ(reason(with("1", "1", "1,\"quantity\":1")), "quantity: given twice");
  EXPECT_EQ(reason(with("1", "1", "1,\"a\":1,\"a\":1")), "event: a key given twice");
  EXPECT_EQ(reason(R"({"user_id":1,"item_id":2,"quantity":1})"), "sales_value: missing");
  EXPECT_EQ(reason("{}"), "user_id: missing");
  EXPECT_EQ(reason(""), "event: not JSON");
  EXPECT_EQ(reason("{"), "event: not JSON");
  EXPECT_EQ(reason("[]"), "event: not an object");
  EXPECT_EQ(reason("1"), "event: not an object");
  EXPECT_EQ(reason("[{\"user_id\":1}]"), "event: not an object");
  EXPECT_EQ(reason(with("1", "1", "1,\"a\":\"\xC0\x80\"")), "event: invalid UTF-8");
  EXPECT_EQ(reason(std::string_view("\0", 1)), "event: not JSON");
}

TEST(PurchaseJson, SaysWhatIsWrongWithMappedFields) {
  const std::string four = R"({"user_id":1,"item_id":2,"quantity":1,"sales_value":1)";
  EXPECT_EQ(reason(four + R"(,"ts":"yesterday"})", kMapped), "ts: not an RFC 3339 time");
  EXPECT_EQ(reason(four + R"(,"ts":1})", kMapped), "ts: not an RFC 3339 time");
  EXPECT_EQ(reason(four + R"(,"basket_id":"7"})", kMapped), "basket_id: not an integer");
}

TEST(PurchaseJson, LimitsSizeAndDepth) {
  const std::string four = R"({"user_id":1,"item_id":2,"quantity":1,"sales_value":1)";
  const auto nested = [&](std::size_t levels) {
    return four + ",\"a\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_EQ(reason(nested(7)), "accepted");
  EXPECT_EQ(reason(nested(8)), "event: nested deeper than 8");
  EXPECT_EQ(reason(std::string(60'000, '[')), "event: nested deeper than 8");
  const std::string whole = four + "}";
  EXPECT_EQ(reason(whole + std::string(kMaxEventBytes - whole.size(), ' ')), "accepted");
  EXPECT_EQ(reason(whole + std::string(kMaxEventBytes - whole.size() + 1, ' ')),
            "event: larger than 64 KiB");
  EXPECT_EQ(reason("{\"user_id\":" + std::string(60'000, '9') + "}"), "user_id: out of range");
}

TEST(PurchaseJson, SurvivesThousandsOfUnknownFields) {
  std::string message = R"({"user_id":1,"item_id":2,"quantity":1,"sales_value":1)";
  for (int i = 0; i < 5'000; ++i) message += ",\"" + std::to_string(i) + "\":0";
  const auto decoded = decode_purchase(message + "}", kOriginal);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->unknown_fields, 5'000);
}

rc::Gen<Purchase> any_purchase() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::arbitrary<std::int32_t>(), rc::gen::arbitrary<std::int32_t>(),
                     rc::gen::arbitrary<std::int32_t>(), rc::gen::arbitrary<std::int32_t>(),
                     rc::gen::arbitrary<bool>(), rc::gen::inRange<std::int64_t>(0, 4'000'000'000)),
      [](const auto& parts) {
        const auto [user, item, quantity, cents, optional, moment] = parts;
        Purchase purchase;
        purchase.user = {user};
        purchase.item = {item};
        purchase.quantity = quantity;
        purchase.sales_value = static_cast<float>(cents) / 100.0F;
        if (optional) {
          purchase.basket = moment;
          purchase.time = Timestamp{std::chrono::seconds{moment}};
        }
        return purchase;
      });
}

RC_GTEST_PROP(PurchaseJson, ReadsBackWhatItWrote, ()) {
  const auto purchase = *any_purchase();
  const auto decoded = decode_purchase(encoded(purchase, kMapped), kMapped);
  RC_ASSERT(bool(decoded));
  RC_ASSERT(decoded->purchase == purchase);
}

std::string answer(const Result<DecodedPurchase>& decoded) {
  if (!decoded) return decoded.error().message;
  std::string text = encoded(decoded->purchase, kMapped);
  return text + " " + std::to_string(decoded->unknown_fields) + " " +
         std::to_string(std::signbit(decoded->purchase.sales_value));
}

RC_GTEST_PROP(PurchaseJson, BothPathsAgreeOnDamagedMessages, ()) {
  std::string message = encoded(*any_purchase(), kMapped);
  const auto edits = *rc::gen::inRange(0, 4);
  static const std::string kBytes = "0123456789.-+eE,:\"{}[]\\ \t\n_aqnt\x7f\x80\xc3\xe2\xff";
  for (int i = 0; i < edits; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, message.size() + 1);
    const auto byte = kBytes[*rc::gen::inRange<std::size_t>(0, kBytes.size())];
    const auto kind = *rc::gen::inRange(0, 3);
    if (kind == 0) message.insert(at, 1, byte);
    if (kind == 1 && at < message.size()) message[at] = byte;
    if (kind == 2 && at < message.size()) message.erase(at, 1);
  }
  for (const auto& schema : {kOriginal, kMapped}) {
    RC_ASSERT(answer(decode_purchase(message, schema)) ==
              answer(decode_any_purchase(message, schema)));
  }
}

RC_GTEST_PROP(PurchaseJson, BothPathsReadTheSameFloat, ()) {
  const auto whole = *rc::gen::inRange<std::int64_t>(0, 100'000'000);
  const auto decimals = *rc::gen::container<std::string>(rc::gen::inRange('0', ':'));
  const std::string message = R"({"user_id":1,"item_id":2,"quantity":1,"sales_value":)" +
                              std::to_string(whole) + "." + decimals + "7}";
  RC_ASSERT(answer(decode_purchase(message, kOriginal)) ==
            answer(decode_any_purchase(message, kOriginal)));
}

}  // namespace
}  // namespace punnet
