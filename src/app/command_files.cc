#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>

#include "app/commands.h"
#include "app/json_object.h"
#include "app/open_ports.h"
#include "app/options.h"
#include "base/rfc3339.h"
#include "eval/text_table.h"

namespace punnet {
namespace {

constexpr std::string_view kGroup = "Files";
constexpr std::size_t kChunk = 1U << 20U;

/// Copies all bytes of a file into another that is not yet published.
Status copy_bytes(ReadableFile& from, WritableFile& to, const CallContext& call) {
  std::vector<char> buffer(kChunk);
  for (std::int64_t at = 0; at < from.size();) {
    PUNNET_TRY(const auto got, from.read_at(at, buffer, call));
    PUNNET_CHECK(to.write(std::span<const char>(buffer.data(), got), call));
    at += static_cast<std::int64_t>(got);
    if (got == 0) break;
  }
  return ok();
}

/// Copies one file between stores; an existing one is refused unless `replace`.
Status copy_file(FileStore& from, const std::string& from_path, FileStore& to,
                 const std::string& to_path, bool replace, const CallContext& call) {
  PUNNET_TRY(const auto source, from.open(from_path, call));
  PUNNET_TRY(auto target, to.create(to_path, call));
  PUNNET_CHECK(copy_bytes(*source, *target, call));
  if (replace) return to.replace(std::move(target), call);
  PUNNET_TRY(const auto outcome, to.publish(std::move(target), call));
  if (outcome == PublishOutcome::kPublished) return ok();
  if (outcome == PublishOutcome::kLost) {
    return Error{ErrorCode::kExists, to.location(to_path) + " exists; --force replaces it"};
  }
  return Error{ErrorCode::kUnknownOutcome, "it is not known whether " + to.location(to_path) +
                                               " was written: look before trying again"};
}

/// The files at or below `path` of a store, and how their names go on behind it.
struct Tree {
  std::vector<std::pair<std::string, std::string>> files;  ///< path, rest behind the root
};

Result<Tree> find_tree(FileStore& files, const std::string& path, const CallContext& call) {
  Tree tree;
  PUNNET_TRY(const auto below, files.list(path, call));
  for (const auto& file : below) {
    // The whole store is the one root that no "/" follows.
    tree.files.emplace_back(file.path,
                            path.empty() ? "/" + file.path : file.path.substr(path.size()));
  }
  if (!tree.files.empty()) return tree;
  PUNNET_TRY(const auto single, files.stat(path, call));
  tree.files.emplace_back(single.path, "");
  return tree;
}

class FilesList final : public Command {
 public:
  std::string_view name() const override { return "files ls"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override { return "List files with size and time."; }
  std::vector<std::string_view> examples() const override {
    return {"punnet files ls", "punnet files ls new_purchases --files file:/var/shop"};
  }
  void declare(Options& options) override {
    options.argument("PATH", path_, "A directory below the files URI [everything].", false);
  }
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto found, files->list(path_, context.files_call()));
    TextTable table({"path", "bytes", "modified"});
    for (const auto& file : found) {
      if (context.json()) {
        context.out.line(JsonObject()
                             .add("path", file.path)
                             .add("bytes", file.size_bytes)
                             .add("stored_bytes", file.stored_bytes)
                             .add("modified", format_rfc3339(file.modified))
                             .text());
      } else {
        const auto second = std::chrono::floor<std::chrono::seconds>(file.modified);
        table.add_row({file.path, with_commas(file.size_bytes), format_rfc3339(second)});
      }
    }
    if (!context.json()) context.out.write(table.text());
    return ok();
  }

 private:
  std::string path_;
};

class FilesUsage final : public Command {
 public:
  std::string_view name() const override { return "files du"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override {
    return "Sum up sizes, with and without replicas, per directory.";
  }
  std::vector<std::string_view> examples() const override { return {"punnet files du"}; }
  void declare(Options& options) override {
    options.argument("PATH", path_, "A directory below the files URI [everything].", false);
  }
  Status run(CommandContext& context) override {
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto found, files->list(path_, context.files_call()));
    std::map<std::string, Usage> by_directory;
    Usage total;
    for (const auto& file : found) {
      by_directory[top_of(file.path)].add(file);
      total.add(file);
    }
    TextTable table({"path", "files", "bytes", "with replicas"});
    for (const auto& [path, usage] : by_directory) {
      if (context.json()) {
        context.out.line(usage.json(path));
      } else {
        table.add_row(usage.cells(path));
      }
    }
    if (context.json()) {
      context.out.line(total.json(""));
    } else {
      table.add_row(total.cells("all"));
      context.out.write(table.text());
    }
    return ok();
  }

 private:
  struct Usage {
    std::int64_t files = 0;
    std::int64_t bytes = 0;
    std::int64_t stored = 0;

    void add(const FileInfo& file) {
      ++files;
      bytes += file.size_bytes;
      stored += file.stored_bytes;
    }
    std::vector<std::string> cells(const std::string& path) const {
      return {path, with_commas(files), with_commas(bytes), with_commas(stored)};
    }
    std::string json(const std::string& path) const {
      return JsonObject()
          .add("path", path)
          .add("files", files)
          .add("bytes", bytes)
          .add("stored_bytes", stored)
          .text();
    }
  };

  /// The part of a path right below the one that was asked for.
  std::string top_of(const std::string& path) const {
    std::size_t from = path_.empty() ? 0 : path_.size();
    while (from < path.size() && path[from] == '/') ++from;
    return path.substr(0, path.find('/', from));
  }

  std::string path_;
};

/// put and get: copies between this machine and the files URI.
class FilesCopy final : public Command {
 public:
  explicit FilesCopy(bool put) : put_(put) {}
  std::string_view name() const override { return put_ ? "files put" : "files get"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override {
    return put_ ? "Copy a file or directory of this machine into the files URI."
                : "Copy a file or directory out of the files URI to this machine.";
  }
  std::vector<std::string_view> examples() const override {
    return put_ ? std::vector<
                      std::string_view>{"punnet files put data/purchases.csv raw/purchases.csv"}
                : std::vector<std::string_view>{"punnet files get models/1 /tmp/model"};
  }
  void declare(Options& options) override {
    options.argument("FROM", from_, put_ ? "A path of this machine." : "Below the files URI.");
    options.argument("TO", to_, put_ ? "Below the files URI." : "A path of this machine.");
    options.flag("-f,--force", force_, "Replace files that are there.");
  }
  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto shop, open_files(context.config));
    PUNNET_TRY(const auto local, open_named_path(put_ ? from_ : to_, call));
    FileStore& from = put_ ? *local.files : *shop;
    FileStore& to = put_ ? *shop : *local.files;
    const auto from_root = put_ ? local.path : from_;
    const auto to_root = put_ ? to_ : local.path;
    PUNNET_TRY(const auto tree, find_tree(from, from_root, call));
    for (const auto& [path, rest] : tree.files) {
      PUNNET_CHECK(copy_file(from, path, to, to_root + rest, force_, call));
    }
    if (context.json()) {
      context.out.line(JsonObject().add("files", tree.files.size()).text());
    } else {
      context.out.line(with_commas(static_cast<std::int64_t>(tree.files.size())) +
                       " file(s) copied to " + to.location(to_root));
    }
    return ok();
  }

 private:
  const bool put_;
  std::string from_;
  std::string to_;
  bool force_ = false;
};

class FilesRemove final : public Command {
 public:
  std::string_view name() const override { return "files rm"; }
  std::string_view group() const override { return kGroup; }
  std::string_view summary() const override { return "Remove a file, or all below a directory."; }
  std::vector<std::string_view> examples() const override {
    return {"punnet files rm raw/purchases.csv", "punnet files rm -r models/1 --dry-run"};
  }
  void declare(Options& options) override {
    options.argument("PATH", path_, "Below the files URI.");
    options.flag("-r,--recursive", recursive_, "Remove a directory with all that is in it.");
    options.flag("--dry-run", dry_run_, "Only say what would go.");
  }
  Status run(CommandContext& context) override {
    const auto call = context.whole_run();
    PUNNET_TRY(const auto files, open_files(context.config));
    PUNNET_TRY(const auto tree, find_tree(*files, path_, call));
    const bool directory = tree.files.size() > 1 || !tree.files.front().second.empty();
    if (directory && !recursive_) {
      return Error{ErrorCode::kInvalid,
                   files->location(path_) + " is a directory; -r removes all that is in it"};
    }
    for (const auto& [path, rest] : tree.files) {
      if (!dry_run_) PUNNET_CHECK(files->remove(path, call));
      if (!context.json()) context.out.line((dry_run_ ? "would remove " : "removed ") + path);
    }
    if (context.json()) {
      context.out.line(
          JsonObject().add("files", tree.files.size()).add("dry_run", dry_run_).text());
    }
    return ok();
  }

 private:
  std::string path_;
  bool recursive_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_files_ls_command() { return std::make_unique<FilesList>(); }
std::unique_ptr<Command> make_files_du_command() { return std::make_unique<FilesUsage>(); }
std::unique_ptr<Command> make_files_put_command() { return std::make_unique<FilesCopy>(true); }
std::unique_ptr<Command> make_files_get_command() { return std::make_unique<FilesCopy>(false); }
std::unique_ptr<Command> make_files_rm_command() { return std::make_unique<FilesRemove>(); }

}  // namespace punnet
