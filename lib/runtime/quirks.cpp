// SPDX-License-Identifier: Apache-2.0
// The table of quirks. Each row was read in the runtime's own source or seen in its output.

#include "runtime/quirks.hpp"

#include <array>

#include "core/text.hpp"

namespace crunc::runtime {
namespace {

struct Number {
  int major = 0;
  int minor = 0;
  friend constexpr auto operator<=>(const Number&, const Number&) = default;
};

constexpr Number ever{};

/// A runtime that lacks a feature in versions from `since` up to, but not with, `until` (`ever`: to this day).
struct Lack {
  std::string_view runtime;
  Feature feature;
  Number since;
  Number until;
  std::string_view words;
};

constexpr std::array lacks{
    Lack{"runc", Feature::pidfd_socket, ever, {1, 2}, "--pidfd-socket (runc 1.2)"},
    Lack{"crun", Feature::pidfd_socket, ever, ever, "--pidfd-socket"},
    Lack{"youki", Feature::pidfd_socket, ever, ever, "--pidfd-socket"},
    Lack{"youki", Feature::rootless_flag, ever, ever, "--rootless"},
    // runc 1.2 warns of it and looks in PATH; 1.4 refuses it.
    Lack{"runc", Feature::criu_flag, {1, 2}, ever, "--criu (runc before 1.2)"},
    Lack{"crun", Feature::criu_flag, ever, ever, "--criu"},
    Lack{"youki", Feature::criu_flag, ever, ever, "--criu"},
    Lack{"crun", Feature::additional_gids, ever, ever, "--additional-gids"},
    Lack{"crun", Feature::ignore_paused, ever, ever, "--ignore-paused"},
};

struct Home {
  std::string_view runtime;
  std::string_view root;             ///< of the superuser
  std::string_view below_user_root;  ///< below $XDG_RUNTIME_DIR
};

constexpr std::array homes{
    Home{"runc", "/run/runc", "runc"},
    Home{"crun", "/run/crun", "crun"},
    Home{"youki", "/run/youki", "youki"},
};

/// "1.2" of "1.2.0-rc.1+ds1"; what cannot be read counts as 0.0.
Number leading_numbers(std::string_view version) {
  const auto take = [&version]() -> int {
    const std::string_view digits = version.substr(0, version.find_first_not_of("0123456789"));
    version.remove_prefix(digits.size());
    if (version.starts_with('.')) version.remove_prefix(1);
    return core::parse_number<int>(digits).value_or(0);
  };
  Number number;
  number.major = take();
  number.minor = take();
  return number;
}

}  // namespace

std::optional<std::string_view> missing_feature(const Version& runtime, Features needed) {
  const Number version = leading_numbers(runtime.version);
  for (const Lack& lack : lacks) {
    if (lack.runtime != runtime.name || !needed.has(lack.feature)) continue;
    if (version >= lack.since && (lack.until == ever || version < lack.until)) return lack.words;
  }
  return std::nullopt;
}

bool keeps_state_directories(const Version& runtime) {
  for (const Home& home : homes) {
    if (home.runtime == runtime.name) return true;
  }
  return false;
}

std::vector<std::string> state_directories(std::string_view root, std::string_view id,
                                           std::string_view user_runtime_dir) {
  const auto below = [id](std::string_view directory) { return std::string(directory).append("/").append(id); };
  if (!root.empty()) return {below(root)};
  std::vector<std::string> result;
  for (const Home& home : homes) {
    result.push_back(below(home.root));
    if (!user_runtime_dir.empty()) {
      result.push_back(below(std::string(user_runtime_dir).append("/").append(home.below_user_root)));
    }
  }
  return result;
}

}  // namespace crunc::runtime
