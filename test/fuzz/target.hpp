// SPDX-License-Identifier: Apache-2.0
//
// Fuzz targets: functions over bytes that anybody may have written, each registered under its name. They are driven by
// libFuzzer (fuzzer.cpp) and, with the inputs of fixtures/fuzz, by the unit suite.
#pragma once

#include <string_view>
#include <vector>

namespace crunc::fuzz {

struct Target {
  std::string_view name;
  /// Throws Violation (check.hpp) when a property does not hold; nothing else may escape.
  void (*run)(std::string_view bytes);
};

/// All targets, in the order of their names.
[[nodiscard]] std::vector<Target> targets();

/// Makes a target known for as long as the program runs.
class Registration {
 public:
  Registration(std::string_view name, void (*run)(std::string_view));
};

}  // namespace crunc::fuzz

/// FUZZ_TARGET(state) { ... }: the target `state` over `bytes`.
#define FUZZ_TARGET(name)                                                           \
  static void fuzz_##name(std::string_view bytes);                                  \
  static const ::crunc::fuzz::Registration registration_##name(#name, fuzz_##name); \
  static void fuzz_##name(std::string_view bytes)
