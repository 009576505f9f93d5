// Runs a fuzzer over files and directories of inputs, without libFuzzer: what was found once is
// looked at by every build.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz_input.h"

namespace {

void run(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::fprintf(stderr, "%s\n", path.c_str());
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) {
  int inputs = 0;
  for (const auto& place : std::vector<std::string>(arguments + 1, arguments + count)) {
    if (!std::filesystem::is_directory(place)) {
      run(place);
      ++inputs;
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(place)) {
      run(entry.path());
      ++inputs;
    }
  }
  std::printf("%d inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
