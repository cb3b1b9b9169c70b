// SPDX-License-Identifier: Apache-2.0
// The layout by statfs(2).

#include <crunc/cgroups/mode.hpp>

#include <linux/magic.h>

#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

bool is_v2(const std::filesystem::path& path) {
  struct statfs info {};
  return sys::calls().statfs(path.c_str(), &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

}  // namespace

const char* to_string(Mode mode) noexcept {
  switch (mode) {
    case Mode::unavailable: break;
    case Mode::legacy: return "legacy";
    case Mode::hybrid: return "hybrid";
    case Mode::unified: return "unified";
  }
  return "unavailable";
}

Mode detect(const std::filesystem::path& root) {
  struct statfs info {};
  if (sys::calls().statfs(root.c_str(), &info) != 0) return Mode::unavailable;
  if (info.f_type == CGROUP2_SUPER_MAGIC) return Mode::unified;
  return is_v2(root / "unified") ? Mode::hybrid : Mode::legacy;
}

}  // namespace crunc::cgroups
