// SPDX-License-Identifier: Apache-2.0
// Telling the runtime from ourselves: by file, as links and copies of a path do not matter.

#include "other_runtime.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace crunc::cli {
namespace {

namespace fs = std::filesystem;

bool is_self(const fs::path& path) {
  std::error_code error;
  return fs::equivalent(path, "/proc/self/exe", error) && !error;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

}  // namespace

fs::path other_runtime(const fs::path& command, const char* self) {
  if (self == nullptr || fs::path(self).filename() != command.filename()) return command;
  if (command.has_parent_path()) return is_self(command) ? fs::path{} : command;
  // As the library looks up, which takes these directories where PATH is empty.
  const char* const path = std::getenv("PATH");
  std::string_view rest =
      path != nullptr && *path != '\0' ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  bool met_self = false;
  while (!rest.empty()) {
    const fs::path candidate = fs::path(rest.substr(0, rest.find(':'))) / command;
    rest.remove_prefix(std::min(rest.size(), rest.find(':')));
    if (!rest.empty()) rest.remove_prefix(1);
    if (!candidate.is_absolute() || !is_file(candidate)) continue;
    if (!is_self(candidate)) return met_self ? candidate : command;
    met_self = true;
  }
  return met_self ? fs::path{} : command;
}

}  // namespace crunc::cli
