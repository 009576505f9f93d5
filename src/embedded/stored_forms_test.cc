// How rows hold what SQL has no type for: headers, lists of ids, histories.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "embedded/event_headers_text.h"
#include "embedded/history_blob.h"
#include "embedded/id_list_text.h"

namespace punnet {
namespace {

TEST(EventHeadersText, IsMadeOfLines) {
  EXPECT_EQ(headers_to_text(EventHeaders{{"run", "7"}, {"a=b", "50%\n"}}),
            "run=7\na%3Db=50%25%0A\n");
  EXPECT_EQ(headers_to_text({}), "");
}

TEST(EventHeadersText, AnyOtherTextIsAbsent) {
  for (const auto* const text :
       {"run", "run=7", "=", "\n", "run\n=7\n", "a=%\n", "a=%4\n", "a=%zz\n", "a=%3d\n"}) {
    EXPECT_EQ(headers_from_text(text), std::nullopt) << text;
  }
  EXPECT_EQ(headers_from_text(""), EventHeaders{});
}

RC_GTEST_PROP(EventHeadersText, GivesBackWhatWentIn, (const EventHeaders& headers)) {
  RC_ASSERT(headers_from_text(headers_to_text(headers)) == headers);
}

TEST(IdListText, IsAJsonArray) {
  EXPECT_EQ(id_list_to_text(std::vector<ItemId>{{995242}, {-1}}), "[995242,-1]");
  EXPECT_EQ(id_list_to_text({}), "[]");
  EXPECT_EQ(id_list_from_text(" [ 1 , 2 ]\n"), (std::vector<ItemId>{{1}, {2}}));
}

TEST(IdListText, AnyOtherTextIsAbsent) {
  for (const auto* const text : {"", "[", "[1", "[1,]", "[,1]", "[1 2]", "[1]]", "1", "[a]",
                                 "[9223372036854775808]", "[1.5]"}) {
    EXPECT_EQ(id_list_from_text(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(IdListText, GivesBackWhatWentIn, (const std::vector<std::int64_t>& ids)) {
  std::vector<ItemId> items;
  for (const auto id : ids) items.push_back({id});
  RC_ASSERT(id_list_from_text(id_list_to_text(items)) == items);
  RC_ASSERT(ids_from_blob(ids_to_blob(items)) == items);
}

RC_GTEST_PROP(HistoryBlob, GivesBackWhatWentIn,
              (const std::map<std::int64_t, std::pair<std::int64_t, std::int32_t>>& entries)) {
  History history;
  for (const auto& [item, rest] : entries) {
    HistoryEntry entry{{item}, rest.first, {}};
    if (rest.second != 0) entry.last_time = Timestamp{std::chrono::microseconds{rest.second}};
    history.push_back(entry);
  }
  RC_ASSERT(history_from_blob(history_to_blob(history)) == history);
}

TEST(HistoryBlob, IsLittleEndian) {
  const auto blob =
      history_to_blob(History{{{0x0102}, 3, Timestamp{std::chrono::microseconds{4}}}});
  EXPECT_EQ(blob, std::string("\2\1\0\0\0\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0", 24));
}

TEST(HistoryBlob, AnyOtherLengthOrOrderIsAbsent) {
  const auto one = history_to_blob(History{{{5}, 1, {}}});
  EXPECT_EQ(history_from_blob(one.substr(1)), std::nullopt);
  EXPECT_EQ(history_from_blob(one + one), std::nullopt);
  EXPECT_EQ(history_from_blob(""), History{});
  EXPECT_EQ(ids_from_blob("1234567"), std::nullopt);
}

}  // namespace
}  // namespace punnet
