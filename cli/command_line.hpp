// SPDX-License-Identifier: Apache-2.0
// What was typed, split into what is crunc's own, what stands before the verb, the verb, and what stands behind it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/options.hpp>

namespace crunc::cli {

using Tokens = std::vector<std::string>;

/// A mistake in what crunc itself checks: one line for stderr, and exit code 2.
struct UsageError {
  std::string text;
};

struct CommandLine {
  Tokens globals;          ///< as typed, without crunc's own flags; a relative root made absolute
  std::string verb;        ///< empty if none was typed
  Tokens arguments;        ///< behind the verb, as typed
  bool help = false;       ///< --help or -h before the verb
  RuncOptions options;     ///< what the globals mean
  bool understood = true;  ///< the globals are all known, and options says all that they say
  Timeout timeout;         ///< --timeout

  /// All tokens for the runtime, as typed.
  [[nodiscard]] Tokens as_typed() const;
};

/// A flag that stands before the verb.
struct GlobalFlag {
  std::string_view name;
  std::string_view value;  ///< what it takes: as Flag::value; empty if nothing
  std::string_view description;
  bool own = false;  ///< crunc's, and so not handed on
};
[[nodiscard]] std::span<const GlobalFlag> global_flags();

/// Split a command line. Nothing that is the runtime's is ever refused: it has its own words for it.
///
/// A relative --root is made absolute, as it means the caller's directory and crun would take it from the bundle's.
/// Throws UsageError.
[[nodiscard]] CommandLine parse_command_line(const Tokens& arguments);

/// The value of a --timeout; throws UsageError.
[[nodiscard]] Timeout parse_timeout(const std::string& text);

}  // namespace crunc::cli
