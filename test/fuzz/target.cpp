// SPDX-License-Identifier: Apache-2.0
// The list of targets.
#include "fuzz/target.hpp"

#include <algorithm>

namespace crunc::fuzz {
namespace {

/// Made at its first use, which is before main() and in no certain order.
std::vector<Target>& all() {
  static std::vector<Target> list;
  return list;
}

}  // namespace

std::vector<Target> targets() {
  std::vector<Target> sorted = all();
  std::ranges::sort(sorted, {}, &Target::name);
  return sorted;
}

Registration::Registration(std::string_view name, void (*run)(std::string_view)) { all().push_back({name, run}); }

}  // namespace crunc::fuzz
