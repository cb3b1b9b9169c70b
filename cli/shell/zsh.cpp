// SPDX-License-Identifier: Apache-2.0
// Completion for zsh.

#include "shell/writers.hpp"

namespace crunc::cli::shell {
namespace {

constexpr const char* driver = R"(
_crunc() {
  local verb= pending= kind= word
  integer count=0
  local -a globals
  for word in "${(@)words[2,CURRENT-1]}"; do
    if [[ -n $pending ]]; then
      [[ $pending != --root && $pending != --runtime ]] || globals+=("$pending" "$word")
      pending=
    elif [[ $word = -* ]] && ! { ((count > 0)) && _crunc_ends_flags "$verb"; }; then
      [[ $word != --root=* && $word != --runtime=* ]] || globals+=("$word")
      [[ $word = *=* || -z $(_crunc_value "$verb" "$word") ]] || pending=$word
    elif [[ -z $verb ]]; then
      verb=$word
    else
      ((++count))
    fi
  done
  local cur=$words[CURRENT]
  if [[ -n $pending ]]; then
    kind=$(_crunc_value "$verb" "$pending")
  elif ((count > 0)) && _crunc_ends_flags "$verb"; then
    kind=FILE
  elif [[ $cur = --*=* ]]; then
    kind=$(_crunc_value "$verb" "${cur%%=*}")
    compset -P '*='
  elif [[ $cur = -* ]]; then
    kind=$(_crunc_flags "$verb")
  elif [[ -z $verb ]]; then
    kind=VERB
  else
    kind=$(_crunc_operand "$verb" $((count + 1)))
  fi
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
