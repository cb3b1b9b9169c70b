// SPDX-License-Identifier: Apache-2.0
// Parsing of flags by CLI11. Only this file includes it: it has static objects, which each file that includes it makes
// anew when the program starts, and it takes long to compile.

#include "command/flag_parser.hpp"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace crunc::cli {
namespace {

/// Adds a flag to CLI11's, by what its value goes to.
class Binding {
 public:
  Binding(CLI::App& app, const Flag& flag) : app_(app), flag_(flag), names_(flag.names) {}

  void operator()(std::monostate) const {}
  void operator()(bool* on) const { app_.add_flag(names_, *on)->take_last(); }
  void operator()(std::string* word) const {
    if (flag_.implied.empty()) {
      app_.add_option(names_, *word)->type_name(std::string(flag_.value))->take_last();
    } else {
      app_.add_flag(names_ + "{" + std::string(flag_.implied) + "}", *word)->take_last();
    }
  }
  void operator()(const Flag::Take& take) const {
    const auto take_all = [&take, name = flag_.each_name().front()](const CLI::results_t& values) {
      for (const std::string& each : values) {
        if (const std::string wrong = take(each); !wrong.empty()) throw CLI::ValidationError(name, wrong);
      }
      return true;
    };
    // One value each time, and all of them: the last one that is taken is the one that counts.
    app_.add_option(names_, take_all)
        ->type_name(std::string(flag_.value))
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
  }

 private:
  CLI::App& app_;
  const Flag& flag_;
  std::string names_;
};

bool is_flag(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

}  // namespace

Tokens parse_flags(const FlagTable& table, const Tokens& words, bool operands_end_flags) {
  // Mostly it is an id and nothing else. Then there is nothing to parse, and setting CLI11 up costs more than all that
  // the command does besides.
  if (std::ranges::none_of(words, is_flag)) return words;
  CLI::App app;
  app.set_help_flag();
  for (const Flag& flag : table.flags()) std::visit(Binding(app, flag), flag.target);
  if (operands_end_flags) {
    app.prefix_command();
  } else {
    app.allow_extras();
  }
  try {
    app.parse(Tokens(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    throw UsageError{error.what()};
  }
  return app.remaining();
}

}  // namespace crunc::cli
