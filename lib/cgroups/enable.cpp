// SPDX-License-Identifier: Apache-2.0
// cgroup.controllers and cgroup.subtree_control.

#include "cgroups/enable.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::string_view subtree_control = "cgroup.subtree_control";

std::string with_sign(ControllerSet controllers, char sign) {
  std::string words;
  controllers.for_each([&](Controller controller) {
    if (!words.empty()) words += ' ';
    words += sign;
    words += to_string(controller);
  });
  return words;
}

}  // namespace

ControllerSet read_controllers(const Directory& directory, std::string_view file) {
  ControllerSet result;
  const auto text = directory.read(file);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!(rest = core::trim(rest)).empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (const auto controller = controller_named(word)) result.add(*controller);
    rest.remove_prefix(word.size());
  }
  return result;
}

std::optional<Error> hand_on(const Directory& directory, ControllerSet wanted) {
  const ControllerSet missing =
      (read_controllers(directory, "cgroup.controllers") & wanted) - read_controllers(directory, subtree_control);
  if (missing.empty() || write_subtree_control(directory, missing, '+')) return std::nullopt;
  std::optional<Error> refused;
  missing.for_each([&](Controller controller) {
    if (const auto written = write_subtree_control(directory, {controller}, '+'); !written) refused = written.error();
  });
  return refused;
}

Result<void> write_subtree_control(const Directory& directory, ControllerSet controllers, char sign) {
  if (controllers.empty()) return {};
  auto written = directory.write(subtree_control, with_sign(controllers, sign));
  if (written) return {};
  Error error = written.error();
  if (error.system == std::errc::device_or_resource_busy) error.code = Errc::cgroup_busy;
  // ENOENT: the cgroup does not have it. EINVAL: the kernel does not know it, or has it on v1 only.
  const bool unknown =
      error.system == std::errc::no_such_file_or_directory || error.system == std::errc::invalid_argument;
  if (unknown && error.code == Errc::system_error) error.code = Errc::controller_unavailable;
  return error;
}

bool are_threadable(ControllerSet controllers) noexcept {
  constexpr ControllerSet threadable{Controller::cpu, Controller::cpuset, Controller::pids, Controller::perf_event};
  return (controllers - threadable).empty();
}

}  // namespace crunc::cgroups
