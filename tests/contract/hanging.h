#pragma once

#include <memory>

namespace punnet {

/// While one lives, calls to what it came from do not get their answer.
class Hang {
 public:
  Hang() = default;
  Hang(const Hang&) = delete;
  Hang& operator=(const Hang&) = delete;
  virtual ~Hang() = default;
};

}  // namespace punnet
