// SPDX-License-Identifier: Apache-2.0
// What can be seen to be wrong with options before anything is done.
#pragma once

#include <optional>
#include <string>

#include <crunc/checkpoint.hpp>
#include <crunc/options.hpp>

#include "runtime/args.hpp"

namespace crunc::runtime {

/// In words what is wrong; nothing where nothing is.
[[nodiscard]] std::optional<std::string> fault_of(const UpdateOptions& options, bool has_document);
/// @param has_command  a command is given, too: with a document it never is
[[nodiscard]] std::optional<std::string> fault_of(const ExecOptions& options, bool has_document, bool has_command);
[[nodiscard]] std::optional<std::string> fault_of(const EventsOptions& options);
[[nodiscard]] std::optional<std::string> fault_of(const CheckpointOptions& options, const BaseDirectory& base);
[[nodiscard]] std::optional<std::string> fault_of_fds(int preserve_fds, const std::vector<int>& extra_fds);

}  // namespace crunc::runtime
