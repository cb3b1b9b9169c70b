// SPDX-License-Identifier: Apache-2.0
// Samples in the shapes of others, against what those printed.
#include <doctest/doctest.h>

#include <crunc/cgroups/stats_compat.hpp>

#include "support/cgroup_tree.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::CgroupTree;

namespace {

const std::filesystem::path fixtures = CRUNC_FIXTURES_PATH;

Sample read_all(const Directories& directories) { return read_stats(directories, StatMask::all).value(); }

}  // namespace

TEST_CASE("a sample of v1 is runc's line byte for byte") {
  const Sample sample = read_stats(test::v1_directories(fixtures / "cgroups/v1"), StatMask::runc).value();

  CHECK(to_runc_line(sample, "web") + "\n" == test::read_text(fixtures / "cgroups/v1/runc-events.json"));
}

TEST_CASE("a sample of v2 is runc's line byte for byte") {
  const Sample sample = read_all(test::unified_directories(fixtures / "cgroups/v2"));

  CHECK(to_runc_line(sample, "a2") + "\n" == test::read_text(fixtures / "recorded/runc-v2-stats.json"));
}

TEST_CASE("runc takes memory for swap where swap is not counted on v2") {
  CgroupTree tree;
  tree.put("memory.current", "10\n").put("memory.max", "20\n");

  const Event event = to_runc_event(read_all(tree.unified()), "web");

  CHECK(event.stats->memory->swap->usage_bytes == 10);
  CHECK(event.stats->memory->swap->limit_bytes == Limit(20));
}

TEST_CASE("containerd's metrics of v1") {
  Sample sample = read_all(test::v1_directories(fixtures / "cgroups/v1"));
  sample.stats.blkio->serviced.push_back({.major = 8, .op = "Read", .value = 3});

  const containerd_v1::Metrics metrics =
      to_containerd_v1(sample, [](std::uint64_t major, std::uint64_t) { return major == 8 ? "sda" : ""; });

  CHECK(metrics.cpu->usage.total == 60046213);
  CHECK(metrics.cpu->usage.per_cpu.size() == 2);
  CHECK(metrics.cpu->usage.user == 20'000'000);
  CHECK(metrics.cpu->throttling.periods == 2);
  CHECK(metrics.memory->pg_fault == 1058);
  CHECK(metrics.memory->total_rss == 53248);
  CHECK(metrics.memory->hierarchical_swap_limit == 67108864);
  CHECK(metrics.memory->usage->limit == 33554432);
  CHECK(metrics.memory->swap->usage == 729088);
  CHECK(metrics.memory->kernel->max == 552960);
  CHECK(metrics.memory_oom_control->oom_kill == 0);
  CHECK(metrics.pids->limit == 64);
  CHECK(metrics.blkio->io_serviced_recursive.at(0).device == "sda");
  CHECK_FALSE(metrics.rdma.has_value());
}

TEST_CASE("containerd's metrics of v2") {
  CgroupTree tree;
  tree.put("cpu.stat", "usage_usec 7000001\nuser_usec 5\nsystem_usec 6\nnr_periods 1\n");
  tree.put("cpu.pressure", "some avg10=1.50 avg60=0.00 avg300=0.00 total=9\n").put("memory.stat", "anon 3\npgscan 4\n");
  tree.put("memory.current", "10\n").put("memory.max", "max\n").put("memory.peak", "12\n");
  tree.put("memory.swap.current", "5\n").put("memory.swap.max", "max\n").put("memory.events", "max 2\noom_kill 1\n");
  tree.put("pids.current", "2\n")
      .put("pids.max", "max\n")
      .put("hugetlb.2MB.current", "1\n")
      .put("hugetlb.2MB.max", "max\n");
  tree.put("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=9\n8:16 rbytes=5\n");
  tree.put("rdma.current", "a hca_handle=1 hca_object=2\n").put("rdma.max", "a hca_handle=max hca_object=3\n");

  const containerd_v2::Metrics metrics = to_containerd_v2(read_all(tree.unified()));

  CHECK(metrics.cpu->usage_usec == 7000001);
  CHECK(metrics.cpu->psi->some->avg10 == 1.5);
  CHECK_FALSE(metrics.cpu->psi->full.has_value());
  CHECK(metrics.memory->anon == 3);
  CHECK(metrics.memory->pgscan == 4);
  CHECK(metrics.memory->usage_limit == UINT64_MAX);
  CHECK(metrics.memory->max_usage == 12);
  CHECK(metrics.memory->swap_usage == 5);
  CHECK(metrics.memory->swap_limit == UINT64_MAX);
  CHECK(metrics.memory_events->oom_kill == 1);
  CHECK(metrics.pids->limit == UINT64_MAX);
  CHECK(metrics.hugetlb.at(0).max == UINT64_MAX);
  CHECK(metrics.io->usage.size() == 2);
  CHECK(metrics.io->usage.at(0).wios == 4);
  CHECK(metrics.io->usage.at(1).rbytes == 5);
  CHECK(metrics.rdma->limit.at(0).hca_handles == UINT32_MAX);
}

TEST_CASE("no limit of processes is zero to containerd on v1 and to runc and the largest number on v2") {
  CgroupTree tree;
  tree.put("pids/pids.current", "2\n").put("pids/pids.max", "max\n");
  const Sample sample = read_all(tree.v1());

  CHECK(to_containerd_v1(sample).pids->limit == 0);
  CHECK(to_containerd_v2(sample).pids->limit == UINT64_MAX);
  CHECK(to_crio(sample).pid.limit == 0);
  CHECK(to_runc_line(sample, "web").find("\"pids\":{\"current\":2}") != std::string::npos);
}

TEST_CASE("CRI-O's statistics of v1 and v2") {
  const crio::CgroupStats old = to_crio(read_all(test::v1_directories(fixtures / "cgroups/v1")));
  CHECK(old.memory.usage == 729088);
  CHECK(old.memory.rss_bytes == 53248);
  CHECK(old.memory.working_set_bytes == 729088);
  CHECK(old.memory.available_bytes == 33554432 - 729088);
  CHECK(old.memory.swap_usage == 729088);
  CHECK(old.memory.page_faults == 0);
  CHECK(old.memory.kernel_usage == 258048);
  CHECK(old.cpu.total_usage_nano == 60046213);
  CHECK(old.cpu.throttling_active_periods == 2);
  CHECK(old.pid.limit == 64);
  CHECK(old.system_nano > 0);

  const crio::CgroupStats fresh = to_crio(read_all(test::unified_directories(fixtures / "cgroups/v2")));
  CHECK(fresh.memory.rss_bytes == 53248);
  CHECK(fresh.memory.page_faults == 689);
  CHECK(fresh.memory.swap_usage == 0);
  CHECK(fresh.memory.swap_limit == 67108864);
}

TEST_CASE("CRI-O's huge pages have their use and on v1 the highest") {
  CgroupTree old;
  old.put("hugetlb/hugetlb.2MB.usage_in_bytes", "4194304\n").put("hugetlb/hugetlb.2MB.max_usage_in_bytes", "6291456\n");
  const crio::CgroupStats stats = to_crio(read_all(old.v1()));
  REQUIRE(stats.hugetlb.contains("2MB"));
  CHECK(stats.hugetlb.at("2MB").usage == 4194304);
  CHECK(stats.hugetlb.at("2MB").max == 6291456);

  CgroupTree fresh;
  fresh.put("hugetlb.2MB.current", "4194304\n").put("hugetlb.2MB.max", "max\n");
  CHECK(to_crio(read_all(fresh.unified())).hugetlb.at("2MB").usage == 4194304);
  CHECK(to_crio(read_all(fresh.unified())).hugetlb.at("2MB").max == 0);
}

TEST_CASE("8A-13 memory without a limit has no available bytes on v1 and v2") {
  CgroupTree old;
  old.put("memory/memory.usage_in_bytes", "4096\n").put("memory/memory.limit_in_bytes", "9223372036854771712\n");
  CgroupTree fresh;
  fresh.put("memory.current", "4096\n").put("memory.max", "max\n");

  CHECK(to_crio(read_all(old.v1())).memory.available_bytes == 0);
  CHECK(to_crio(read_all(fresh.unified())).memory.available_bytes == 0);
}

TEST_CASE("8A-13 swap that is not counted on v2 is zero and not below") {
  CgroupTree tree;
  tree.put("memory.current", "4096\n").put("memory.max", "8192\n").put("memory.stat", "inactive_file 9000\n");

  const crio::CgroupStats stats = to_crio(read_all(tree.unified()));

  CHECK(stats.memory.swap_usage == 0);
  CHECK(stats.memory.working_set_bytes == 0);
  CHECK(stats.memory.available_bytes == 8192);
}

TEST_CASE("8A-14 the adapters confuse neither units nor device numbers") {
  CgroupTree tree;
  tree.put("cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n").put("io.stat", "259:3 rbytes=7\n");
  const Sample sample = read_all(tree.unified());

  CHECK(to_runc_event(sample, "web").stats->cpu->usage->total == CpuTime(1'500'000));
  CHECK(to_crio(sample).cpu.usage_in_kernelmode == 500'000);
  CHECK(to_containerd_v2(sample).cpu->user_usec == 1000);
  CHECK(to_containerd_v2(sample).io->usage.at(0).major == 259);
  CHECK(to_containerd_v2(sample).io->usage.at(0).minor == 3);
  CHECK(to_runc_event(sample, "web").stats->blkio->service_bytes.at(0).major == 259);
}
