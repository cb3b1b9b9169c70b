// SPDX-License-Identifier: Apache-2.0
// Completion for zsh.

#include "shell/writers.hpp"

namespace crunc::cli::shell {
namespace {

constexpr const char* driver = R"(
_crunc() {
  local verb= pending= kind= behind= word
  integer count=0
  local -a globals
  for word in "${(@)words[2,CURRENT-1]}"; do
    _crunc_take "$word"
  done
  local cur=$words[CURRENT]
  _crunc_kind "$cur"
  [[ -z $behind ]] || compset -P '*='
  case $kind in
    ''|-) return 1 ;;
    PATH|FILE) _files; return ;;
    ID) kind=$(${(Q)words[1]} "${(@Q)globals}" list -q 2>/dev/null) ;;
    SIGNAL) kind=$(_crunc_signals) ;;
    VERB) kind=$(_crunc_verbs) ;;
  esac
  compadd -- ${=kind}
}
_crunc "$@"
)";

}  // namespace

std::string zsh_completion(const Tree& tree) { return "#compdef crunc\n" + tables(tree) + driver; }

}  // namespace crunc::cli::shell
