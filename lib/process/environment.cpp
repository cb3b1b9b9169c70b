// SPDX-License-Identifier: Apache-2.0
// Building of a child's environment.

#include "process/environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "sys/spawn.hpp"

namespace crunc::process {
namespace {

// They speak of the service that this process is: runc would hand them on to the container (go-runc#54).
constexpr std::array<std::string_view, 4> service_keys{"NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"};

constexpr std::string_view listen_pid_key = "LISTEN_PID=";

std::string_view key_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

bool is_removed(const EnvironmentChange& change, std::string_view key) {
  if (!change.keep_service && std::ranges::find(service_keys, key) != service_keys.end()) return true;
  return std::ranges::find(change.remove, key) != change.remove.end();
}

/// The entry that the child completes.
std::vector<char> listen_pid_entry() {
  std::vector<char> entry(listen_pid_key.begin(), listen_pid_key.end());
  entry.resize(listen_pid_key.size() + sys::SpawnRequest::longest_pid + 1);
  return entry;
}

}  // namespace

char* Environment::own_pid() noexcept {
  return listen_pid.empty() ? nullptr : listen_pid.data() + listen_pid_key.size();
}

Environment make_environment(const EnvironmentChange& change, const char* const* present, pid_t self) {
  Environment environment;
  std::vector<const char*>& result = environment.entries;
  const std::string names_us = std::string(listen_pid_key) + std::to_string(self);
  for (const char* const* entry = present; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view key = key_of(*entry);
    const auto same_key = [&](const std::string& added) { return key_of(added) == key; };
    if (is_removed(change, key) || std::ranges::any_of(change.add, same_key)) continue;
    if (*entry == names_us && environment.listen_pid.empty()) environment.listen_pid = listen_pid_entry();
    result.push_back(*entry == names_us ? environment.listen_pid.data() : *entry);
  }
  for (auto added = change.add.begin(); added != change.add.end(); ++added) {
    const auto same_key = [&](const std::string& later) { return key_of(later) == key_of(*added); };
    if (std::none_of(added + 1, change.add.end(), same_key)) result.push_back(added->c_str());
  }
  result.push_back(nullptr);
  return environment;
}

}  // namespace crunc::process
