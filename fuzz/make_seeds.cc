// Writes the seeds that no hand can write: Parquet files as punnet writes them. Run it when their
// form changes: `make_seeds fuzz/corpus`.
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "delta/delta_log.h"
#include "delta/delta_purchase_sink.h"
#include "domain/model.h"
#include "fuzz/fuzz_input.h"
#include "parquet/purchase_writer.h"
#include "spark/als_model_directory.h"

namespace punnet {
namespace {

using fuzz::patiently;

template <typename T>
T get(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "make_seeds: %s\n", result.error().message.c_str());
  std::exit(1);
}

/// Copies what the store has below `directory` and ends in `suffix`, each behind `choice`.
void copy(FileStore& files, std::string_view directory, std::string_view suffix,
          const std::filesystem::path& corpus, std::string_view choice) {
  std::filesystem::create_directories(corpus);
  int number = 0;
  for (const auto& file : get(files.list(directory, patiently()))) {
    if (!file.path.ends_with(suffix)) continue;
    std::string name(directory.substr(directory.rfind('/') + 1));
    std::ofstream out(corpus / (name + "-" + std::to_string(number++)), std::ios::binary);
    out << choice << get(read_file(files, file.path, std::size_t{1} << 20, patiently()));
  }
}

void write_tables(FileStore& files, const Clock& clock) {
  DeltaSinkOptions options;
  options.topic = "purchases";
  options.topic_id = "t1";
  options.writer_id = "w";
  options.upkeep.checkpoint_every = 2;
  const auto sink = get(open_delta_purchase_sink(files, clock, options, patiently()));
  for (Offset start = 0; start < 8; start += 4) {
    EnrichedRun run{0, {start, start + 4}, {}, {}};
    for (Offset offset = start; offset < start + 3; ++offset) {
      EnrichedPurchase row;
      row.offset = offset;
      row.purchase.user = UserId{7};
      row.purchase.item = ItemId{offset};
      row.recommendations = {ItemId{1}, ItemId{2}};
      run.rows.push_back(row);
    }
    run.rejects.push_back({0, start + 3, std::nullopt, "event: not JSON", "{"});
    get(sink->append(std::move(run), "1", patiently()));
    get(sink->commit(patiently()));
  }
}

void write_models(FileStore& files) {
  Model model;
  model.users = IdIndex<UserId>({UserId{1}, UserId{5}});
  model.items = IdIndex<ItemId>({ItemId{2}, ItemId{3}, ItemId{9}});
  model.user_factors = FactorMatrix(2, 3);
  model.item_factors = FactorMatrix(3, 3);
  AlsModelWriteOptions options;
  get(write_als_model(files, "narrow", model, options, patiently()));
  options.id_type = IdType::kInt64;
  get(write_als_model(files, "wide", model, options, patiently()));
}

void write_purchase_file(FileStore& files) {
  Purchase purchase;
  purchase.user = UserId{1};
  purchase.item = ItemId{2};
  purchase.basket = 3;
  purchase.time = Timestamp();
  const PurchaseSchema schema{IdType::kInt64, true, true};
  get(write_purchases_parquet(files, "purchases", std::vector<Purchase>{purchase, purchase}, schema,
                              {}, patiently()));
}

}  // namespace
}  // namespace punnet

int main(int count, char** arguments) {
  using namespace punnet;
  if (count != 2) return 64;
  const std::filesystem::path corpus = arguments[1];
  const ManualClock clock{Timestamp(std::chrono::hours(24 * 365 * 50))};
  const auto files = make_memory_file_store(clock);
  write_tables(*files, clock);
  write_models(*files);
  write_purchase_file(*files);
  copy(*files, "new_purchases/_delta_log", ".json", corpus / "log_entry", "");
  copy(*files, "new_purchases/_delta_log", ".checkpoint.parquet", corpus / "delta_parquet", "c");
  copy(*files, "rejected_events", ".zstd.parquet", corpus / "delta_parquet", "d");
  copy(*files, "narrow/userFactors", ".parquet", corpus / "model_parquet", "f");
  copy(*files, "wide/_ids/users", ".parquet", corpus / "model_parquet", "w");
  copy(*files, "narrow/metadata", "part-00000", corpus / "text_parts", "");
  copy(*files, "narrow/metadata", "part-00000", corpus / "model_texts", "s");
  copy(*files, "purchases", ".parquet", corpus / "purchase_file", "");
  return 0;
}
