#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/call_context.h"
#include "base/error.h"
#include "base/result.h"

namespace punnet {

namespace bridge {
struct CallLimit;
}

/// A CallContext in the form that the Rust library takes. A stop request ends the call that waits
/// under it.
class BridgeLimit {
 public:
  explicit BridgeLimit(const CallContext& call);
  ~BridgeLimit();
  BridgeLimit(const BridgeLimit&) = delete;
  BridgeLimit& operator=(const BridgeLimit&) = delete;

  const bridge::CallLimit& get() const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

/// The error whose code and text the Rust library joined by a tab. kInternal for any other text.
Error bridge_error(std::string_view what, std::string_view thrown);

/// Calls `function` with the limit of `call`, unless that is over: what it returns, or what it
/// threw as an Error that names `what` was tried. Text that is not UTF-8 is kInvalid.
template <typename Function>
auto call_bridge(std::string_view what, const CallContext& call, Function&& function) {
  using Value = std::invoke_result_t<Function, const bridge::CallLimit&>;
  using Answer = std::conditional_t<std::is_void_v<Value>, Status, Result<Value>>;
  if (auto going_on = call.check(what); !going_on) return Answer(std::move(going_on).error());
  try {
    const BridgeLimit limit(call);
    if constexpr (std::is_void_v<Value>) {
      std::forward<Function>(function)(limit.get());
      return ok();
    } else {
      return Answer(std::forward<Function>(function)(limit.get()));
    }
  } catch (const std::invalid_argument& thrown) {
    return Answer(Error{ErrorCode::kInvalid, std::string(what) + ": " + thrown.what()});
  } catch (const std::exception& thrown) {
    return Answer(bridge_error(what, thrown.what()));
  }
}

}  // namespace punnet
