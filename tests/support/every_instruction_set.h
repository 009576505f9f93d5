#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "hwy/targets.h"

namespace punnet {

/// Runs `body` once for each instruction set that the kernels were compiled for and this machine
/// has.
inline void on_every_instruction_set(const std::function<void()>& body) {
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace punnet
