// SPDX-License-Identifier: Apache-2.0
// The texts that are written of the command: a completion for each shell, and manual pages.
#pragma once

#include <string>

#include "shell/tree.hpp"

namespace crunc::cli::shell {

[[nodiscard]] std::string bash_completion(const Tree& tree);
[[nodiscard]] std::string zsh_completion(const Tree& tree);
[[nodiscard]] std::string fish_completion(const Tree& tree);

/// crunc(1)
[[nodiscard]] std::string command_page(const Tree& tree);
/// crunc-VERB(1)
[[nodiscard]] std::string verb_page(const Verb& verb);

/// The functions by which the scripts of bash and zsh know verbs and flags and read a command line, in the language
/// that both have in common:
///   _crunc_verbs                    all verbs
///   _crunc_flags VERB               its flags; without a verb, those before it
///   _crunc_value VERB FLAG          the words that its value may be, PATH, or - for any; nothing if it takes none
///   _crunc_operand VERB NUMBER      ID, SIGNAL, VERB or FILE; nothing if there is none
///   _crunc_ends_flags VERB          whether the first operand ends the flags
///   _crunc_signals                  names of signals
///   _crunc_take WORD                the next word before the one to complete
///   _crunc_kind WORD                what the word to complete is to be
[[nodiscard]] std::string tables(const Tree& tree);

/// Names of signals without their "SIG".
[[nodiscard]] std::string signal_names();

}  // namespace crunc::cli::shell
