// SPDX-License-Identifier: Apache-2.0
// At a terminal: what is typed, its size and its signals reach the container, and its mode is what it was after every
// end. On the real runc where a container's terminal counts.
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>

#include <optional>

#include "bundle/bundle.hpp"
#include "command_path.hpp"
#include "support/fifo.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/scenario.hpp"
#include "support/temp_dir.hpp"
#include "support/terminal_session.hpp"

namespace test = crunc::test;
using test::FakeRuntime;
using test::TerminalSession;
using Argv = std::vector<std::string>;

namespace {

bool skip_unless_runc() { return test::skip_unless_root() || test::skip_unless_runtime("runc"); }

constexpr const char* interactive = "exec sh -i";
/// Ends with 3 when a signal asks it to. Says its pid in the container.
constexpr const char* patient = "trap 'exit 3' TERM HUP; echo ready $$; sleep 1000 & wait";

/// The ways to a terminal in a container.
enum class Way { run, exec };
constexpr Way both_ways[] = {Way::run, Way::exec};

/// A container with a terminal by `PROGRAM run` or `PROGRAM exec -t`, and runtime state of its own.
class Scene {
 public:
  Scene(Way way, const std::string& script, const std::string& program = test::command_path()) {
    Argv line{"run", "--bundle", dir_ / "b", "c"};
    if (way == Way::exec) {
      crunc::fixtures::make_bundle(dir_ / "b");
      REQUIRE(runc({"run", "--detach", "--bundle", dir_ / "b", "c"}).status == 0);
      line = {"exec", "-t", "c", "sh", "-c", script};
    } else {
      crunc::fixtures::make_bundle(dir_ / "b", {.args = {"sh", "-c", script}, .terminal = true});
    }
    session_.emplace(with_root(program, line));
  }
  ~Scene() {
    session_.reset();
    static_cast<void>(runc({"delete", "--force", "c"}));
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  TerminalSession& session() { return *session_; }
  [[nodiscard]] test::ProgramResult runc(const Argv& line) const { return test::run_program(with_root("runc", line)); }

 private:
  [[nodiscard]] Argv with_root(const std::string& program, const Argv& line) const {
    Argv argv{program, "--root", dir_ / "root"};
    argv.insert(argv.end(), line.begin(), line.end());
    return argv;
  }

  test::TempDir dir_;
  std::optional<TerminalSession> session_;
};

/// The pid that `patient` has said.
std::string await_patient(TerminalSession& session) {
  session.read_until("ready ");
  const std::string line = session.read_until("\r\n");
  return line.substr(0, line.size() - 2);
}

/// The exit code, or the negated number of the signal; of a program that was stopped neither.
int ending(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : -1000;
}

bool says(TerminalSession& session, const std::string& text) {
  const std::string seen = session.read_until(text);
  if (!seen.ends_with(text)) MESSAGE("instead of ", text, ": ", seen);
  return seen.ends_with(text);
}

/// Types once the shell asks for it: what comes earlier meets a terminal in another mode.
void type_at_prompt(TerminalSession& session, const char* keys) {
  REQUIRE(says(session, "# "));
  session.type(keys);
}

}  // namespace

TEST_CASE("a shell in a container answers and ends at the end of its input with its exit code") {
  if (skip_unless_runc()) return;
  for (const Way way : both_ways) {
    Scene scene(way, interactive);
    TerminalSession& session = scene.session();
    type_at_prompt(session, "echo $((6 * 7))x\r");
    CHECK(says(session, "42x\r\n"));
    CHECK(session.mode().is_raw());
    type_at_prompt(session, "(exit 5)\r");
    type_at_prompt(session, "\x04");
    CHECK(ending(session.wait()) == 5);
    CHECK(session.mode() == session.first_mode());
  }
}

TEST_CASE("a terminal's new size reaches the container") {
  if (skip_unless_runc()) return;
  for (const Way way : both_ways) {
    Scene scene(way, "trap 'stty size' WINCH; echo rea''dy; while :; do sleep 1000 & wait; done");
    TerminalSession& session = scene.session();
    REQUIRE(says(session, "ready\r\n"));
    session.resize(37, 91);
    CHECK(says(session, "37 91\r\n"));
    session.resize(24, 80);
    CHECK(says(session, "24 80\r\n"));
  }
}

TEST_CASE("ctrl-c interrupts the program in the container and not crunc") {
  if (skip_unless_runc()) return;
  for (const Way way : both_ways) {
    Scene scene(way, interactive);
    TerminalSession& session = scene.session();
    type_at_prompt(session, "sh -c 'echo go''ing; exec sleep 1000'\r");
    REQUIRE(says(session, "going\r\n"));
    session.type("\x03");
    type_at_prompt(session, "echo code $?\r");
    CHECK(says(session, "code 130\r\n"));
    type_at_prompt(session, "exit 6\r");
    CHECK(ending(session.wait()) == 6);
    CHECK(session.mode() == session.first_mode());
  }
}

TEST_CASE("ctrl-z stops a program of the container's shell and crunc goes on") {
  if (skip_unless_runc()) return;
  for (const Way way : both_ways) {
    Scene scene(way, interactive);
    TerminalSession& session = scene.session();
    type_at_prompt(session, "sh -c 'echo go''ing; exec sleep 1000'\r");
    REQUIRE(says(session, "going\r\n"));
    session.type("\x1a");
    CHECK(says(session, "Stopped"));
    type_at_prompt(session, "kill -9 %1; fg; echo code $?\r");
    CHECK(says(session, "code 137\r\n"));
    type_at_prompt(session, "exit 0\r");
    CHECK(ending(session.wait()) == 0);
    CHECK(session.mode() == session.first_mode());
  }
}

TEST_CASE("the terminal is as it was when the container's process was killed") {
  if (skip_unless_runc()) return;
  for (const Way way : both_ways) {
    Scene scene(way, patient);
    const std::string pid = await_patient(scene.session());
    // The first process of a container hears no SIGKILL from within.
    const Argv killing = way == Way::run ? Argv{"kill", "c", "KILL"} : Argv{"exec", "c", "kill", "-9", pid};
    CHECK(scene.runc(killing).status == 0);
    CHECK(ending(scene.session().wait()) == 137);
    CHECK(scene.session().mode() == scene.session().first_mode());
  }
}

TEST_CASE("the terminal is as it was when a signal to crunc has ended the container") {
  if (skip_unless_runc()) return;
  for (const Way way : both_ways) {
    for (const int signo : {SIGTERM, SIGHUP}) {
      Scene scene(way, patient);
      await_patient(scene.session());
      ::kill(scene.session().pid(), signo);
      CHECK(ending(scene.session().wait()) == 3);
      CHECK(scene.session().mode() == scene.session().first_mode());
    }
  }
}

TEST_CASE("the terminal is as it was when the runtime was killed although runc alone leaves it raw") {
  if (skip_unless_runc()) return;
  for (const Way way : both_ways) {
    Scene plain(way, patient, "runc");
    await_patient(plain.session());
    ::kill(plain.session().pid(), SIGKILL);
    CHECK(ending(plain.session().wait()) == -SIGKILL);
    CHECK(plain.session().mode().is_raw());

    Scene ours(way, patient);
    await_patient(ours.session());
    ::kill(ours.session().child(), SIGKILL);
    CHECK(ending(ours.session().wait()) == -SIGKILL);
    CHECK(ours.session().mode() == ours.session().first_mode());
  }
}

TEST_CASE("the terminal is as it was when --timeout has ended the runtime") {
  FakeRuntime fake;
  fake.on("*").step("open_write " + fake.make_fifo("here").string()).step("hang");
  TerminalSession session({test::command_path(), "--runtime", fake.command(), "--timeout", "1s", "run", "c"});
  test::await_arrival(fake / "here");
  session.make_raw();
  CHECK(ending(session.wait()) == 124);
  CHECK(session.mode() == session.first_mode());
}

TEST_CASE("a runtime that ends by itself leaves the terminal as it wants") {
  FakeRuntime fake;
  fake.on("*").step("open_read " + fake.make_fifo("go").string()).step("exit 1");
  TerminalSession session({test::command_path(), "--runtime", fake.command(), "run", "c"});
  session.make_raw();
  test::let_go(fake / "go");
  CHECK(ending(session.wait()) == 1);
  CHECK(session.mode().is_raw());
}

TEST_CASE("a terminal that hangs up ends crunc as it ends runc") {
  if (skip_unless_runc()) return;
  for (const Way way : both_ways) {
    for (const std::string& program : {std::string("runc"), test::command_path()}) {
      Scene scene(way, patient, program);
      await_patient(scene.session());
      scene.session().hang_up();
      CHECK(ending(scene.session().wait()) == 3);
    }
  }
}

TEST_CASE("crunc in the background leaves the terminal alone and is not stopped by it") {
  FakeRuntime fake;
  fake.on("*")
      .step("open_write " + fake.make_fifo("here").string())
      .step("open_read " + fake.make_fifo("go").string())
      .step("kill KILL");
  for (const auto place : {TerminalSession::Place::foreground, TerminalSession::Place::background}) {
    TerminalSession session({test::command_path(), "--runtime", fake.command(), "run", "c"}, place);
    test::await_arrival(fake / "here");
    session.to_background();
    session.make_raw();
    test::let_go(fake / "go");
    CHECK(ending(session.wait()) == -SIGKILL);
    CHECK(session.mode().is_raw());
  }
}

TEST_CASE("the terminal is found behind redirected streams as runc finds it") {
  FakeRuntime fake;
  fake.on("*")
      .step("open_write " + fake.make_fifo("here").string())
      .step("open_read " + fake.make_fifo("go").string())
      .step("kill KILL");
  for (const char* const redirection : {"</dev/null", "</dev/null >/dev/null", "</dev/null >/dev/null 2>&1"}) {
    CAPTURE(redirection);
    TerminalSession session(
        {"/bin/sh", "-c",
         "exec " + test::command_path() + " --runtime " + fake.command().string() + " run c " + redirection});
    test::await_arrival(fake / "here");
    session.make_raw();
    test::let_go(fake / "go");
    CHECK(ending(session.wait()) == -SIGKILL);
    CHECK(session.mode() == session.first_mode());
  }
}
