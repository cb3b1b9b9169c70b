// SPDX-License-Identifier: Apache-2.0
// --stats of checkpoint and restore: what CRIU says of its work.
#pragma once

#include <filesystem>
#include <string>

#include <crunc/checkpoint.hpp>

#include "command/command.hpp"

namespace crunc::cli {

/// Declares --stats, a table on stderr, and --stats=json, a line on stdout. Not said, `stats` stays empty.
void add_criu_stats(FlagTable& flags, std::string& stats);

struct CriuCall {
  bool is_restore;
  std::string stats;
};

/// The directory in which CRIU works: the caller's, or one of our own, which is kept for its log if the call fails.
class CriuWork {
 public:
  /// @param path  of the options; set if it was empty
  explicit CriuWork(Path& path);
  ~CriuWork() { remove(); }
  CriuWork(const CriuWork&) = delete;
  CriuWork& operator=(const CriuWork&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  void keep() noexcept { is_ours_ = false; }
  void remove() noexcept;

 private:
  std::filesystem::path path_;
  bool is_ours_;
};

/// The runtime in crunc's place, and then CRIU's figures if it has written any. Ends as the runtime did.
int run_with_criu_stats(const Surroundings& here, const Result<Tokens>& argv, CriuWork& work, const CriuCall& call);

}  // namespace crunc::cli
