#include "kafka/java_properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

using Properties = std::map<std::string, std::string>;

Properties parsed(std::string_view text) {
  const auto properties = parse_java_properties(text);
  EXPECT_THAT(properties, Succeeds());
  return properties ? *properties : Properties{};
}

TEST(JavaProperties, KnowsThreeWaysToSeparateAKeyFromItsValue) {
  EXPECT_EQ(parsed("a=1\nb : 2\nc 3\nd\t=\t4\ne\nf=\n=g\n"),
            (Properties{
                {"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", ""}, {"f", ""}, {"", "g"}}));
}

TEST(JavaProperties, LeavesCommentsAndBlankLinesOut) {
  EXPECT_EQ(parsed("# a=1\n  ! b=2\n\n \t\r\n   c=3\r\nd=4 # not a comment"),
            (Properties{{"c", "3"}, {"d", "4 # not a comment"}}));
}

TEST(JavaProperties, JoinsLinesThatEndInABackslash) {
  EXPECT_EQ(parsed("a=one\\\n    two\\\r\n\tthree\nb=x\\\\\nc=y\\"),
            (Properties{{"a", "onetwothree"}, {"b", "x\\"}, {"c", "y"}}));
  EXPECT_EQ(parsed("a=1\\\n#2\n"), (Properties{{"a", "1#2"}})) << "a comment cannot begin there";
}

TEST(JavaProperties, ResolvesEscapes) {
  EXPECT_EQ(parsed(R"(a\=b\ c=\ x\ty\nz\:\q)"), (Properties{{"a=b c", " x\ty\nz:q"}}));
  EXPECT_EQ(parsed(R"(a=\u0041\u00e9\u20AC\uD83D\uDE00)"),
            (Properties{{"a", "A\u00e9\u20AC\U0001F600"}}));
}

TEST(JavaProperties, KeepsTheLastOfSeveralValues) {
  EXPECT_EQ(parsed("a=1\na=2\n"), (Properties{{"a", "2"}}));
}

TEST(JavaProperties, NamesTheLineOfABrokenEscape) {
  for (const std::string_view broken : {"b=\\u12", "b=\\u12g4", "\\u=b"}) {
    EXPECT_THAT(parse_java_properties("a=1\n\n" + std::string(broken)),
                FailsSaying(ErrorCode::kInvalid, "line 3"));
  }
}

RC_GTEST_PROP(JavaProperties, EndsForAnyText, (const std::string& text)) {
  static_cast<void>(parse_java_properties(text));
}

/// With a backslash before each byte. Letters that would mean something else then are left out.
std::string escaped(const std::string& raw) {
  std::string text;
  for (const char c : raw) {
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\r') {
      text += "\\r";
    } else {
      text += '\\';
      text += c;
    }
  }
  return text;
}

RC_GTEST_PROP(JavaProperties, ReadsBackWhatWasEscaped, (const Properties& given)) {
  std::string text;
  Properties expected;
  for (const auto& [given_key, given_value] : given) {
    auto key = given_key;
    auto value = given_value;
    const auto has_a_meaning = [](char c) {
      return std::string_view("untrf").find(c) != std::string_view::npos;
    };
    std::erase_if(key, has_a_meaning);
    std::erase_if(value, has_a_meaning);
    text += escaped(key) + '=' + escaped(value) + '\n';
    expected[key] = value;
  }
  RC_ASSERT(parsed(text) == expected);
}

TEST(JaasLogin, FindsModuleUserAndPassword) {
  const auto login = parse_jaas_login(
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" "
      "password=\"a \\\"secret\\\" = ; it's\";");
  ASSERT_THAT(login, Succeeds());
  EXPECT_EQ(login->module, "org.apache.kafka.common.security.plain.PlainLoginModule");
  EXPECT_EQ(login->options,
            (Properties{{"username", "alice"}, {"password", "a \"secret\" = ; it's"}}));
}

TEST(JaasLogin, TakesBareWordsSingleQuotesAndAnyBlanks) {
  const auto login =
      parse_jaas_login(" a.B  sufficient\n\tusername = alice password='p w' tokenauth=true ; ");
  ASSERT_THAT(login, Succeeds());
  EXPECT_EQ(login->options,
            (Properties{{"username", "alice"}, {"password", "p w"}, {"tokenauth", "true"}}));
}

TEST(JaasLogin, NeverRepeatsWhatItCouldNotRead) {
  for (const std::string_view wrong :
       {"", "x", "a.B required username=\"alice\" password=\"hidden\"",
        "a.B required password=\"hidden;", "a.B required password \"hidden\";",
        "hidden required;"}) {
    const auto login = parse_jaas_login(wrong);
    EXPECT_THAT(login, FailsSaying(ErrorCode::kInvalid, "sasl.jaas.config")) << wrong;
    EXPECT_THAT(login, testing::Not(FailsSaying(ErrorCode::kInvalid, "hidden"))) << wrong;
  }
}

}  // namespace
}  // namespace punnet
