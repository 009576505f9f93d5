#include "tests/interpose/orders.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace punnet::interpose {
namespace {

struct How {
  std::string_view name;
  Failure failure;
  int errno_value;
};

constexpr std::array<How, 6> kHows{{
    {"EIO", Failure::kError, EIO},
    {"ENOSPC", Failure::kError, ENOSPC},
    {"EINTR", Failure::kError, EINTR},
    {"EMFILE", Failure::kError, EMFILE},
    {"short", Failure::kShort, 0},
    {"lost-reply", Failure::kLostReply, EIO},
}};

std::string text_of(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

[[noreturn]] void refuse(const char* name, const std::string& value) {
  std::fprintf(stderr, "interpose: %s cannot be \"%s\"\n", name, value.c_str());
  std::_Exit(99);
}

std::vector<std::string> fields(const std::string& text) {
  std::vector<std::string> all(1);
  for (const char c : text) {
    if (c == ':') {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

std::int64_t count_of(const char* name, const std::string& value, const std::string& number) {
  const auto count = std::strtoll(number.c_str(), nullptr, 10);
  if (count < 1) refuse(name, value);
  return count;
}

void read_crash(Orders& orders) {
  constexpr const char* kName = "PUNNET_INTERPOSE_CRASH";
  const auto value = text_of(kName);
  if (value.empty()) return;
  auto parts = fields(value);
  if (parts.size() != 2) refuse(kName, value);
  orders.crash_point = std::move(parts[0]);
  orders.crash_at = count_of(kName, value, parts[1]);
}

void read_fault(Orders& orders) {
  constexpr const char* kName = "PUNNET_INTERPOSE_FAULT";
  const auto value = text_of(kName);
  if (value.empty()) return;
  auto parts = fields(value);
  if (parts.size() != 4) refuse(kName, value);
  orders.fault_operation = std::move(parts[0]);
  orders.fault_class = std::move(parts[1]);
  orders.fault_at = count_of(kName, value, parts[2]);
  for (const auto& how : kHows) {
    if (how.name != parts[3]) continue;
    orders.failure = how.failure;
    orders.failure_errno = how.errno_value;
  }
  if (orders.failure == Failure::kNone) refuse(kName, value);
}

}  // namespace

Orders orders_from_environment() {
  Orders orders;
  orders.root = text_of("PUNNET_INTERPOSE_ROOT");
  orders.list = text_of("PUNNET_INTERPOSE_LIST");
  orders.record = text_of("PUNNET_INTERPOSE_RECORD");
  orders.full_while = text_of("PUNNET_INTERPOSE_FULL");
  if (!orders.root.empty() && orders.root.front() != '/') {
    refuse("PUNNET_INTERPOSE_ROOT", orders.root);
  }
  read_crash(orders);
  read_fault(orders);
  return orders;
}

}  // namespace punnet::interpose
