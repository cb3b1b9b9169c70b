// SPDX-License-Identifier: Apache-2.0
// The inputs of the fuzz targets: what fixtures/fuzz has for each, and what was recorded that fits
// (fixtures/fuzz/seeds).
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <glob.h>

#include "fuzz/check.hpp"
#include "fuzz/target.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using fuzz::Target;

namespace {

namespace fs = std::filesystem;

const fs::path fixtures(CRUNC_FIXTURES_PATH);

/// The files that a pattern of the shell's stands for.
std::vector<fs::path> files_like(const fs::path& pattern) {
  glob_t found{};
  std::vector<fs::path> files;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  std::erase_if(files, [](const fs::path& file) { return !fs::is_regular_file(file); });
  return files;
}

/// The patterns of the table, by target.
std::map<std::string, std::vector<std::string>> seeds() {
  std::map<std::string, std::vector<std::string>> patterns;
  std::ifstream table(fixtures / "fuzz/seeds");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string target;
    if (!(words >> target) || target.starts_with('#')) continue;
    for (std::string pattern; words >> pattern;) patterns[target].push_back(pattern);
  }
  return patterns;
}

std::vector<fs::path> inputs_of(const Target& target) {
  std::vector<fs::path> inputs = files_like(fixtures / "fuzz" / std::string(target.name) / "*");
  const auto table = seeds();
  const auto patterns = table.find(std::string(target.name));
  if (patterns == table.end()) return inputs;
  for (const std::string& pattern : patterns->second) {
    const std::vector<fs::path> files = files_like(fixtures / pattern);
    CHECK_MESSAGE(!files.empty(), "no file is like ", pattern);
    inputs.insert(inputs.end(), files.begin(), files.end());
  }
  return inputs;
}

/// What is wrong with a target on an input; empty when nothing is.
std::string fault_of(const Target& target, const std::string& bytes) {
  try {
    target.run(bytes);
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

/// One byte more, less, or another one; or a piece that is there twice.
void mutate(std::string& bytes, fuzz::Choices& choices) {
  constexpr std::string_view marks("\0\n\"\\{}[]:,-0/. \x7f\x80\xff", 18);
  const std::size_t at = choices.below(bytes.size() + 1);
  const char byte = marks[choices.below(marks.size())];
  switch (choices.below(4)) {
    case 0: bytes.insert(at, 1, byte); break;
    case 1: bytes.erase(at, choices.below(8)); break;
    case 2: bytes.insert(at, bytes.substr(choices.below(bytes.size() + 1), choices.below(16))); break;
    default:
      if (at < bytes.size()) bytes[at] = byte;
  }
}

}  // namespace

TEST_CASE("every input of every fuzz target keeps to the properties of its target") {
  for (const Target& target : fuzz::targets()) {
    const std::vector<fs::path> inputs = inputs_of(target);
    CHECK_MESSAGE(!inputs.empty(), "no inputs: ", target.name);
    for (const fs::path& input : inputs) {
      const std::string fault = fault_of(target, test::read_text(input));
      CHECK_MESSAGE(fault.empty(), target.name, " on ", input.string(), ": ", fault);
    }
  }
}

TEST_CASE("inputs that are changed a little keep to the properties of their fuzz target") {
  constexpr int rounds = 100;
  for (const Target& target : fuzz::targets()) {
    const std::vector<fs::path> inputs = inputs_of(target);
    fuzz::Choices choices(target.name);
    for (int round = 0; round < rounds && !inputs.empty(); ++round) {
      std::string bytes = test::read_text(inputs[choices.below(inputs.size())]);
      for (std::size_t i = choices.below(4) + 1; i > 0; --i) mutate(bytes, choices);
      const std::string fault = fault_of(target, bytes);
      CHECK_MESSAGE(fault.empty(), target.name, " on ", bytes, ": ", fault);
    }
  }
}

TEST_CASE("every line of the table of seeds is of a fuzz target that there is") {
  const std::vector<Target> all = fuzz::targets();
  for (const auto& line : seeds()) {
    CHECK_MESSAGE(std::ranges::count(all, line.first, &Target::name) == 1, "no such target: ", line.first);
    CHECK_FALSE(line.second.empty());
  }
}

TEST_CASE("what a fuzz target requires and does not hold is told as a sentence") {
  CHECK_NOTHROW(fuzz::require(true, "all is well"));
  CHECK_THROWS_WITH_AS(fuzz::require(false, "a line is a line", "a\nb"), "it is to be so: a line is a line: \"a\\nb\"",
                       fuzz::Violation);
  CHECK_THROWS_AS(fuzz::require_told(Error(Errc::malformed_output, "two\nlines"), {Errc::malformed_output}),
                  fuzz::Violation);
  CHECK_THROWS_AS(fuzz::require_told(Error(Errc::malformed_output, "x"), {Errc::unsupported}), fuzz::Violation);
}
