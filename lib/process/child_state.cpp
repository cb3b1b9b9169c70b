// SPDX-License-Identifier: Apache-2.0
// /proc of a child.

#include "process/child_state.hpp"

#include <string_view>

#include "sys/fd.hpp"

namespace crunc::process {
namespace {

std::string read(const std::string& path) {
  constexpr std::size_t longest = 4096;
  sys::SysResult<std::string> text = sys::read_file(path.c_str(), longest);
  return text ? std::move(*text) : std::string{};
}

/// The rest of the line that begins with `key`.
std::string_view value_of(std::string_view text, std::string_view key) {
  const std::size_t found = text.find(key);
  if (found == std::string_view::npos) return {};
  text.remove_prefix(found + key.size());
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::string describe_state(const Process& process) {
  const std::string directory = "/proc/" + std::to_string(process.pid());
  const std::string status = read(directory + "/status");
  const std::string place = read(directory + "/wchan");
  std::string state(value_of(status, "\nState:\t"));
  // "0" for a process that runs and for a reader who may not know.
  if (!state.empty() && !place.empty() && place != "0") state += " in " + place;
  // While it is ours to signal it is not reaped, and its number was nobody else's.
  return process.signal(0) ? state : std::string{};
}

}  // namespace crunc::process
