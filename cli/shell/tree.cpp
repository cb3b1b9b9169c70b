// SPDX-License-Identifier: Apache-2.0
// The tree from the declarations that parse the command line.

#include "shell/tree.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "command/command.hpp"
#include "command_line.hpp"

namespace crunc::cli::shell {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// Of "text|json"; what stands for something else is in capitals.
std::vector<std::string> choices_in(std::string_view value) {
  const bool are_words = value.find('|') != std::string_view::npos &&
                         value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-|") == std::string_view::npos;
  return are_words ? split(value, '|') : std::vector<std::string>{};
}

Flag flag_of(const cli::Flag& declared) {
  Flag flag;
  flag.names = declared.each_name();
  flag.value = declared.value;
  flag.takes_next = declared.takes_next_word();
  flag.choices = choices_in(flag.value);
  flag.description = declared.description;
  return flag;
}

Verb verb_of(const std::string& name, Command& command) {
  const Help help = command.help();
  Verb verb{.name = name,
            .usage = help.usage,
            .description = help.description,
            .examples = help.examples,
            .exit_status = help.exit_status != nullptr ? help.exit_status : "",
            .flags = {},
            .operands = {},
            .operands_end_flags = command.operands_end_flags()};
  FlagTable table;
  bool wanted = false;
  declare_all(table, command, wanted);
  for (const cli::Flag& each : table.flags()) verb.flags.push_back(flag_of(each));
  std::istringstream words(verb.usage);
  std::string word;
  while (words >> word) {
    if (word != name && word != "[options]") verb.operands.push_back(word);
  }
  return verb;
}

}  // namespace

Tree command_tree() {
  Tree tree;
  for (const GlobalFlag& each : global_flags()) {
    const std::string name = std::string(each.name.size() == 1 ? "-" : "--").append(each.name);
    tree.globals.push_back({.names = {name},
                            .value = std::string(each.value),
                            .takes_next = !each.value.empty(),
                            .choices = choices_in(each.value),
                            .description = std::string(each.description)});
  }
  for (const std::string& name : known_verbs()) {
    if (const auto command = make_command(name)) tree.verbs.push_back(verb_of(name, *command));
  }
  return tree;
}

std::string summary_of(const Verb& verb) {
  std::string text = verb.description.substr(0, verb.description.find_first_of(".:"));
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace crunc::cli::shell
