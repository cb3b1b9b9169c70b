// SPDX-License-Identifier: Apache-2.0
// The verbs that look at a running container and change it.
#include <doctest/doctest.h>

#include <signal.h>

#include <algorithm>
#include <sstream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <crunc/crunc.hpp>

#include "support/process.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using test::RealRuntime;
using test::skip_unless_real_runtime;
using Argv = std::vector<std::string>;

namespace {

bool skip_without_cgroups() { return test::skip_unless(!test::cgroups_disabled(), "the runtime is kept off cgroups"); }

/// The limit of tasks that the kernel holds a process to, as the file has it.
std::string pids_max_of(pid_t pid) {
  std::istringstream lines(test::read_text("/proc/" + std::to_string(pid) + "/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const std::string path = line.substr(line.rfind(':') + 1);
    if (line.find(":pids:") != std::string::npos) return test::read_text("/sys/fs/cgroup/pids" + path + "/pids.max");
    if (test::on_cgroup_v2() && line.starts_with("0::")) return test::read_text("/sys/fs/cgroup" + path + "/pids.max");
  }
  return "no pids controller";
}

std::size_t column(const ProcessTable& table, const char* name) {
  const auto found = std::ranges::find(table.headers, name);
  REQUIRE(found != table.headers.end());
  return static_cast<std::size_t>(found - table.headers.begin());
}

/// A container "web" that sleeps.
pid_t run_sleeper(RealRuntime& runtime) {
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  return runtime->state("web").value().pid;
}

}  // namespace

TEST_CASE("ps lists the processes of a container") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  RealRuntime runtime;
  const pid_t first = run_sleeper(runtime);
  REQUIRE(runtime->exec("web", {"sleep", "1001"}, {.pid_file = runtime / "pid", .detach = true}).has_value());

  auto pids = runtime->ps("web").value();

  std::ranges::sort(pids);
  std::vector<pid_t> expected{first, read_pid_file(runtime / "pid").value()};
  std::ranges::sort(expected);
  CHECK(pids == expected);
}

TEST_CASE("top shows what ps of the host would on any runtime") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  RealRuntime runtime;
  const pid_t pid = run_sleeper(runtime);

  const ProcessTable table = runtime->top("web").value();

  REQUIRE(table.processes.size() == 1);
  CHECK(table.headers == Argv{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"});
  const auto& row = table.processes.front();
  REQUIRE(row.size() == table.headers.size());
  CHECK(row[column(table, "UID")] == "root");
  CHECK(row[column(table, "PID")] == std::to_string(pid));
  CHECK(row[column(table, "CMD")] == "sleep 1000");
  CHECK(row[column(table, "TTY")] == "?");
}

TEST_CASE("top takes arguments for ps where the runtime does and is unsupported where not") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  RealRuntime runtime;
  const pid_t pid = run_sleeper(runtime);

  const auto table = runtime->top("web", {.ps_args = {"-o", "pid,comm", "-A"}});

  if (runtime.is_crun()) {
    CHECK(table.error().code == Errc::unsupported);
  } else {
    REQUIRE(table.has_value());
    CHECK(table->headers == Argv{"PID", "COMMAND"});
    CHECK(table->processes == std::vector<Argv>{{std::to_string(pid), "sleep"}});
  }
}

TEST_CASE("a paused container is paused until it is resumed") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  RealRuntime runtime;
  run_sleeper(runtime);

  REQUIRE(runtime->pause("web").has_value());
  CHECK(runtime->state("web").value().status == Status::paused);
  CHECK(runtime->exec("web", {"true"}).error().code == Errc::paused);
  REQUIRE(runtime->resume("web").has_value());
  CHECK(runtime->state("web").value().status == Status::running);
  // crun is content with a container that runs.
  const auto again = runtime->resume("web");
  if (!runtime.is_crun()) CHECK(again.error().code == Errc::not_paused);
}

TEST_CASE("update changes limits by flags and by a document") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  RealRuntime runtime;
  const pid_t pid = run_sleeper(runtime);

  REQUIRE(runtime->update("web", {.pids_limit = 77}).has_value());
  CHECK(pids_max_of(pid) == "77\n");
  const oci::LinuxResources resources{.pids = oci::Pids{.limit = 88}};
  const auto updated = runtime->update("web", resources);
  CAPTURE(updated.has_value() ? "" : updated.error().message());
  REQUIRE(updated.has_value());
  CHECK(pids_max_of(pid) == "88\n");
}

TEST_CASE("update of a container that is not there names it") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  const auto updated = runtime->update("nobody", {.pids_limit = 77});
  REQUIRE(updated.has_error());
  CHECK(updated.error().container == "nobody");
  CHECK(updated.error().code == Errc::container_not_found);
}

TEST_CASE("exec runs a process that is described in full") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  run_sleeper(runtime);
  const oci::Process process{.args = {"sh", "-c", "echo $WORD; pwd; id -u; exit 9"},
                             .cwd = "/tmp",
                             .env = {"PATH=/bin", "WORD=a b"},
                             .user = oci::User{.uid = 1234, .gid = 5}};

  const auto ran = runtime->exec("web", process, {.io = Io::capture()});

  CAPTURE(ran.has_value() ? "" : ran.error().message());
  REQUIRE(ran.has_value());
  CHECK(ran->status == ExitStatus::exited(9));
  CHECK(ran->output.out == "a b\n/tmp\n1234\n");
}

TEST_CASE("features round-trip and tell the runtime's versions") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;

  const auto features = runtime->features();

  if (runtime.is_crun() && features.has_error()) {
    CHECK(features.error().code == Errc::unsupported);
    return;
  }
  REQUIRE(features.has_value());
  CHECK(features->oci_version_min.has_value());
  const auto printed = runtime->raw({"features"}, {.io = Io::capture()}).value().output.out;
  CHECK(boost::json::parse(oci::write(*features).value()) == boost::json::parse(printed));
}

TEST_CASE("spec writes a config.json whose process and resources round-trip") {
  if (skip_unless_real_runtime()) return;
  RealRuntime runtime;
  std::filesystem::create_directory(runtime / "fresh");

  const auto written = runtime->spec(runtime / "fresh");

  CAPTURE(written.has_value() ? "" : written.error().message());
  REQUIRE(written.has_value());
  const auto config = boost::json::parse(test::read_text(runtime / "fresh/config.json"));
  const auto process = oci::read_process(boost::json::serialize(config.at("process"))).value();
  const auto resources = oci::read_linux_resources(boost::json::serialize(config.at("linux").at("resources"))).value();
  CHECK(oci::read_process(oci::write(process).value()).value() == process);
  CHECK(oci::read_linux_resources(oci::write(resources).value()).value() == resources);
  CHECK(process.args == Argv{"sh"});
  if (runtime.is_crun()) return;  // it writes an empty list, which is the same as none
  CHECK(boost::json::parse(oci::write(process).value()) == config.at("process"));
  CHECK(boost::json::parse(oci::write(resources).value()) == config.at("linux").at("resources"));
  CHECK(runtime->spec(runtime / "fresh").error().code == Errc::already_exists);
}

TEST_CASE("stats are of this container") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  RealRuntime runtime;
  REQUIRE(runtime
              ->run("web", runtime.bundle({"sleep", "1000"}, {.memory_limit_bytes = 32 << 20, .pids_limit = 64}),
                    {.detach = true})
              .has_value());

  const auto stats = runtime->stats("web");

  if (runtime.is_crun()) {
    CHECK(stats.error().code == Errc::unsupported);
    CHECK(stats.error().message().find("crunc::Task") != std::string::npos);
    return;
  }
  REQUIRE(stats.has_value());
  CHECK(stats->pids.value().current == 1);
  CHECK(stats->pids.value().limit == Limit(64));
  CHECK(stats->memory.value().usage.value().limit_bytes == Limit(32 << 20));
  CHECK(stats->cpu.value().usage.value().total.value() > CpuTime(0));
}

TEST_CASE("B4 stats of a container that is not there or has stopped say so") {
  if (skip_unless_real_runtime() || skip_without_cgroups()) return;
  RealRuntime runtime;
  if (test::skip_unless(!runtime.is_crun(), "crun has no stats")) return;
  CHECK(runtime->stats("nobody").error().code == Errc::container_not_found);
  const pid_t pid = run_sleeper(runtime);
  REQUIRE(runtime->kill("web", SIGKILL).has_value());
  test::wait_for_end(pid);
  CHECK(runtime->stats("web").error().code == Errc::not_running);
}
