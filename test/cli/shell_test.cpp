// SPDX-License-Identifier: Apache-2.0
// Completions in real shells, and manual pages, beside what help says.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "command_path.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/scenario.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"

namespace test = crunc::test;
using test::FakeRuntime;
using test::run_program;
using Words = std::vector<std::string>;

namespace {

const std::filesystem::path files = CRUNC_SHELL_FILES;

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.insert(line);
  }
  return lines;
}

/// What bash offers for the last of these words.
std::set<std::string> offered(const Words& words, const std::string& directory = "/") {
  Words argv{"bash",
             "--norc",
             "-c",
             "cd \"$1\"; source \"$2\"; shift 2; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _crunc; "
             "printf '%s\\n' \"${COMPREPLY[@]}\"",
             "bash",
             directory,
             files / "crunc",
             test::command_path()};
  argv.insert(argv.end(), words.begin(), words.end());
  const auto result = run_program(argv);
  CHECK(result.err == "");
  return lines_of(result.out);
}

/// The same of fish, without descriptions.
std::set<std::string> offered_by_fish(const std::string& line) {
  const auto result = run_program({"fish", "--no-config", "-c",
                                   "function crunc; " + test::command_path() + " $argv; end; source " +
                                       (files / "crunc.fish").string() + "; complete -C '" + line + "'"});
  CHECK(result.err == "");
  std::set<std::string> words;
  for (const std::string& each : lines_of(result.out)) words.insert(each.substr(0, each.find('\t')));
  return words;
}

std::set<std::string> verbs() {
  std::set<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator(files / "man1")) {
    const std::string name = each.path().stem();
    if (name != "crunc") names.insert(name.substr(std::string("crunc-").size()));
  }
  return names;
}

/// The flags that help shows, before a verb or behind it.
std::set<std::string> flags_in_help(const std::string& verb) {
  std::string text = verb.empty() ? run_program({test::command_path(), "--help"}).out
                                  : run_program({test::command_path(), "help", verb}).out;
  text.erase(0, text.find(verb.empty() ? "\nGlobal options" : "\nOptions:"));
  text.erase(std::min(text.find("\nExit status"), text.size()));
  std::set<std::string> flags;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  -")) continue;
    // The global ones stand side by side, a verb's before its description.
    std::string names = verb.empty() ? line : line.substr(0, line.find("  ", 2));
    std::ranges::replace(names, ',', ' ');
    std::istringstream words(names);
    for (std::string word; words >> word;) {
      if (word.starts_with('-')) flags.insert(word.substr(0, word.find('{')));
    }
  }
  return flags;
}

bool has_all(const std::set<std::string>& words, const std::set<std::string>& wanted) {
  return std::ranges::includes(words, wanted);
}

std::string without_escapes(std::string text) {
  std::erase(text, '\\');
  return text;
}

FakeRuntime& with_ids(FakeRuntime& fake) {
  fake.on("list -q").step("stdout \"web\\nweb-2\\ndb\\n\"").step("exit 0");
  return fake;
}

}  // namespace

TEST_CASE("every verb has its page and is completed and every flag of its help is in both") {
  CHECK(verbs().size() > 8);
  CHECK(has_all(offered({""}), verbs()));
  CHECK(has_all(offered({"-"}), flags_in_help("")));
  CHECK(flags_in_help("").contains("--runtime"));
  for (const std::string& verb : verbs()) {
    CAPTURE(verb);
    const std::set<std::string> flags = flags_in_help(verb);
    CHECK(flags.contains("--help"));
    CHECK(has_all(offered({verb, "-"}), flags));
    const std::string page = without_escapes(test::read_text(files / ("man1/crunc-" + verb + ".1")));
    for (const std::string& flag : flags) {
      CAPTURE(flag);
      CHECK(page.find("fB" + flag + "fR") != std::string::npos);
    }
    const std::string help = run_program({test::command_path(), "help", verb}).out;
    CHECK(help.find("Examples:") < help.find("Options:"));
    CHECK(page.find("SH EXAMPLES") < page.find("SH OPTIONS"));
  }
}

TEST_CASE("bash completes verbs and values and signals") {
  CHECK(offered({"sta"}) == std::set<std::string>{"start", "state", "stats"});
  CHECK(offered({"--root", "/r", "res"}) == std::set<std::string>{"restore", "resume"});
  CHECK(offered({"--log-format", ""}) == std::set<std::string>{"json", "text"});
  CHECK(offered({"--log-format", "=", "j"}) == std::set<std::string>{"json"});
  CHECK(offered({"--log-format", "="}) == std::set<std::string>{"json", "text"});
  CHECK(offered({"--rootless", "a"}) == std::set<std::string>{"auto"});
  CHECK(has_all(offered({"list", "--format", ""}), {"json", "table"}));
  CHECK(offered({"wait", "--format", ""}) == std::set<std::string>{"jsonl", "text"});
  CHECK(offered({"checkpoint", "--manage-cgroups-mode", "s"}) == std::set<std::string>{"soft", "strict"});
  CHECK(offered({"kill", "c", "KI"}) == std::set<std::string>{"KILL"});
  CHECK(offered({"help", "chec"}) == std::set<std::string>{"checkpoint"});
  CHECK(offered({"exec", "--user", ""}).empty());
  CHECK(offered({"exec", "c", "-"}).empty());
  CHECK(offered({"bogus", ""}).empty());
}

TEST_CASE("bash completes the ids of the runtime and the root that were typed") {
  FakeRuntime fake;
  const std::string runtime = with_ids(fake).command();
  CHECK(offered({"--runtime", runtime, "--root", "/some/root", "state", "w"}) == std::set<std::string>{"web", "web-2"});
  CHECK(fake.calls().at(0) == Words{"--root", "/some/root", "list", "-q"});
  CHECK(offered({"--runtime", "=", runtime, "kill", "--all", "d"}) == std::set<std::string>{"db"});
  CHECK(offered({"--runtime", runtime, "wait", "web", "d"}) == std::set<std::string>{"db"});
  CHECK(offered({"--runtime", runtime, "exec", "--env", "A=1", "-t", "d"}) == std::set<std::string>{"db"});
  CHECK(offered({"--runtime", runtime, "state", "web", ""}).empty());
}

TEST_CASE("bash completes paths where a flag takes one and behind the id of exec") {
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "bundle");
  CHECK(offered({"create", "--bundle", "bu"}, dir.path()) == std::set<std::string>{"bundle"});
  CHECK(offered({"run", "-b", "bu"}, dir.path()) == std::set<std::string>{"bundle"});
  CHECK(offered({"exec", "c", "bu"}, dir.path()) == std::set<std::string>{"bundle"});
}

TEST_CASE("fish completes verbs and flags and values and ids") {
  if (test::skip_unless(test::find_program("fish").has_value(), "no fish")) return;
  FakeRuntime fake;
  const std::string runtime = with_ids(fake).command();
  CHECK(offered_by_fish("crunc sta") == std::set<std::string>{"start", "state", "stats"});
  CHECK(offered_by_fish("crunc --root /r sta") == std::set<std::string>{"start", "state", "stats"});
  CHECK(offered_by_fish("crunc create --pid") == std::set<std::string>{"--pid-file", "--pidfd-socket"});
  CHECK(offered_by_fish("crunc --log-format ") == std::set<std::string>{"json", "text"});
  CHECK(offered_by_fish("crunc kill c KI") == std::set<std::string>{"KILL"});
  CHECK(offered_by_fish("crunc --runtime " + runtime + " state w") == std::set<std::string>{"web", "web-2"});
  CHECK(offered_by_fish("crunc --runtime " + runtime + " wait web d") == std::set<std::string>{"db"});
  for (const std::string& verb : verbs()) {
    CAPTURE(verb);
    std::set<std::string> long_flags = flags_in_help(verb);
    std::erase_if(long_flags, [](const std::string& flag) { return !flag.starts_with("--"); });
    CHECK(has_all(offered_by_fish("crunc " + verb + " --"), long_flags));
  }
}

TEST_CASE("zsh reads its completion and knows the same verbs and flags") {
  if (test::skip_unless(test::find_program("zsh").has_value(), "no zsh")) return;
  const std::string script = files / "_crunc";
  const auto parsed = run_program({"zsh", "-f", "-n", script});
  CHECK(parsed.status == 0);
  CHECK(parsed.err == "");
  // compadd says what would be offered; the rest of zsh's completion needs a terminal.
  const auto offer = [&](const std::string& words) {
    const auto result = run_program({"zsh", "-f", "-c",
                                     "compadd() { shift; print -l -- \"$@\"; }; compset() { :; }; words=(" +
                                         test::command_path() + " " + words + "); CURRENT=$#words; source " + script});
    CHECK(result.err == "");
    return lines_of(result.out);
  };
  CHECK(has_all(offer("''"), verbs()));
  CHECK(has_all(offer("--root /r ''"), verbs()));
  CHECK(offer("--log-format ''") == std::set<std::string>{"json", "text"});
  CHECK(offer("help ''").contains("create"));
  FakeRuntime fake;
  CHECK(offer("--runtime " + with_ids(fake).command().string() + " state ''") ==
        std::set<std::string>{"db", "web", "web-2"});
  for (const std::string& verb : verbs()) CHECK(has_all(offer(verb + " -"), flags_in_help(verb)));
}

TEST_CASE("groff finds nothing to warn of in the manual pages") {
  if (test::skip_unless(test::find_program("groff").has_value(), "no groff")) return;
  for (const auto& page : std::filesystem::directory_iterator(files / "man1")) {
    CAPTURE(page.path().string());
    const auto result = run_program({"groff", "-Tutf8", "-mandoc", "-ww", page.path()});
    CHECK(result.status == 0);
    CHECK(result.err == "");
    CHECK(result.out.size() > 500);
  }
}
