// SPDX-License-Identifier: Apache-2.0
// Completion for bash, without the helpers of the bash-completion package.

#include "shell/writers.hpp"

namespace crunc::cli::shell {
namespace {

constexpr const char* driver = R"(
_crunc() {
  local verb='' pending='' kind='' behind='' word glued='' count=0
  local -a words=() globals=()
  # "=" breaks words apart: "--root=/x" comes as three.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ${#words[@]} -gt 0 && ( $glued || ( $word = '=' && ${words[-1]} = --* ) ) ]]; then
      words[-1]+=$word
      glued=''
      [[ $word != '=' ]] || glued=1
    else
      words+=("$word")
    fi
  done
  COMPREPLY=()
  [[ ${#words[@]} -gt 0 ]] || words=('')
  local cur=${words[-1]}
  unset 'words[-1]'
  for word in "${words[@]}"; do
    _crunc_take "$word"
  done
  _crunc_kind "$cur"
  [[ -z $behind ]] || cur=${cur#*=}
  case $kind in
    '' | -) return ;;
    PATH | FILE)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    ID) kind=$("${COMP_WORDS[0]}" "${globals[@]}" list -q 2>/dev/null) ;;
    SIGNAL) kind=$(_crunc_signals) ;;
    VERB) kind=$(_crunc_verbs) ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$cur")
}
complete -F _crunc crunc
)";

}  // namespace

std::string bash_completion(const Tree& tree) { return "# bash completion of crunc\n" + tables(tree) + driver; }

}  // namespace crunc::cli::shell
