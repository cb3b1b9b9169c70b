// SPDX-License-Identifier: Apache-2.0
// crunc wait: exit codes of detached containers.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "bundle/bundle.hpp"
#include "command_path.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/scenario.hpp"
#include "support/temp_dir.hpp"

namespace test = crunc::test;
using test::ProgramResult;
using test::run_program;
using Argv = std::vector<std::string>;

namespace {

bool skip_unless_runc() { return test::skip_unless_root() || test::skip_unless_runtime("runc"); }

/// Detached containers below a root of their own, deleted with it.
class Containers {
 public:
  ~Containers() {
    for (const std::string& id : ids_) static_cast<void>(runs("runc", {"delete", "--force", id}));
  }
  Containers() = default;
  Containers(const Containers&) = delete;
  Containers& operator=(const Containers&) = delete;

  /// One that was made, and does nothing until it is started.
  void create(const std::string& id, const std::string& script) {
    crunc::fixtures::make_bundle(dir_ / id, {.args = {"sh", "-c", script}});
    // Not by a pipe of ours, which the container would keep open.
    const std::string call = "exec runc --root " + root() + " create --bundle " + (dir_ / id).string() + " " + id;
    REQUIRE(run_program({"/bin/sh", "-c", call + " </dev/null >/dev/null 2>&1"}).status == 0);
    ids_.push_back(id);
  }
  ProgramResult crunc(Argv words) { return runs(test::command_path(), std::move(words)); }
  ProgramResult runc(Argv words) { return runs("runc", std::move(words)); }

  /// `crunc wait WORDS` by a shell, which does `meanwhile` as soon as crunc has begun to wait for `id`.
  ProgramResult wait_and(const std::string& words, const std::string& meanwhile) {
    const std::string crunc = test::command_path() + " --root " + root();
    return run_program({"/bin/sh", "-c", crunc + " wait " + words + " & " + meanwhile + "; wait $!"});
  }
  [[nodiscard]] std::string root() const { return dir_ / "root"; }

 private:
  ProgramResult runs(const std::string& program, Argv words) {
    words.insert(words.begin(), {program, "--root", root()});
    return run_program(words);
  }

  test::TempDir dir_{};
  std::vector<std::string> ids_{};
};

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::ranges::sort(lines);
  return lines;
}

/// Starts a created container, but only once crunc waits: it has the pidfd of the first process open by then.
std::string start_when_waited_for(const std::string& root, const std::string& id) {
  return "pid=$(runc --root " + root + " state " + id +
         " | sed -n 's/.*\"pid\": \\([0-9]*\\).*/\\1/p'); until grep -qs \"^Pid:.$pid$\" /proc/$!/fdinfo/*; do :; "
         "done; "
         "runc --root " +
         root + " start " + id;
}

}  // namespace

TEST_CASE("wait prints the exit code of a detached container") {
  if (skip_unless_runc()) return;
  Containers containers;
  containers.create("job", "exit 7");
  const ProgramResult result = containers.wait_and("job", start_when_waited_for(containers.root(), "job"));
  CHECK(result.status == 0);
  CHECK(result.out == "7\n");
  CHECK(result.err == "");
}

TEST_CASE("wait gives a signal as 128 and its number and names it in JSON") {
  if (skip_unless_runc()) return;
  Containers containers;
  for (const char* const id : {"text", "json"}) containers.create(id, "exec sleep 1000");
  const auto killed = [&](const std::string& words, const std::string& id) {
    return containers.wait_and(words, start_when_waited_for(containers.root(), id) + "; runc --root " +
                                          containers.root() + " kill " + id + " KILL");
  };
  CHECK(killed("text", "text").out == "137\n");
  CHECK(killed("--format jsonl json", "json").out ==
        "{\"schema\":\"crunc.wait/1\",\"id\":\"json\",\"exit_code\":null,\"signal\":\"SIGKILL\"}\n");
}

TEST_CASE("wait waits for several containers together and tells each as it ends") {
  if (skip_unless_runc()) return;
  Containers containers;
  containers.create("first", "exit 3");
  containers.create("second", "exit 0");
  // The one that is named first ends last.
  const ProgramResult result =
      containers.wait_and("first second", start_when_waited_for(containers.root(), "second") + "; until runc --root " +
                                              containers.root() + " state second | grep -q stopped; do :; done; " +
                                              start_when_waited_for(containers.root(), "first"));
  CHECK(result.status == 0);
  CHECK(result.out == "second 0\nfirst 3\n");
}

TEST_CASE("wait has no exit code of a container that ended before") {
  if (skip_unless_runc()) return;
  Containers containers;
  containers.create("early", "exit 7");
  REQUIRE(containers.wait_and("early", start_when_waited_for(containers.root(), "early")).status == 0);
  const ProgramResult result = containers.crunc({"wait", "early"});
  CHECK(result.status == 1);
  CHECK(result.out == "");
  CHECK(result.err.starts_with("crunc: wait early: "));
  CHECK(result.err.find("exit code unknown") != std::string::npos);
  CHECK(containers.crunc({"wait", "--format", "jsonl", "early"}).out ==
        "{\"schema\":\"crunc.wait/1\",\"id\":\"early\",\"exit_code\":null,\"signal\":null}\n");
}

TEST_CASE("wait ends with 124 when its time is up and the container lives on") {
  if (skip_unless_runc()) return;
  Containers containers;
  containers.create("slow", "exec sleep 1000");
  const ProgramResult result = containers.crunc({"--timeout", "300ms", "wait", "slow"});
  CHECK(result.status == 124);
  CHECK(result.out == "");
  CHECK(result.err.starts_with("crunc: wait slow: timed out"));
  CHECK(containers.runc({"list", "-q"}).out == "slow\n");
}

TEST_CASE("wait names a container that is not there and waits for the others") {
  if (skip_unless_runc()) return;
  Containers containers;
  containers.create("job", "exit 4");
  const ProgramResult result = containers.wait_and("nope job", start_when_waited_for(containers.root(), "job"));
  CHECK(result.status == 1);
  CHECK(sorted_lines(result.out) == Argv{"job 4"});
  CHECK(result.err.starts_with("crunc: wait nope: container not found"));
}

TEST_CASE("wait without an id or with an unknown format is a mistake in the command line") {
  for (const Argv& words : {Argv{"wait"}, Argv{"wait", "--format", "xml", "c"}, Argv{"wait", "--nothing", "c"}}) {
    Argv argv{test::command_path()};
    argv.insert(argv.end(), words.begin(), words.end());
    const ProgramResult result = run_program(argv);
    CHECK(result.status == 2);
    CHECK(result.err.starts_with("crunc: wait: "));
  }
}
