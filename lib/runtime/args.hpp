// SPDX-License-Identifier: Apache-2.0
// Options to argv: pure functions, one for each verb. The order of flags is go-runc's, then what go-runc lacks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/error.hpp>
#include <crunc/options.hpp>
#include <crunc/signal.hpp>

#include "runtime/quirks.hpp"

namespace crunc::runtime {

/// The arguments of one verb, in their three places.
struct Arguments {
  std::string verb;
  std::vector<std::string> flags;
  std::vector<std::string> operands;  ///< the id and what stands after it
  Features needs{};                   ///< of the runtime
};

/// The directory that relative paths start from, when they are made absolute.
using BaseDirectory = std::optional<std::string>;

/// The path as it is handed to the runtime.
[[nodiscard]] std::string resolve(const std::filesystem::path& path, const BaseDirectory& base);

/// What stands before the verb.
/// @param log  a file for this call's log, instead of the caller's; empty: as the caller has it
[[nodiscard]] Arguments global_arguments(const RuncOptions& options, const BaseDirectory& base,
                                         const std::string& log = {});

[[nodiscard]] Arguments arguments(const CreateOptions& options, const BaseDirectory& base, std::string_view id,
                                  const std::filesystem::path& bundle);
[[nodiscard]] Arguments arguments(const RunOptions& options, const BaseDirectory& base, std::string_view id,
                                  const std::filesystem::path& bundle);
[[nodiscard]] Arguments arguments(const StartOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const ExecOptions& options, const BaseDirectory& base, std::string_view id,
                                  const std::vector<std::string>& command);
[[nodiscard]] Arguments arguments(const StateOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const ListOptions& options, const BaseDirectory& base);
[[nodiscard]] Arguments arguments(const KillOptions& options, const BaseDirectory& base, std::string_view id,
                                  Signal signal);
[[nodiscard]] Arguments arguments(const RemoveOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const VersionOptions& options, const BaseDirectory& base);

/// The whole argv.
[[nodiscard]] std::vector<std::string> join(std::string command, const Arguments& global, const Arguments& verb);

/// Why this cannot be a container's id: empty if it can. Ids become arguments and names of directories, so neither "-x"
/// (an option) nor ".." may pass (client.md B32).
[[nodiscard]] std::string_view why_not_an_id(std::string_view id) noexcept;

}  // namespace crunc::runtime
