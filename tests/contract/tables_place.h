#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "ports/tables.h"
#include "tests/contract/hanging.h"
#include "tests/support/calls.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {

/// A shop whose tables are empty at first. Tables opened on it see the same rows.
class TablesPlace {
 public:
  virtual ~TablesPlace() = default;
  virtual Tables open() = 0;

  /// Keeps answers from all calls that write; with `reading_hangs`, from the others too.
  virtual std::unique_ptr<Hang> hang() = 0;
  virtual bool reading_hangs() const = 0;
};

/// An adapter that is held to the contracts.
struct TablesMaker {
  std::string name;
  std::function<std::unique_ptr<TablesPlace>()> make;

  friend std::ostream& operator<<(std::ostream& out, const TablesMaker& maker) {
    return out << maker.name;
  }
};

/// What the contract suites of all tables begin with.
class TablesContract : public testing::TestWithParam<TablesMaker> {
 protected:
  TablesContract() : place_(GetParam().make()), tables_(place_->open()) {}

  /// Closes all and opens it anew.
  void reopen() {
    tables_ = {};
    tables_ = place_->open();
  }

  std::unique_ptr<TablesPlace> place_;
  Tables tables_;
};

}  // namespace punnet
