#pragma once

#include <memory>
#include <string>

#include "domain/purchase.h"
#include "ports/purchase_sink.h"

namespace punnet {

/// A sink for comparison alone: the rows of the product's sink, as Parquet with the same settings,
/// into files of `directory`, but nothing that makes them safe. No sync, no footer, no checksums,
/// no reading back, no log; rejects are dropped, and positions are gone with the process.
std::unique_ptr<PurchaseSink> make_plain_sink(std::string directory, const PurchaseSchema& schema);

}  // namespace punnet
