#pragma once

namespace punnet {

/// Base of every port: held by reference or unique_ptr, never copied.
class Port {
 public:
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  virtual ~Port() = default;

 protected:
  Port() = default;
};

}  // namespace punnet
