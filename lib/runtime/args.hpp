// SPDX-License-Identifier: Apache-2.0
// Options to argv: pure functions, one for each verb. The order of flags is go-runc's, then what go-runc lacks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/checkpoint.hpp>
#include <crunc/error.hpp>
#include <crunc/options.hpp>
#include <crunc/signal.hpp>

#include "runtime/quirks.hpp"

namespace crunc::oci {
struct LinuxResources;
struct Process;
}  // namespace crunc::oci

namespace crunc::runtime {

/// What is asked of a runtime that lacks a feature, so that the call does its work all the same.
struct Substitute {
  Feature lacking{};
  std::vector<std::string> arguments{};  ///< the verb and all that follows
};

/// The arguments of one verb, in their three places, and the documents that it reads.
struct Arguments {
  std::string verb{};
  std::vector<std::string> flags{};
  std::vector<std::string> operands{};  ///< the id and what stands after it
  Features needs{};                     ///< of the runtime
  std::optional<Substitute> substitute{};
  std::string long_socket{};             ///< the path that Feature::long_socket_path is needed for
  std::optional<std::string> input{};    ///< a document for stdin
  std::optional<std::string> process{};  ///< a process.json for document_fd()
  std::optional<Error> fault{};          ///< a document cannot be written
};

/// Where the child finds a document, or what stands in its place: behind the preserved fds and the call's log, as runc
/// counts --preserve-fds from 3.
[[nodiscard]] constexpr int log_fd(int preserved) noexcept { return 3 + preserved; }
[[nodiscard]] constexpr int document_fd(int preserved) noexcept { return 4 + preserved; }

/// The directory that relative paths start from, when they are made absolute.
using BaseDirectory = std::optional<std::string>;

/// The path as it is handed to the runtime.
[[nodiscard]] std::string resolve(const std::filesystem::path& path, const BaseDirectory& base);

/// What stands before the verb.
/// @param log    a file for this call's log, instead of the caller's; empty: as the caller has it
/// @param lacks  what is left out for a runtime that has it not, where its work can be done otherwise
[[nodiscard]] Arguments global_arguments(const RuncOptions& options, const BaseDirectory& base,
                                         const std::string& log = {}, Features lacks = {});

[[nodiscard]] Arguments arguments(const CreateOptions& options, const BaseDirectory& base, std::string_view id,
                                  const std::filesystem::path& bundle);
[[nodiscard]] Arguments arguments(const RunOptions& options, const BaseDirectory& base, std::string_view id,
                                  const std::filesystem::path& bundle);
[[nodiscard]] Arguments arguments(const StartOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const ExecOptions& options, const BaseDirectory& base, std::string_view id,
                                  const std::vector<std::string>& command);
[[nodiscard]] Arguments arguments(const ExecOptions& options, const BaseDirectory& base, std::string_view id,
                                  const oci::Process& process);
[[nodiscard]] Arguments arguments(const StateOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const ListOptions& options, const BaseDirectory& base);
[[nodiscard]] Arguments arguments(const KillOptions& options, const BaseDirectory& base, std::string_view id,
                                  Signal signal);
[[nodiscard]] Arguments arguments(const RemoveOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const PsOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const TopOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const PauseOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const ResumeOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const UpdateOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const UpdateOptions& options, const BaseDirectory& base, std::string_view id,
                                  const oci::LinuxResources& resources);
[[nodiscard]] Arguments arguments(const CheckpointOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const RestoreOptions& options, const BaseDirectory& base, std::string_view id,
                                  const std::filesystem::path& bundle);
[[nodiscard]] Arguments arguments(const StatsOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const EventsOptions& options, const BaseDirectory& base, std::string_view id);
[[nodiscard]] Arguments arguments(const FeaturesOptions& options, const BaseDirectory& base);
[[nodiscard]] Arguments arguments(const SpecOptions& options, const BaseDirectory& base,
                                  const std::filesystem::path& bundle);
[[nodiscard]] Arguments arguments(const VersionOptions& options, const BaseDirectory& base);

/// The verb and all that follows.
[[nodiscard]] std::vector<std::string> whole(const Arguments& verb);

/// The whole argv: the command, the global flags, the verb and all that follows.
[[nodiscard]] std::vector<std::string> join(std::string command, const Arguments& global,
                                            const std::vector<std::string>& verb);

/// Why this cannot be a container's id: empty if it can. Ids become arguments and names of directories, so neither "-x"
/// (an option) nor ".." may pass.
[[nodiscard]] std::string_view why_not_an_id(std::string_view id) noexcept;

}  // namespace crunc::runtime
