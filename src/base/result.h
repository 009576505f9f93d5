#pragma once

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <variant>

#include "base/error.h"

namespace punnet {

/// A value, or the reason there is none. Taking the value of a failed result aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  /// From what converts to a value, such as a unique_ptr to a derived class.
  template <typename U>
  requires(!std::same_as<U, T> && !std::same_as<U, Error> && !std::same_as<U, Result> &&
           std::convertible_to<U, T>) Result(U value)
      : state_(std::in_place_index<0>, std::move(value)) {}

  explicit operator bool() const { return state_.index() == 0; }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  T& value() {
    abort_if_failed();
    return std::get<0>(state_);
  }
  const T& value() const {
    abort_if_failed();
    return std::get<0>(state_);
  }
  void abort_if_failed() const {
    if (state_.index() == 0) return;
    std::fprintf(stderr, "punnet: value of a failed result: %s\n",
                 std::get<1>(state_).message.c_str());
    std::abort();
  }

  std::variant<T, Error> state_;
};

struct Done {};

/// The outcome of an operation that has no value.
using Status = Result<Done>;

/// Success, spelled out.
inline Status ok() { return Done{}; }

}  // namespace punnet

#define PUNNET_CONCAT_INNER(a, b) a##b
#define PUNNET_CONCAT(a, b) PUNNET_CONCAT_INNER(a, b)

/// Returns the error of `expression` from the enclosing function, or goes on.
#define PUNNET_CHECK(expression)                             \
  do {                                                       \
    if (auto punnet_status = (expression); !punnet_status) { \
      return std::move(punnet_status).error();               \
    }                                                        \
  } while (false)

/// `PUNNET_TRY(const auto x, f());` defines x from the value of f(), or returns f()'s error.
/// Expands to several statements: use it inside braces only.
#define PUNNET_TRY(declaration, expression)                            \
  auto PUNNET_CONCAT(punnet_result_, __LINE__) = (expression);         \
  if (!PUNNET_CONCAT(punnet_result_, __LINE__)) {                      \
    return std::move(PUNNET_CONCAT(punnet_result_, __LINE__)).error(); \
  }                                                                    \
  declaration = *std::move(PUNNET_CONCAT(punnet_result_, __LINE__))
