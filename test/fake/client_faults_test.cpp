// SPDX-License-Identifier: Apache-2.0
// Faults of existing clients that have no better place, each under its number.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <crunc/crunc.hpp>

#include "runtime/verbs.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"
#include "sys/fd.hpp"

using namespace crunc;
using test::FakeRuntime;
using test::quote;
using Argv = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

const std::string runc_version = "stdout \"runc version 1.1.5\\n\"";
const std::string crun_version = "stdout \"crun version 1.21\\nspec: 1.0.0\\n+SYSTEMD +CRIU\\n\"";

bool has(const Argv& words, const std::string& word) { return std::ranges::find(words, word) != words.end(); }

}  // namespace

TEST_CASE("B12 a table of processes may have any columns and short rows and lines of threads") {
  const auto top = [](const std::string& table) {
    FakeRuntime fake;
    fake.on("--version").step(runc_version);
    fake.on("ps").step("stdout " + quote(table));
    return Runc({.command = fake.command()}).top("web", {.ps_args = {"-x"}});
  };

  CHECK(top("USER  COMMAND\nroot  sleep 1  2\n\n").value().processes == std::vector<Argv>{{"root", "sleep 1  2"}});
  CHECK(top("UID PID CMD\n0\n").value().processes == std::vector<Argv>{{"0", "", ""}});
  CHECK(top("UID PID CMD\n0 7 a\n0 - b\n").value().processes == std::vector<Argv>{{"0", "7", "a"}});
  CHECK(top("").error().code == Errc::malformed_output);
}

TEST_CASE("B12 top where the runtime takes no arguments is read from /proc") {
  FakeRuntime fake("crun");
  fake.on("--version").step(crun_version);
  fake.on("ps --format json").step("stdout \"[\\n  " + std::to_string(::getpid()) + "\\n]\\n\"");
  const Runc runc({.command = fake.command()});

  const ProcessTable table = runc.top("web").value();

  REQUIRE(table.processes.size() == 1);
  CHECK(table.processes.front().at(1) == std::to_string(::getpid()));
  CHECK(table.processes.front().at(2) == std::to_string(::getppid()));
  CHECK(runc.top("web", {.ps_args = {"-x"}}).error().code == Errc::unsupported);
}

TEST_CASE("B13 crun is not told of a subreaper and runc is with two dashes") {
  const auto call = [](const std::string& name, const std::string& version) {
    FakeRuntime fake(name);
    fake.on("--version").step(version);
    fake.on("restore").step("exit 0");
    CHECK(Runc({.command = fake.command()}).restore("web", "/b", {.detach = true, .no_subreaper = true}).has_value());
    return fake.calls().back();
  };

  CHECK_FALSE(has(call("crun", crun_version), "--no-subreaper"));
  CHECK(has(call("runc", runc_version), "--no-subreaper"));
}

TEST_CASE("B15 a restore has no flags that only a checkpoint has") {
  const Runc runc({.relative_paths = RelativePaths::as_given});
  const RestoreOptions options{.image_path = "/i", .work_path = "/w"};

  const Argv argv = runc.argv("web", "/b", options).value();

  for (const char* const flag : {"--parent-path", "--page-server", "--status-fd", "--leave-running", "--pre-dump"}) {
    CAPTURE(flag);
    CHECK_FALSE(has(argv, flag));
  }
}

TEST_CASE("B22 the runtime's pid comes when it was started and the container's by its pid file") {
  FakeRuntime fake;
  fake.on("create").step("pid_file 4242").step("exit 0");
  const fs::path pid_file = fake / "pid";
  pid_t runtime = 0;

  const auto created =
      Runc({.command = fake.command()})
          .create("web", "/b",
                  {.pid_file = pid_file, .on_spawned = [&runtime](const RuntimeProcess& p) { runtime = p.pid(); }});

  REQUIRE(created.has_value());
  CHECK(runtime > 0);
  CHECK(read_pid_file(pid_file).value() == 4242);
}

TEST_CASE("a pid file may end in a newline and may neither be empty nor hold words") {
  FakeRuntime fake;
  test::write_text(fake / "newline", "42\n");
  test::write_text(fake / "empty", "");
  test::write_text(fake / "words", "4x");

  CHECK(read_pid_file(fake / "newline").value() == 42);
  CHECK(read_pid_file(fake / "empty").error().code == Errc::malformed_output);
  CHECK(read_pid_file(fake / "words").error().code == Errc::malformed_output);
  CHECK(read_pid_file(fake / "none").error().system == std::errc::no_such_file_or_directory);
}

TEST_CASE("B23 a process is described in memory and not in a file") {
  FakeRuntime fake;
  fake.on("exec").step("stdout_file /proc/self/fd/4").step("pid_file").step("exit 0");
  const oci::Process process{.args = {"sh"}, .cwd = "/", .env = {"SECRET=1"}};

  const auto ran = Runc({.command = fake.command()}).exec("web", process, {.io = Io::capture()});

  REQUIRE(ran.has_value());
  CHECK(boost::json::parse(ran->output.out) == boost::json::parse(oci::write(process).value()));
  const Argv call = fake.calls().front();
  CHECK(*(std::ranges::find(call, "--process") + 1) == "/proc/self/fd/4");
}

TEST_CASE("resources are given to the runtime by its stdin") {
  FakeRuntime fake;
  fake.on("update").step("stdin_to " + (fake / "resources").string()).step("exit 0");
  const oci::LinuxResources resources{.pids = oci::Pids{.limit = 5}};

  REQUIRE(Runc({.command = fake.command()}).update("web", resources).has_value());

  CHECK(test::read_text(fake / "resources") == R"({"pids":{"limit":5}})");
}

TEST_CASE("B27 a runtime may be given by an open descriptor") {
  FakeRuntime fake;
  fake.on("state").step("stdout " + quote(R"({"id":"web","status":"running"})"));
  const sys::Fd binary(::open(fake.command().c_str(), O_PATH | O_CLOEXEC));
  fake.write();
  const Runc runc({.command = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(binary.get()),
                   .environment = {"FAKE_RUNTIME_SCENARIO=" + fake.command().string() + ".scenario"}});

  CHECK(runc.state("web").value().status == Status::running);
}

TEST_CASE("B28 every verb but those that run a process or CRIU has a deadline of its own") {
  namespace verbs = runtime::verbs;
  for (const runtime::Verb* const verb : {&verbs::create, &verbs::start, &verbs::state, &verbs::list, &verbs::kill,
                                          &verbs::remove, &verbs::ps, &verbs::pause, &verbs::resume, &verbs::update,
                                          &verbs::stats, &verbs::features, &verbs::spec, &verbs::version}) {
    CAPTURE(verb->name);
    CHECK(verb->default_timeout <= std::chrono::minutes(2));
  }
  CHECK(verbs::run.default_timeout == no_deadline);
  CHECK(verbs::exec.default_timeout == no_deadline);
  CHECK(verbs::checkpoint.default_timeout == no_deadline);
}

TEST_CASE("B30 CRIU's own words and the path of its log are in the Error") {
  FakeRuntime fake;
  fake.on("--version").step(runc_version);
  fake.on("checkpoint")
      .step("mkdir " + (fake / "work").string())
      .step("write " + (fake / "work/dump.log").string() + " " +
            quote("(00.1) all is well\n(00.2) Error (criu/x.c:1): no room\n(00.3) Error (criu/y.c:2): giving up\n"))
      .step("log " + quote(R"({"level":"error","msg":"criu failed: type DUMP errno 0\nlog file: )" +
                           (fake / "work/dump.log").string() + "\"}\n"))
      .step("exit 1");

  const auto made = Runc({.command = fake.command()}).checkpoint("web");

  REQUIRE(made.has_error());
  const Error error = made.error();
  REQUIRE(error.criu.has_value());
  CHECK(error.criu->log_path == (fake / "work/dump.log").string());
  CHECK(error.criu->errors == Argv{"Error (criu/x.c:1): no room", "Error (criu/y.c:2): giving up"});
}

TEST_CASE("--criu is given to an old runc and PATH tells others where it is") {
  const auto call = [](const std::string& version) {
    FakeRuntime fake;
    fake.on("--version").step("stdout \"runc version " + version + "\\n\"");
    fake.on("*").step("exit 0");
    CHECK(Runc({.command = fake.command(), .criu = "/opt/x/criu"}).checkpoint("web").has_value());
    return fake.records().back();
  };
  const auto path_of = [](const boost::json::object& record) {
    return boost::json::serialize(record.at("env")).find("PATH=/opt/x:") != std::string::npos;
  };
  const auto argv_of = [](const boost::json::object& record) { return boost::json::serialize(record.at("argv")); };

  CHECK(argv_of(call("1.1.5")).find("\"--criu\",\"/opt/x/criu\"") != std::string::npos);
  CHECK_FALSE(path_of(call("1.1.5")));
  CHECK(argv_of(call("1.3.0")).find("--criu") == std::string::npos);
  CHECK(path_of(call("1.3.0")));
  FakeRuntime fake;
  fake.on("--version").step("stdout \"runc version 1.3.0\\n\"");
  const auto made = Runc({.command = fake.command(), .criu = "/opt/x/criu-4"}).checkpoint("web");
  CHECK(made.error().code == Errc::unsupported);
}

TEST_CASE("B31 clients in one process know nothing of each other") {
  FakeRuntime first;
  FakeRuntime second;
  first.on("*").step("exit 3");
  second.on("*").step("exit 4");
  const Runc one({.command = first.command()});
  const Runc two({.command = second.command()});
  std::thread other([&two] {
    for (int i = 0; i < 20; ++i) CHECK(two.raw({"x"}).value().status == ExitStatus::exited(4));
  });
  for (int i = 0; i < 20; ++i) CHECK(one.raw({"x"}).value().status == ExitStatus::exited(3));
  other.join();
}

TEST_CASE("B34 an exit code is not taken for a signal nor the other way round") {
  FakeRuntime fake;
  fake.on("code").step("exit 1");
  fake.on("signal").step("default HUP").step("kill HUP");
  const Runc runc({.command = fake.command()});

  CHECK(runc.raw({"code"}).value().status == ExitStatus::exited(1));
  CHECK(runc.raw({"signal"}).value().status == ExitStatus::signaled(1));
}
