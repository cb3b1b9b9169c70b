// SPDX-License-Identifier: Apache-2.0
// Completion for fish, which shows descriptions beside the words.

#include "shell/writers.hpp"

namespace crunc::cli::shell {
namespace {

constexpr const char* driver = R"(
# The verb that was typed and how many operands follow it; "-" while there is none.
function __crunc_at
    set -l verb -
    set -l count 0
    set -l pending ''
    for word in (commandline -opc)[2..-1]
        if test -n "$pending"
            set pending ''
        else if string match -q -- '-*' $word; and not begin
                test $count -gt 0; and __crunc_ends_flags $verb
            end
            if __crunc_takes_value $verb $word
                set pending $word
            end
        else if test $verb = -
            set verb $word
        else
            set count (math $count + 1)
        end
    end
    echo $verb
    echo $count
end
function __crunc_verb
    test (__crunc_at)[1] = $argv[1]
end
# Whether flags of this verb can stand here.
function __crunc_flags_of
    set -l at (__crunc_at)
    test $at[1] = $argv[1]; and not begin
        test $at[2] -gt 0; and __crunc_ends_flags $argv[1]
    end
end
# Whether this operand of a verb is next: "N", or "+" for all from here on.
function __crunc_operand
    set -l at (__crunc_at)
    test $at[1] = $argv[1]; or return 1
    test $argv[3] = +; and test $at[2] -ge $argv[2]; or test $at[2] -eq $argv[2]
end
function __crunc_ids
    set -l words (commandline -opc)
    set -l globals
    set -l pending ''
    for word in $words[2..-1]
        if test -n "$pending"
            set -a globals $pending $word
            set pending ''
        else if contains -- $word --root --runtime
            set pending $word
        else if string match -qr -- '^--(root|runtime)=' $word
            set -a globals $word
        end
    end
    $words[1] $globals list -q 2>/dev/null
end
complete -c crunc -f
)";

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return result + "'";
}

std::string flag_line(const std::string& verb, const Flag& flag) {
  std::string line = "complete -c crunc -n '__crunc_flags_of " + verb + "'";
  for (const std::string& name : flag.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (flag.takes_next && flag.is_path()) line += " -r -F";
  if (flag.takes_next && !flag.is_path()) line += " -x";
  if (!flag.choices.empty()) {
    line += " -a '";
    for (const std::string& each : flag.choices) line += each + " ";
    line.back() = '\'';
  }
  return line + " -d " + quoted(flag.description) + "\n";
}

std::string operand_lines(const Verb& verb) {
  std::string lines;
  for (std::size_t i = 0; i < verb.operands.size(); ++i) {
    const std::string& operand = verb.operands[i];
    const bool is_last = operand.find("...") != std::string::npos;
    lines += "complete -c crunc -n '__crunc_operand " + verb.name + " " + std::to_string(i) + (is_last ? " +'" : " .'");
    if (operand.find("ID") != std::string::npos) {
      lines += " -a '(__crunc_ids)'\n";
    } else if (operand.find("SIGNAL") != std::string::npos) {
      lines += " -a '" + signal_names() + "'\n";
    } else {
      lines += " -F\n";
    }
  }
  return lines;
}

std::string takes_value_rows(const std::string& verb, const std::vector<Flag>& flags) {
  std::string names;
  for (const Flag& flag : flags) {
    if (!flag.takes_next) continue;
    for (const std::string& name : flag.names) names.append(" '").append(verb).append(" ").append(name).append("'");
  }
  return names.empty() ? "" : "        case" + names + "\n            return 0\n";
}

}  // namespace

std::string fish_completion(const Tree& tree) {
  std::string takes = takes_value_rows("-", tree.globals);
  std::string ending;
  std::string lines =
      "complete -c crunc -n '__crunc_verb -' -a help -d 'Shows help'\n"
      "complete -c crunc -n '__crunc_verb -' -a version -d 'Shows the versions of crunc and the runtime'\n";
  for (const Flag& flag : tree.globals) lines += flag_line("-", flag);
  for (const Verb& verb : tree.verbs) {
    lines += "complete -c crunc -n '__crunc_verb -' -a " + verb.name + " -d " + quoted(summary_of(verb)) + "\n";
    lines +=
        "complete -c crunc -n '__crunc_operand help 0 .' -a " + verb.name + " -d " + quoted(summary_of(verb)) + "\n";
    for (const Flag& flag : verb.flags) lines += flag_line(verb.name, flag);
    lines += operand_lines(verb);
    takes += takes_value_rows(verb.name, verb.flags);
    if (verb.operands_end_flags) ending += " " + verb.name;
  }
  return "# fish completion of crunc\nfunction __crunc_takes_value\n    switch \"$argv\"\n" + takes +
         "    end\n    return 1\nend\nfunction __crunc_ends_flags\n    contains -- $argv[1]" + ending + "\nend" +
         driver + lines;
}

}  // namespace crunc::cli::shell
