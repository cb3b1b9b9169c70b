// SPDX-License-Identifier: Apache-2.0
// Which call of the runtime a command line becomes: the verbs that ask, that change a container, and that save it.
#include <doctest/doctest.h>

#include "call_of.hpp"
#include "support/temp_dir.hpp"

using namespace crunc;
using test::Argv;
using test::as_given;
using test::as_text;
using test::call_of;
using test::ProgramResult;
using test::run_program;
using test::tail;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;

namespace {

struct Row {
  Argv typed;
  Result<Argv> expected;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(as_text(row.typed));
    CHECK(call_of(row.typed) == tail(row.expected));
  }
}

void check_as_typed(const std::vector<Argv>& lines) {
  for (const Argv& line : lines) {
    CAPTURE(as_text(line));
    CHECK(call_of(line) == line);
  }
}

}  // namespace

TEST_CASE("every verb that asks or pauses makes exactly the call that argv of the same options gives") {
  const Runc runc(as_given);
  check({
      {{"pause", "c"}, runc.argv("c", PauseOptions{})},
      {{"resume", "c"}, runc.argv("c", ResumeOptions{})},
      {{"ps", "-f", "json", "c"}, runc.argv("c", PsOptions{})},
      {{"ps", "--format=json", "c"}, runc.argv("c", PsOptions{})},
      {{"ps", "--format", "table", "c"}, runc.argv("c", TopOptions{})},
      {{"ps", "-f", "table", "c", "-o", "pid,args", "--timeout", "5s"},
       runc.argv("c", TopOptions{.ps_args = {"-o", "pid,args", "--timeout", "5s"}})},
      {{"events", "--stats", "c"}, runc.argv("c", StatsOptions{})},
      {{"events", "c", "--stats"}, runc.argv("c", StatsOptions{})},
      {{"events", "--interval", "2s", "c"}, runc.argv("c", EventsOptions{.interval = 2s})},
      {{"events", "--interval=250ms", "c"}, runc.argv("c", EventsOptions{.interval = 250ms})},
      {{"features"}, runc.argv(FeaturesOptions{})},
      {{"spec"}, runc.argv("", SpecOptions{})},
      {{"spec", "--rootless", "-b", "rel"}, runc.argv("rel", SpecOptions{.rootless = true})},
      {{"spec", "--bundle=/b"}, runc.argv("/b", SpecOptions{})},
  });
}

TEST_CASE("update makes exactly the call that argv of the same options gives") {
  const Runc runc(as_given);
  check({
      {{"update", "-r", "file", "c"}, runc.argv("c", UpdateOptions{.resources = "file"})},
      {{"update", "c", "--memory", "536870912", "--memory-swap", "-1", "--memory-reservation=4096", "--kernel-memory",
        "0", "--kernel-memory-tcp", "-1"},
       runc.argv("c", UpdateOptions{.memory_bytes = 536870912,
                                    .memory_reservation_bytes = 4096,
                                    .memory_swap_bytes = -1,
                                    .kernel_memory_bytes = 0,
                                    .kernel_memory_tcp_bytes = -1})},
      {{"update", "--cpu-period",    "100000", "--cpu-quota",
        "-1",     "--cpu-burst",     "5",      "--cpu-share",
        "512",    "--cpu-rt-period", "1000",   "--cpu-rt-runtime",
        "7",      "--cpu-idle",      "1",      "--cpuset-cpus",
        "0-1",    "--cpuset-mems",   "0",      "c"},
       runc.argv("c", UpdateOptions{.cpu_period = 100000us,
                                    .cpu_quota = -1us,
                                    .cpu_burst = 5us,
                                    .cpu_shares = 512,
                                    .cpu_rt_period = 1000us,
                                    .cpu_rt_runtime = 7us,
                                    .cpu_idle = 1,
                                    .cpuset_cpus = "0-1",
                                    .cpuset_mems = "0"})},
      {{"update", "--blkio-weight", "500", "--pids-limit", "-1", "--l3-cache-schema", "L3:0=f", "--mem-bw-schema",
        "MB:0=20", "c"},
       runc.argv("c", UpdateOptions{.blkio_weight = std::uint16_t{500},
                                    .pids_limit = -1,
                                    .l3_cache_schema = "L3:0=f",
                                    .mem_bw_schema = "MB:0=20"})},
  });
}

TEST_CASE("checkpoint and restore make exactly the call that argv of the same options gives") {
  const Runc runc(as_given);
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "1");
  check({
      {{"checkpoint", "c"}, runc.argv("c", CheckpointOptions{})},
      {{"checkpoint", "--image-path", dir / "2", "--parent-path", "../1", "--work-path", "w", "--pre-dump", "c"},
       runc.argv(
           "c", CheckpointOptions{.image_path = dir / "2", .work_path = "w", .parent_path = "../1", .pre_dump = true})},
      {{"checkpoint", "--leave-running", "--tcp-established", "--ext-unix-sk", "--shell-job", "--file-locks",
        "--lazy-pages", "--auto-dedup", "--tcp-skip-in-flight", "--link-remap", "--page-server", "1.2.3.4:5",
        "--manage-cgroups-mode", "soft", "--empty-ns", "network", "c"},
       runc.argv("c", CheckpointOptions{.tcp_established = true,
                                        .tcp_skip_in_flight = true,
                                        .link_remap = true,
                                        .external_unix_sockets = true,
                                        .shell_job = true,
                                        .file_locks = true,
                                        .auto_dedup = true,
                                        .leave_running = true,
                                        .lazy_pages = true,
                                        .page_server = "1.2.3.4:5",
                                        .manage_cgroups = CgroupsMode::soft,
                                        .empty_namespaces = {"network"}})},
      {{"restore", "c", "-b", "/b", "-d"}, runc.argv("c", "/b", RestoreOptions{.detach = true})},
      {{"restore",
        "--image-path",
        "i",
        "--work-path",
        "w",
        "--pid-file",
        "p",
        "--console-socket",
        "/s",
        "--no-subreaper",
        "--no-pivot",
        "--tcp-established",
        "--ext-unix-sk",
        "--shell-job",
        "--file-locks",
        "--auto-dedup",
        "--lazy-pages",
        "--manage-cgroups-mode=ignore",
        "--empty-ns=network",
        "--lsm-profile",
        "apparmor:x",
        "--lsm-mount-context",
        "y",
        "c"},
       runc.argv("c", "",
                 RestoreOptions{.image_path = "i",
                                .work_path = "w",
                                .pid_file = "p",
                                .console_socket = "/s",
                                .no_subreaper = true,
                                .no_pivot = true,
                                .tcp_established = true,
                                .external_unix_sockets = true,
                                .shell_job = true,
                                .file_locks = true,
                                .auto_dedup = true,
                                .lazy_pages = true,
                                .manage_cgroups = CgroupsMode::ignore,
                                .empty_namespaces = {"network"},
                                .lsm_profile = "apparmor:x",
                                .lsm_mount_context = "y"})},
  });
}

TEST_CASE("what the options of these verbs cannot say exactly goes on as typed") {
  check_as_typed({
      {"pause"},
      {"pause", "a", "b"},
      {"pause", "-x"},
      {"resume", "--all", "c"},
      {"ps", "c"},
      {"ps", "c", "-ef"},
      {"ps", "c", "--format", "json", "--help"},
      {"ps", "-f", "json", "c", "-ef"},
      {"ps", "-f", "xml", "c"},
      {"ps"},
      {"ps", "--", "c", "-o", "pid"},
      {"events", "c"},
      {"events", "--interval", "5", "c"},
      {"events", "--interval", "1000ms", "c"},
      {"events", "--interval", "1.5s", "c"},
      {"events", "--interval", "0s", "c"},
      {"events", "--interval", "500us", "c"},
      {"events", "--interval", "1s", "--stats", "c"},
      {"events", "--stats"},
      {"events", "-stats", "c"},
      {"features", "x"},
      {"features", "--json"},
      {"spec", "x"},
      {"spec", "--rootless=1"},
      {"spec", "--bundle="},
      {"update", "--memory", "512m", "c"},
      {"update", "--memory", "0x10", "c"},
      {"update", "--memory", "010", "c"},
      {"update", "--memory", "+5", "c"},
      {"update", "--memory", "1", "--memory", "2", "c"},
      {"update", "--memory", "99999999999999999999", "c"},
      {"update", "--blkio-weight", "70000", "c"},
      {"update", "--cpu-share", "-1", "c"},
      {"update", "--cpuset-cpus", "", "c"},
      {"update", "-r", "-", "c"},
      {"update", "--resources=-", "c"},
      {"update", "-r", "file", "--memory", "5", "c"},
      {"update", "-m", "5", "c"},
      {"update"},
      {"checkpoint", "--status-fd", "3", "--lazy-pages", "c"},
      {"checkpoint", "--leave-running", "--leave-running", "c"},
      {"checkpoint", "--parent-path", "../1", "c"},
      {"checkpoint", "--parent-path", "/abs", "--image-path", "i", "c"},
      {"checkpoint", "--lazy-pages", "--pre-dump", "c"},
      {"checkpoint", "--manage-cgroups-mode", "hard", "c"},
      {"checkpoint", "--empty-ns", "", "c"},
      {"checkpoint"},
      {"restore", "-no-subreaper", "c"},
      {"restore", "--lsm-profile"},
      {"restore", "--parent-path", "x", "c"},
      {"restore", "a", "b"},
      {"help", "bogus"},
      {"help", "state", "x"},
      {"h", "--help"},
      {"--help=yes", "state", "c"},
  });
}

TEST_CASE("a program that asks by --help whether checkpoint can be had is answered by the runtime") {
  check_as_typed({{"checkpoint", "--help"}, {"restore", "-h"}});
  test::FakeRuntime fake;
  fake.on("*").step("stderr \"unknown command checkpoint\"").step("exit 1");
  CHECK(run_program({test::command_path(), "--runtime", fake.command(), "checkpoint", "--help"}).status == 1);
}

TEST_CASE("help of a verb names each of its flags as runc spells them") {
  const auto help_of = [](const char* verb) {
    const ProgramResult result = run_program({test::command_path(), "--runtime", "/nonexistent", "help", verb});
    CHECK(result.status == 0);
    return result.out;
  };
  const auto names = [](const std::string& help, const Argv& flags) {
    for (const std::string& flag : flags) {
      CAPTURE(flag);
      CHECK(help.find("--" + flag + " ") != std::string::npos);
    }
  };
  names(help_of("checkpoint"),
        {"image-path", "work-path", "parent-path", "leave-running", "tcp-established", "ext-unix-sk", "shell-job",
         "lazy-pages", "status-fd", "page-server", "file-locks", "pre-dump", "manage-cgroups-mode", "empty-ns",
         "auto-dedup", "tcp-skip-in-flight", "link-remap"});
  names(help_of("restore"), {"console-socket", "image-path", "work-path", "tcp-established", "ext-unix-sk", "shell-job",
                             "file-locks", "manage-cgroups-mode", "bundle", "detach", "pid-file", "no-subreaper",
                             "no-pivot", "empty-ns", "auto-dedup", "lazy-pages", "lsm-profile", "lsm-mount-context"});
  names(help_of("update"),
        {"resources", "blkio-weight", "cpu-period", "cpu-quota", "cpu-burst", "cpu-share", "cpu-rt-period",
         "cpu-rt-runtime", "cpu-idle", "cpuset-cpus", "cpuset-mems", "memory", "memory-reservation", "memory-swap",
         "kernel-memory", "kernel-memory-tcp", "pids-limit", "l3-cache-schema", "mem-bw-schema"});
  names(help_of("ps"), {"format"});
  names(help_of("events"), {"interval", "stats"});
  names(help_of("spec"), {"bundle", "rootless"});
}
