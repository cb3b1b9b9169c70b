// SPDX-License-Identifier: Apache-2.0
// The examples of docs/examples, each run as its reader would run it. migrate and shim have files of their own.
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include <crunc/cgroups/hierarchy.hpp>

#include "support/example.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/terminal_session.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using test::comes_to_be;
using test::contains;
using test::Example;
using test::path_of;
using test::RealRuntime;
using test::runtime_program;
using test::skip_unless_real_runtime;
namespace fs = std::filesystem;

namespace {

/// A shell that does something once the test has written /go into its bundle.
std::vector<std::string> when_told(const std::string& script) {
  return {"sh", "-c", "until [ -e /go ]; do sleep 0.1; done; " + script};
}
void tell(const fs::path& bundle) { test::write_text(bundle / "rootfs/go", ""); }

/// The rows of a table by their first cell.
std::map<std::string, std::vector<std::string>> rows_of(const std::string& table) {
  std::map<std::string, std::vector<std::string>> rows;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> cells;
    for (std::string word; words >> word;) cells.push_back(word);
    if (!cells.empty()) rows[cells.front()] = cells;
  }
  return rows;
}

}  // namespace

TEST_CASE("the example first_container takes a container from create to delete") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle =
      runtime.bundle({"sh", "-c", "trap 'exit 0' TERM; n=0; while :; do n=$((n + 1)); echo tick $n; sleep 0.1; done"});

  Example example("first_container", {bundle, runtime_program(runtime)});
  const std::string out = example.read_all();

  CHECK(example.wait().success());
  CAPTURE(out);
  CHECK(contains(out, ": created, pid "));
  CHECK(contains(out, "it exited(3)"));
  CHECK(contains(out, "tick 1\n"));
  CHECK(contains(out, "already_exists: create "));
  CHECK(out.ends_with("containers left of this id: 0\n"));
  CHECK(runtime->list().value().empty());
}

TEST_CASE("the example coroutines runs containers side by side and gathers their results") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto first = runtime.bundle(when_told("echo one; exit 7"));
  const auto second = runtime.bundle(when_told("echo two"));
  const auto missing = runtime / "missing";

  Example example("coroutines", {runtime_program(runtime), "120", first, second, missing});
  // Neither ends before both run.
  CHECK(comes_to_be([&] {
    const auto all = runtime->list();
    return all && std::ranges::count(*all, Status::running, &Container::status) == 2;
  }));
  tell(first);
  tell(second);
  const std::string out = example.read_all();

  CHECK(example.wait() == ExitStatus::exited(1));
  CAPTURE(out);
  CHECK(out.starts_with("== " + first.string() + ": exited(7)\none\n== " + second.string() +
                        ": exited(0)\ntwo\n== " + missing.string() + ": invalid_bundle\n"));
  CHECK(runtime->list().value().empty());
}

TEST_CASE("the example coroutines leaves nothing of what outlives its deadline") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sleep", "1000"});  // as process 1 it heeds no SIGTERM

  Example example("coroutines", {runtime_program(runtime), "2", bundle});
  const std::string out = example.read_all();

  CHECK(example.wait() == ExitStatus::exited(1));
  CHECK_MESSAGE(contains(out, ": timed_out\n"), out);
  CHECK(runtime->list().value().empty());
}

TEST_CASE("the example terminal is typed into and follows the window and puts the terminal back") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sh"}, {.terminal = true});
  test::TerminalSession session({path_of("terminal"), bundle, runtime_program(runtime)});

  CHECK(contains(session.read_until("# "), "# "));
  CHECK(session.mode().is_raw());
  session.resize(37, 91);
  // The echo of what is typed has the quotes, what the shell prints has none.
  session.type("until stty size | grep -q '37 91'; do :; done; echo re''sized\r");
  CHECK(contains(session.read_until("resized"), "resized"));
  session.type("exit 3\r");
  CHECK(contains(session.read_until("exited(3)"), "the container's process exited(3)"));

  const int status = session.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 3);
  CHECK(session.mode() == session.first_mode());
  CHECK(runtime->list().value().empty());
}

TEST_CASE("the example terminal puts the terminal back and deletes the container when it is ended") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sh"}, {.terminal = true});
  test::TerminalSession session({path_of("terminal"), bundle, runtime_program(runtime)});
  CHECK(contains(session.read_until("# "), "# "));

  ::kill(session.pid(), SIGTERM);

  CHECK(contains(session.read_until("cancelled"), "cancelled"));
  CHECK(WEXITSTATUS(session.wait()) == 1);
  CHECK(session.mode() == session.first_mode());
  CHECK(runtime->list().value().empty());
}

TEST_CASE("the example events_and_oom shows samples and tells a kill before the exit that it caused") {
  if (skip_unless_real_runtime()) return;
  if (test::skip_unless(!test::cgroups_disabled(), "the runtime makes no cgroups here")) return;
  const auto hierarchy = cgroups::Hierarchy::system().value();
  if (test::skip_unless(hierarchy.has(cgroups::Controller::memory), "no memory controller")) return;
  RealRuntime runtime;
  // The shell outlives what is killed, and so does the cgroup with its counter.
  const auto bundle = runtime.bundle(when_told("tail /dev/zero; exit 7"), {.memory_limit_bytes = 16 << 20});

  Example example("events_and_oom", {bundle, runtime_program(runtime)});
  CHECK(contains(example.read_until(" KiB"), "sample: memory "));
  tell(bundle);
  const std::string out = example.read_all();

  CHECK(example.wait().success());
  CAPTURE(out);
  CHECK(out.starts_with("created\nstarted\n"));
  CHECK(contains(out, "oom: 1 killed for want of memory\n"));
  CHECK(contains(out, "exited: exited(7)\n"));
  CHECK(out.find("oom: ") < out.find("exited: "));
  CHECK(out.ends_with("removed\n"));
  CHECK(runtime->list().value().empty());
}

TEST_CASE("the example events_and_oom says why there are no samples and still tells the exit") {
  if (skip_unless_real_runtime()) return;
  if (test::skip_unless(test::cgroups_disabled(), "the runtime makes cgroups here")) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle(when_told("exit 7"));

  Example example("events_and_oom", {bundle, runtime_program(runtime)});
  CHECK(contains(example.read_until("no samples: "), "no samples: "));
  tell(bundle);
  const std::string out = example.read_all();

  CHECK(example.wait().success());
  CHECK_MESSAGE(out.ends_with("exited: exited(7)\nremoved\n"), out);
}

TEST_CASE("the example stats_all shows what each container uses and what is not known as a dash") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto busy = runtime.bundle({"sh", "-c", "while :; do :; done"}, {.memory_limit_bytes = 64 << 20});
  REQUIRE(runtime->run("busy", busy, {.detach = true}).has_value());
  REQUIRE(runtime->run("idle", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  REQUIRE(runtime->run("over", runtime.bundle({"true"}), {.detach = true}).has_value());
  REQUIRE(comes_to_be([&] { return runtime->state("over").value().status == Status::stopped; }));

  Example example("stats_all", {runtime_program(runtime), runtime / "root"});
  const std::string out = example.read_all();

  CHECK(example.wait().success());
  CAPTURE(out);
  auto rows = rows_of(out);
  CHECK(rows.size() == 4);
  using Cells = std::vector<std::string>;
  CHECK(rows["over"] == Cells{"over", "stopped", "-", "-", "-", "-", "-"});
  if (test::cgroups_disabled()) {
    CHECK(rows["busy"] == Cells{"busy", "running", "-", "-", "-", "-", "-"});
    return;
  }
  REQUIRE(rows["busy"].size() == 7);
  REQUIRE(rows["idle"].size() == 7);
  CHECK(std::stod(rows["busy"][2]) > 10);
  CHECK(std::stod(rows["idle"][2]) < 10);
  CHECK(std::stod(rows["busy"][3]) > 0);
  CHECK(rows["busy"][4] == "64.0");
  CHECK(rows["idle"][4] == "none");
  CHECK(rows["busy"][5] == "1");
  CHECK(rows["busy"][6] == "0");
}
