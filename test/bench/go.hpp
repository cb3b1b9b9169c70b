// SPDX-License-Identifier: Apache-2.0
// Where the Go program of go/ is, which `test/bench/run` builds beside the benchmarks if Go is there.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>

namespace crunc::bench {

inline constexpr const char* no_go_program = "no Go program: run test/bench/run --with-go";

inline std::optional<std::string> go_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string path = self.parent_path() / "bench_go";
  return ::access(path.c_str(), X_OK) == 0 ? std::optional(path) : std::nullopt;
}

}  // namespace crunc::bench
