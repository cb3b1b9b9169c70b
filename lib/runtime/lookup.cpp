// SPDX-License-Identifier: Apache-2.0
// Looking up a command. Done for each call: a runtime may be upgraded under a daemon that lives for months.

#include "runtime/lookup.hpp"

#include <filesystem>
#include <optional>

#include <unistd.h>

#include "sys/calls.hpp"
#include "sys/fd.hpp"

namespace crunc::runtime {
namespace {

constexpr std::string_view default_search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_regular_file(const std::string& path) {
  struct stat status {};
  return sys::calls().stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Result<std::string> find_executable(const std::string& command, std::string_view search_path) {
  if (command.empty()) return Error(Errc::runtime_not_found, "no command is set");
  const auto denied = [](const std::string& path) {
    return Error(Errc::runtime_permission_denied, path, std::make_error_code(std::errc::permission_denied));
  };
  if (command.find('/') != std::string::npos) {
    if (!is_regular_file(command)) {
      return Error(Errc::runtime_not_found, command, std::make_error_code(std::errc::no_such_file_or_directory));
    }
    if (sys::calls().access(command.c_str(), X_OK) != 0) return denied(command);
    return command;
  }
  std::optional<std::string> not_executable;
  for (std::string_view rest = search_path.empty() ? default_search_path : search_path; !rest.empty();) {
    const std::size_t colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    // An empty or relative entry means the working directory: no place to take root's runtime from.
    if (!directory.starts_with('/')) continue;
    std::string path = std::string(directory).append("/").append(command);
    if (!is_regular_file(path)) continue;
    if (sys::calls().access(path.c_str(), X_OK) == 0) return path;
    if (!not_executable) not_executable = std::move(path);
  }
  if (not_executable) return denied(*not_executable);
  return Error(Errc::runtime_not_found, command + " is in no directory of PATH");
}

std::string path_for_child(const std::string& path) {
  namespace fs = std::filesystem;
  constexpr int most_links = 40;  // as the kernel
  const auto is_in_proc = [](const fs::path& each) { return each.native().starts_with("/proc/"); };
  fs::path at = path;
  for (int i = 0; i < most_links; ++i) {
    std::error_code error;
    const fs::path directory = fs::canonical(at.has_parent_path() ? at.parent_path() : ".", error);
    if (error) return path;
    // The links of /proc itself are not to be followed: what they name may have no path any more, or never had.
    if (is_in_proc(directory)) return directory / at.filename();
    const fs::path target = fs::read_symlink(directory / at.filename(), error);
    if (error) break;
    at = directory / target;
  }
  if (!path.starts_with("/proc/") && !path.starts_with("/dev/fd/")) return path;
  // A directory by its descriptor, with the program in it.
  std::error_code error;
  const fs::path settled = fs::canonical(path, error);
  return error ? path : settled.string();
}

}  // namespace crunc::runtime
