// SPDX-License-Identifier: Apache-2.0
// The two worlds. They are played at the same time, so that the test takes half as long.

#include "differential.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <regex>

#include "bundle/bundle.hpp"
#include "command_path.hpp"
#include "support/run_program.hpp"
#include "support/text_file.hpp"

namespace crunc::test {
namespace {

namespace fs = std::filesystem;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
}

/// What differs from one run of the same program to the next.
std::string without_chance(std::string text) {
  static const std::pair<std::regex, const char*> chances[] = {
      {std::regex(R"(\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d))"), "TIME"},
      {std::regex(R"("data":\{.*\})"), "DATA"},  // of stats
      {std::regex(R"("pid": [1-9]\d*)"), "\"pid\": PID"},
      {std::regex(R"(\[[0-9,]+\]\n)"), "PIDS\n"},  // of ps
      {std::regex(R"("pid":[1-9]\d*)"), "\"pid\":PID"},
      {std::regex(R"((runc-process|process)\d+)"), "$1N"},
      {std::regex(R"(\d\d:\d\d(:\d\d)?)"), "CLOCK"},
      {std::regex(R"((^|\n)(\S+ +)[1-9]\d+ +(\d+ +)?)"), "$1$2PID "},  // of tables
      {std::regex(R"( +)"), " "},
      {std::regex(R"((^|\n) ?[1-9]\d* )"), "$1PID "},
      {std::regex(R"(PID \d+ CLOCK)"), "PID CLOCK"},
  };
  if (text.empty()) return text;
  for (const auto& [pattern, name] : chances) text = std::regex_replace(text, pattern, name);
  return text;
}

std::string contents(const fs::path& path) {
  // CRIU's images and logs have times and pids in them.
  if (path.string().find("/checkpoint") != std::string::npos) return "";
  std::string text = read_text(path);
  const bool is_pid_file =
      path.extension() == ".pid" && !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  return is_pid_file ? "a pid" : text;
}

}  // namespace

World::World(std::string program, char letter)
    : program_(std::move(program)), id_prefix_(std::string("diff") + letter + std::to_string(::getpid()) + "-") {
  fixtures::make_bundle(dir_ / "sleep");
  fixtures::make_bundle(dir_ / "exits", {.args = {"sh", "-c", "exit 7"}});
  fixtures::make_bundle(dir_ / "prints", {.args = {"sh", "-c", "echo out; echo err >&2; cat; kill -9 $$"}});
  fixtures::make_bundle(dir_ / "terminal", {.args = {"sh"}, .terminal = true});
  fixtures::make_bundle(dir_ / "missing", {.args = {"/no/such/program"}});
  fs::create_directory(dir_ / "broken");
  write_text(dir_ / "broken/config.json", "{\"ociVersion\": 5}");
  fs::create_directory(dir_ / "work");
}

World::~World() {
  const std::string root = dir_ / "root";
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(root, none)) {
    static_cast<void>(run_program({"runc", "--root", root, "delete", "-f", entry.path().filename()}));
  }
}

std::vector<std::string> World::words(std::string_view line) const {
  std::vector<std::string> result;
  bool in_word = false;
  bool quoted = false;
  for (const char c : line) {
    if (c == ' ' && !quoted) {
      in_word = false;
      continue;
    }
    if (!in_word) result.emplace_back();
    in_word = true;
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == '@') {
      result.back() += id_prefix_;
    } else {
      result.back() += c;
    }
  }
  for (std::string& word : result) replace_all(word, "%D%", dir_.path());
  return result;
}

std::string World::same_everywhere(std::string text) const {
  replace_all(text, dir_.path(), "%D%");
  replace_all(text, id_prefix_, "@");
  return without_chance(std::move(text));
}

std::string World::files() const {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "work")) {
    struct stat status {};
    ::lstat(entry.path().c_str(), &status);
    char mode[16];
    std::snprintf(mode, sizeof mode, "%o", static_cast<unsigned>(status.st_mode));
    lines.push_back(entry.path().string() + " " + mode + (entry.is_regular_file() ? " " + contents(entry) : ""));
  }
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return same_everywhere(text);
}

Answer World::answer(const Typed& typed) {
  // By name: runc's words have its argv[0] in them.
  std::vector<std::string> argv{"/usr/bin/env", program_};
  std::string_view line = typed.line;
  if (line.starts_with("bare ")) {
    line.remove_prefix(5);
  } else {
    argv.insert(argv.end(), {"--root", dir_ / "root"});
  }
  const std::vector<std::string> typed_words = words(line);
  argv.insert(argv.end(), typed_words.begin(), typed_words.end());
  const ProgramResult result = run_program(argv, {.stdin_bytes = typed.input, .cwd = dir_ / "work"});
  return {result.status, same_everywhere(result.out), same_everywhere(result.err), files()};
}

void check_same_answers(const std::vector<Typed>& lines) {
  const auto play = [&lines](const std::string& program, char letter) {
    World world(program, letter);
    std::vector<Answer> answers;
    for (const Typed& typed : lines) answers.push_back(world.answer(typed));
    return answers;
  };
  auto theirs = std::async(std::launch::async, play, std::string("runc"), 'r');
  const std::vector<Answer> ours = play(command_path(), 'c');
  const std::vector<Answer> expected = theirs.get();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CAPTURE(std::string(lines[i].line));
    CHECK(ours[i].status == expected[i].status);
    CHECK(ours[i].out == expected[i].out);
    CHECK(ours[i].err == expected[i].err);
    CHECK(ours[i].files == expected[i].files);
  }
}

}  // namespace crunc::test
