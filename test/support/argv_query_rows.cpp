// SPDX-License-Identifier: Apache-2.0
//
// Rows of the verbs that ask, and of those that change a running container.
#include "support/argv_table.hpp"

#include <chrono>
#include <csignal>

#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

namespace crunc::test {

using namespace std::chrono_literals;
using Argv = std::vector<std::string>;

std::vector<ArgvRow> query_rows(const Runc& runc) {
  return {
      {"state", runc.argv("c", StateOptions{}), {"runc", "state", "c"}},
      {"list", runc.argv(ListOptions{}), {"runc", "list", "--format", "json"}},
      {"version", runc.argv(VersionOptions{}), {"runc", "--version"}},
      {"list, quiet", runc.argv(ListOptions{.quiet = true}), {"runc", "list", "--quiet"}},
      {"ps", runc.argv("c", PsOptions{}), {"runc", "ps", "--format", "json", "c"}},
      {"ps, top", runc.argv("c", TopOptions{}), {"runc", "ps", "--format", "table", "c"}},
      {"ps, top with arguments",
       runc.argv("c", TopOptions{.ps_args = {"-o", "pid,args"}}),
       {"runc", "ps", "--format", "table", "c", "-o", "pid,args"}},
      {"pause", runc.argv("c", PauseOptions{}), {"runc", "pause", "c"}},
      {"resume", runc.argv("c", ResumeOptions{}), {"runc", "resume", "c"}},
      {"update", runc.argv("c", UpdateOptions{}), {"runc", "update", "c"}},
      {"update, a file",
       runc.argv("c", UpdateOptions{.resources = "/r"}),
       {"runc", "update", "--resources", "/r", "c"}},
      {"update, resources in memory",
       runc.argv("c", oci::LinuxResources{}, UpdateOptions{.l3_cache_schema = "L3:0=f"}),
       {"runc", "update", "--resources=-", "--l3-cache-schema", "L3:0=f", "c"}},
      {"update, zero is a value",
       runc.argv("c", UpdateOptions{.cpu_idle = 0}),
       {"runc", "update", "--cpu-idle", "0", "c"}},
      {"update, all",
       runc.argv("c", UpdateOptions{.blkio_weight = 10,
                                    .cpu_period = 1ms,
                                    .cpu_quota = -1us,
                                    .cpu_burst = 3us,
                                    .cpu_shares = 4,
                                    .cpu_rt_period = 5us,
                                    .cpu_rt_runtime = 6us,
                                    .cpu_idle = 1,
                                    .cpuset_cpus = "0-1",
                                    .cpuset_mems = "0",
                                    .memory_bytes = 7,
                                    .memory_reservation_bytes = 8,
                                    .memory_swap_bytes = -1,
                                    .kernel_memory_bytes = 9,
                                    .kernel_memory_tcp_bytes = 10,
                                    .pids_limit = 11,
                                    .l3_cache_schema = "a",
                                    .mem_bw_schema = "b"}),
       {"runc",
        "update",
        "--blkio-weight",
        "10",
        "--cpu-period",
        "1000",
        "--cpu-quota",
        "-1",
        "--cpu-burst",
        "3",
        "--cpu-share",
        "4",
        "--cpu-rt-period",
        "5",
        "--cpu-rt-runtime",
        "6",
        "--cpu-idle",
        "1",
        "--cpuset-cpus",
        "0-1",
        "--cpuset-mems",
        "0",
        "--memory",
        "7",
        "--memory-reservation",
        "8",
        "--memory-swap",
        "-1",
        "--kernel-memory",
        "9",
        "--kernel-memory-tcp",
        "10",
        "--pids-limit",
        "11",
        "--l3-cache-schema",
        "a",
        "--mem-bw-schema",
        "b",
        "c"}},
      {"events", runc.argv("c", EventsOptions{}), {"runc", "events", "--interval=5s", "c"}},
      {"events, milliseconds",
       runc.argv("c", EventsOptions{.interval = 1500ms}),
       {"runc", "events", "--interval=1500ms", "c"}},
      {"events, finer",
       runc.argv("c", EventsOptions{.interval = 1500ns}),
       {"runc", "events", "--interval=1500ns", "c"}},
      {"events, stats", runc.argv("c", StatsOptions{}), {"runc", "events", "--stats", "c"}},
      {"features", runc.argv(FeaturesOptions{}), {"runc", "features"}},
      {"spec", runc.argv("/b", SpecOptions{.rootless = true}), {"runc", "spec", "--bundle", "/b", "--rootless"}},
  };
}

}  // namespace crunc::test
