// SPDX-License-Identifier: Apache-2.0
// The target that CRUNC_FUZZ_TARGET names, driven by libFuzzer. Without a name the names are printed.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "fuzz/target.hpp"

namespace {

crunc::fuzz::Target chosen{};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const std::vector<crunc::fuzz::Target> all = crunc::fuzz::targets();
  const char* const name = std::getenv("CRUNC_FUZZ_TARGET");
  const auto found = std::ranges::find(all, std::string_view(name == nullptr ? "" : name), &crunc::fuzz::Target::name);
  if (found == all.end()) {
    for (const crunc::fuzz::Target& target : all) std::printf("%s\n", target.name.data());
    std::exit(2);
  }
  chosen = *found;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    chosen.run({reinterpret_cast<const char*>(data), size});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", chosen.name.data(), error.what());
    std::abort();
  }
  return 0;
}
