#include <algorithm>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "app/shop_layout.h"
#include "delta/verify.h"
#include "eval/text_table.h"

namespace punnet {
namespace {

std::string findings_json(const std::vector<Finding>& findings) {
  JsonArray array;
  for (const auto& finding : findings) {
    array.add_json(JsonObject().add("place", finding.place).add("what", finding.what).text());
  }
  return array.text();
}

std::string describe(const HeldOffsets& held) {
  std::string text = "every offset ";
  if (held.range.start > 0) text += "from " + with_commas(held.range.start) + " on ";
  text += "below " + with_commas(held.range.next);
  if (held.holes > 0)
    text += ", but for " + with_commas(held.holes) + " that are neither rows nor rejects";
  for (const auto& gap : held.gaps) {
    text += "; [" + with_commas(gap.start) + ", " + with_commas(gap.next) +
            ") were lost before they were read";
  }
  return text;
}

std::string gaps_json(const VerifyReport& report) {
  JsonArray gaps;
  for (const auto& [partition, held] : report.held) {
    for (const auto& gap : held.gaps) {
      gaps.add_json(JsonObject()
                        .add("partition", std::int64_t{partition})
                        .add("start", gap.start)
                        .add("next", gap.next)
                        .text());
    }
  }
  return gaps.text();
}

class Verify final : public Command {
 public:
  std::string_view name() const override { return "verify"; }
  std::string_view group() const override { return "New purchases"; }
  std::string_view summary() const override {
    return "Prove that every event of the topic is in the tables exactly once, byte for byte.";
  }
  std::vector<std::string_view> examples() const override { return {"punnet verify"}; }
  void declare(Options&) override {}
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto report,
               verify_delta_tables(*files, kNewPurchases, kRejectedEvents, context.whole_run()));
    if (context.json()) {
      context.out.line(json(report));
    } else {
      print(context, report);
    }
    if (report.findings.empty()) return ok();
    const auto& first = report.findings.front();
    return Error{ErrorCode::kCorrupt, std::to_string(report.findings.size()) +
                                          " finding(s); the first: " + first.place + ": " +
                                          first.what};
  }

 private:
  static std::string json(const VerifyReport& report) {
    JsonObject positions;
    JsonObject starts;
    JsonObject holes;
    for (const auto& [partition, held] : report.held) {
      positions.add(std::to_string(partition), held.range.next);
      starts.add(std::to_string(partition), held.range.start);
      holes.add(std::to_string(partition), held.holes);
    }
    return JsonObject()
        .add("sound", report.findings.empty())
        .add("readable", report.readable)
        .add("version", report.version)
        .add("files", report.files)
        .add("bytes", report.bytes)
        .add("rows", report.rows)
        .add("rejects", report.rejects)
        .add_json("positions", positions.text())
        .add_json("starts", starts.text())
        .add_json("holes", holes.text())
        .add_json("gaps", gaps_json(report))
        .add_json("findings", findings_json(report.findings))
        .add_json("notes", findings_json(report.notes))
        .text();
  }

  static void print(CommandContext& context, const VerifyReport& report) {
    for (const auto& finding : report.findings) {
      context.out.line("WRONG " + finding.place + ": " + finding.what);
    }
    for (const auto& note : report.notes) {
      context.out.line("note  " + note.place + ": " + note.what);
    }
    if (!report.readable) return;
    context.out.line("Version " + std::to_string(report.version) + ": " + with_commas(report.rows) +
                     " rows and " + with_commas(report.rejects) + " rejects in " +
                     with_commas(report.files) + " files, " + with_commas(report.bytes) +
                     " bytes, all read");
    for (const auto& [partition, held] : report.held) {
      context.out.line("partition " + std::to_string(partition) + " holds " + describe(held));
    }
    if (!report.findings.empty()) return;
    const bool has_gaps = std::any_of(report.held.begin(), report.held.end(),
                                      [](const auto& held) { return !held.second.gaps.empty(); });
    context.out.line(has_gaps ? "No gap but those recorded, no overlap, nothing damaged."
                              : "No gap, no overlap, nothing damaged.");
  }
};

}  // namespace

std::unique_ptr<Command> make_verify_command() { return std::make_unique<Verify>(); }

}  // namespace punnet
