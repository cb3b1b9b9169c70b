// SPDX-License-Identifier: Apache-2.0
// Containers: a place for real containers, with none left however this process ends.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace crunc::bench {

class Containers {
 public:
  /// Why there can be none here.
  [[nodiscard]] static std::optional<std::string> obstacle();

  Containers();
  /// Deletes all that are in root(), and the directory.
  ~Containers();
  Containers(const Containers&) = delete;
  Containers& operator=(const Containers&) = delete;

  [[nodiscard]] const std::string& runtime() const { return runtime_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  /// The runtime's state directory.
  [[nodiscard]] std::filesystem::path root() const { return directory_ / "root"; }
  /// Something that sleeps, with limits of memory and processes.
  [[nodiscard]] std::filesystem::path bundle() const { return directory_ / "bundle"; }
  /// For cgroups: an id that no other run of a benchmark uses.
  [[nodiscard]] static std::string unique_id();

 private:
  void start_sweeper();

  std::string runtime_;
  std::filesystem::path directory_;
  pid_t sweeper_ = -1;
  int alive_ = -1;
};

}  // namespace crunc::bench
