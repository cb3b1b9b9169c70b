// SPDX-License-Identifier: Apache-2.0
// Verbs and flags as functions of a shell.

#include <crunc/signal.hpp>

#include "shell/writers.hpp"

namespace crunc::cli::shell {
namespace {

// Their variables are the caller's: `verb`, `pending` (a flag whose value comes next), `count` of operands, `globals`;
// `kind`, and `behind` if that is of what stands behind a "=".
constexpr const char* reading = R"(
_crunc_take() {
  if [[ -n $pending ]]; then
    [[ $pending != --root && $pending != --runtime ]] || globals+=("$pending" "$1")
    pending=''
  elif [[ $1 = -* ]] && ! { ((count > 0)) && _crunc_ends_flags "$verb"; }; then
    [[ $1 != --root=* && $1 != --runtime=* ]] || globals+=("$1")
    [[ $1 = *=* || -z $(_crunc_value "$verb" "$1") ]] || pending=$1
  elif [[ -z $verb ]]; then
    verb=$1
  else
    ((++count))
  fi
}
_crunc_kind() {
  if [[ -n $pending ]]; then
    kind=$(_crunc_value "$verb" "$pending")
  elif ((count > 0)) && _crunc_ends_flags "$verb"; then
    kind=FILE
  elif [[ $1 = --*=* ]]; then
    kind=$(_crunc_value "$verb" "${1%%=*}")
    behind=1
  elif [[ $1 = -* ]]; then
    kind=$(_crunc_flags "$verb")
  elif [[ -z $verb ]]; then
    kind=VERB
  else
    kind=$(_crunc_operand "$verb" $((count + 1)))
  fi
}
)";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& each : words) text += (text.empty() ? "" : " ") + each;
  return text;
}

std::string row(const std::string& key, const std::string& words) {
  return "    '" + key + "') echo '" + words + "' ;;\n";
}

std::string function(const std::string& name, const std::string& subject, const std::string& rows) {
  return name + "() {\n  case " + subject + " in\n" + rows + "  esac\n}\n";
}

std::string flags_row(const std::string& verb, const std::vector<Flag>& flags) {
  std::vector<std::string> names;
  for (const Flag& flag : flags) names.insert(names.end(), flag.names.begin(), flag.names.end());
  return row(verb, joined(names));
}

std::string value_rows(const std::string& verb, const std::vector<Flag>& flags) {
  std::string rows;
  for (const Flag& flag : flags) {
    if (!flag.takes_next) continue;
    const std::string kind = !flag.choices.empty() ? joined(flag.choices) : flag.is_path() ? "PATH" : "-";
    for (const std::string& name : flag.names) rows += row(std::string(verb).append(" ").append(name), kind);
  }
  return rows;
}

/// "ID", "[SIGNAL]", "[ID...]": the word alone.
std::string plain(std::string operand) {
  std::erase_if(operand, [](char c) { return c == '[' || c == ']' || c == '.'; });
  return operand == "ID" || operand == "SIGNAL" ? operand : "FILE";
}

std::string operand_rows(const Verb& verb) {
  std::string rows;
  for (std::size_t i = 0; i < verb.operands.size(); ++i) {
    const std::string& operand = verb.operands[i];
    if (operand.find("...") == std::string::npos) {
      rows += row(verb.name + " " + std::to_string(i + 1), plain(operand));
    } else {
      rows += "    '" + verb.name + " '*) echo '" + plain(operand) + "' ;;\n";
    }
  }
  return rows;
}

}  // namespace

std::string signal_names() {
  std::string names;
  for (int number = 1; number < 32; ++number) {
    const std::string name = Signal(number).name();
    if (name.starts_with("SIG")) names += (names.empty() ? "" : " ") + name.substr(3);
  }
  return names;
}

std::string tables(const Tree& tree) {
  std::string verbs = "help version";
  std::string flags = flags_row("", tree.globals);
  std::string values = value_rows("", tree.globals);
  std::string operands = row("help 1", "VERB");
  std::string ending;
  for (const Verb& verb : tree.verbs) {
    verbs += " " + verb.name;
    flags += flags_row(verb.name, verb.flags);
    values += value_rows(verb.name, verb.flags);
    operands += operand_rows(verb);
    if (verb.operands_end_flags) ending += "    '" + verb.name + "') return 0 ;;\n";
  }
  ending += "    *) return 1 ;;\n";
  return "_crunc_verbs() { echo '" + verbs + "'; }\n_crunc_signals() { echo '" + signal_names() + "'; }\n" +
         function("_crunc_flags", "$1", flags) + function("_crunc_value", "\"$1 $2\"", values) +
         function("_crunc_operand", "\"$1 $2\"", operands) + function("_crunc_ends_flags", "$1", ending) + reading;
}

}  // namespace crunc::cli::shell
