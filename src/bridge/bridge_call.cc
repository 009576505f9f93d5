#include "bridge/bridge_call.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "punnet_bridge/src/runtime.rs.h"
#include "rust/cxx.h"

namespace punnet {
namespace {

constexpr std::array kCodes{
    ErrorCode::kInvalid,        ErrorCode::kAbsent,      ErrorCode::kExists,
    ErrorCode::kDenied,         ErrorCode::kUnavailable, ErrorCode::kTimeout,
    ErrorCode::kUnknownOutcome, ErrorCode::kExhausted,   ErrorCode::kCorrupt,
    ErrorCode::kCancelled,      ErrorCode::kInternal};

}  // namespace

struct BridgeLimit::State {
  explicit State(const CallContext& call)
      : limit{static_cast<std::uint64_t>(call.left().count()),
              call.stop().stop_possible() ? bridge::new_call_id() : 0} {
    if (limit.id != 0) {
      on_stop.emplace(call.stop(), [id = limit.id] { bridge::cancel_call(id); });
    }
  }
  ~State() {
    on_stop.reset();
    if (limit.id != 0) bridge::forget_call(limit.id);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const bridge::CallLimit limit;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
};

BridgeLimit::BridgeLimit(const CallContext& call) : state_(std::make_unique<State>(call)) {}

BridgeLimit::~BridgeLimit() = default;

const bridge::CallLimit& BridgeLimit::get() const { return state_->limit; }

Error bridge_error(std::string_view what, std::string_view thrown) {
  const auto message = [&](std::string_view text) {
    return std::string(what) + ": " + std::string(text);
  };
  const auto tab = thrown.find('\t');
  for (const auto code : kCodes) {
    if (thrown.substr(0, tab) != traits(code).name || tab == thrown.npos) continue;
    return Error{code, message(thrown.substr(tab + 1))};
  }
  return Error{ErrorCode::kInternal, message(thrown)};
}

}  // namespace punnet
