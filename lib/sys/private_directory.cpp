// SPDX-License-Identifier: Apache-2.0
// Making of private directories.

#include "sys/private_directory.hpp"

#include <cstdlib>

#include "sys/calls.hpp"

namespace crunc::sys {

SysResult<std::string> make_private_directory(const char* name) {
  const char* const user_runtime_dir = std::getenv("XDG_RUNTIME_DIR");
  const bool has_one = user_runtime_dir != nullptr && *user_runtime_dir == '/';
  std::error_code first_error;
  for (const std::string& parent : {std::string(has_one ? user_runtime_dir : "/run"), std::string("/tmp")}) {
    std::string pattern = parent + "/" + name + "-XXXXXX";
    if (calls().mkdtemp(pattern.data()) != nullptr) return pattern;
    if (!first_error) first_error = last_error();
  }
  return first_error;
}

}  // namespace crunc::sys
