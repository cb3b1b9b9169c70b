// SPDX-License-Identifier: Apache-2.0
// Building of a child's environment.

#include "process/environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace crunc::process {
namespace {

// They speak of the service that this process is: runc would hand them on to the container (go-runc#54).
constexpr std::array<std::string_view, 4> service_keys{"NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"};

std::string_view key_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

bool is_removed(const EnvironmentChange& change, std::string_view key) {
  if (!change.keep_service && std::ranges::find(service_keys, key) != service_keys.end()) return true;
  return std::ranges::find(change.remove, key) != change.remove.end();
}

}  // namespace

std::vector<const char*> make_environment(const EnvironmentChange& change, const char* const* present) {
  std::vector<const char*> result;
  for (const char* const* entry = present; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view key = key_of(*entry);
    const auto same_key = [&](const std::string& added) { return key_of(added) == key; };
    if (!is_removed(change, key) && std::ranges::none_of(change.add, same_key)) result.push_back(*entry);
  }
  for (auto added = change.add.begin(); added != change.add.end(); ++added) {
    const auto same_key = [&](const std::string& later) { return key_of(later) == key_of(*added); };
    if (std::none_of(added + 1, change.add.end(), same_key)) result.push_back(added->c_str());
  }
  result.push_back(nullptr);
  return result;
}

}  // namespace crunc::process
