// SPDX-License-Identifier: Apache-2.0
// /proc/PID/cgroup: lines of ID:CONTROLLERS:PATH, whose path may hold colons, or any byte but a newline.

#include "cgroups/proc_cgroup.hpp"

#include <cerrno>

#include "core/text.hpp"
#include "sys/fd.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::string_view name_prefix = "name=";

Membership parse_line(std::string_view controllers, std::string_view path) {
  Membership result;
  result.path = path;
  result.is_v2 = controllers.empty();
  if (controllers.starts_with(name_prefix)) result.name = controllers.substr(name_prefix.size());
  while (!controllers.empty()) {
    const std::string_view word = controllers.substr(0, controllers.find(','));
    if (const auto controller = controller_named(word)) result.controllers.add(*controller);
    controllers.remove_prefix(std::min(controllers.size(), word.size() + 1));
  }
  return result;
}

}  // namespace

std::vector<Membership> parse_proc_cgroup(std::string_view text) {
  std::vector<Membership> result;
  for (const std::string_view line : core::split_lines(text)) {
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos || !line.substr(second + 1).starts_with('/')) continue;
    result.push_back(parse_line(line.substr(first + 1, second - first - 1), line.substr(second + 1)));
  }
  return result;
}

Result<std::vector<Membership>> memberships_of(pid_t pid) {
  if (pid < 0) return Error(Errc::invalid_argument, "pid " + std::to_string(pid));
  const std::string path = "/proc/" + (pid == 0 ? "self" : std::to_string(pid)) + "/cgroup";
  constexpr size_t longest = std::size_t{1024} * 1024;
  const auto text = sys::read_file(path.c_str(), longest);
  if (text) return parse_proc_cgroup(*text);
  const bool is_gone = text.error() == std::errc::no_such_file_or_directory;
  return Error(Errc::system_error, "read " + path, is_gone ? sys::make_error(ESRCH) : text.error());
}

}  // namespace crunc::cgroups
