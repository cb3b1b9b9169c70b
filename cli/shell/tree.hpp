// SPDX-License-Identifier: Apache-2.0
// The verbs and flags of the command as data, for what is written of them.
#pragma once

#include <string>
#include <vector>

namespace crunc::cli::shell {

struct Flag {
  std::vector<std::string> names;    ///< "--bundle", "-b"
  std::string value;                 ///< as help has it; empty if it takes none
  bool takes_next = false;           ///< the next word is its value
  std::vector<std::string> choices;  ///< the values that there are, if they can be named
  std::string description;

  [[nodiscard]] bool is_path() const { return value.find("PATH") != std::string::npos; }
};

struct Verb {
  std::string name;
  std::string usage;  ///< behind "crunc [global options]"
  std::string description;
  std::string examples;
  std::string exit_status;  ///< of a verb of crunc's own; else empty
  std::vector<Flag> flags;
  std::vector<std::string> operands;  ///< as the usage has them: "ID", "[SIGNAL]", "[ID...]"
  bool operands_end_flags = false;
};

struct Tree {
  std::vector<Flag> globals;
  std::vector<Verb> verbs;
};

[[nodiscard]] Tree command_tree();

/// The first sentence of a description, without its full stop.
[[nodiscard]] std::string summary_of(const Verb& verb);

}  // namespace crunc::cli::shell
