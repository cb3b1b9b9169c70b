// SPDX-License-Identifier: Apache-2.0
// Statistics of recorded and of made up cgroups.
#include <doctest/doctest.h>

#include <algorithm>

#include <crunc/cgroups/stat_reader.hpp>
#include <crunc/cgroups/stats.hpp>

#include "support/cgroup_tree.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::CgroupTree;

namespace {

const std::filesystem::path trees = CRUNC_FIXTURES_PATH "/cgroups";

Sample read_all(const Directories& directories) { return read_stats(directories, StatMask::all).value(); }

bool names(const Sample& sample, std::string_view file) {
  return std::ranges::find(sample.errors, file, &StatError::file) != sample.errors.end();
}

}  // namespace

TEST_CASE("a recorded container on v1 is read") {
  const Sample sample = read_all(test::v1_directories(trees / "v1"));

  CHECK(sample.errors.empty());
  CHECK(sample.on_v2.empty());
  const CpuStats& cpu = sample.stats.cpu.value();
  CHECK(cpu.usage->total == CpuTime(60046213));
  CHECK(cpu.usage->user == CpuTime(20'000'000));
  CHECK(cpu.usage->kernel == CpuTime(40'000'000));
  CHECK(cpu.usage->percpu.size() == 2);
  CHECK(cpu.usage->percpu_kernel == std::vector<CpuTime>{CpuTime(24000000), CpuTime(16000000)});
  CHECK(cpu.throttling->periods == 2);
  CHECK(cpu.burst->periods == 0);
  const MemoryStats& memory = sample.stats.memory.value();
  CHECK(memory.usage->limit_bytes == Limit(33554432));
  CHECK(memory.swap->limit_bytes == Limit(67108864));
  CHECK(memory.swap_only->usage_bytes == 0);
  CHECK_FALSE(memory.swap_only->limit_bytes.has_value());
  CHECK(memory.kernel->limit_bytes->unlimited());
  CHECK(memory.cache_bytes == 12288);
  CHECK(memory.raw.at("hierarchical_memsw_limit") == 67108864);
  CHECK(sample.details.memory_numa.at("hierarchical_anon").nodes.at(0) == 13);
  CHECK(sample.details.memory_numa.at("total").total == 16);
  CHECK(sample.details.oom_control->oom_kill == 0);
  CHECK(sample.details.use_hierarchy == true);
  CHECK(sample.stats.pids->limit == Limit(64));
  CHECK(sample.stats.cpuset->cpus == std::vector<std::uint32_t>{0, 1});
  CHECK(sample.stats.cpuset->sched_relax_domain_level == -1);
  CHECK(sample.stats.blkio == BlkioStats{});
}

TEST_CASE("a recorded container on v2 is read") {
  const Sample sample = read_all(test::unified_directories(trees / "v2"));

  CHECK(sample.errors.empty());
  CHECK(sample.on_v2.contains(Controller::memory));
  CHECK(sample.stats.cpu->usage->total == CpuTime(271943000));
  CHECK(sample.stats.cpu->throttling->periods == 7);
  CHECK(sample.stats.cpu->psi->some->total == StallTime(35064));
  const MemoryStats& memory = sample.stats.memory.value();
  CHECK(memory.usage->usage_bytes == 303104);
  CHECK(memory.usage->max_bytes == 6111232);
  CHECK(memory.swap_only->limit_bytes == Limit(33554432));
  CHECK(memory.swap->limit_bytes == Limit(67108864));
  CHECK(memory.swap->usage_bytes == 303104);
  CHECK(memory.psi->full->total == StallTime(0));
  CHECK(sample.details.memory_events->oom_kill == 0);
  CHECK(sample.details.memory_numa.at("anon").nodes.at(0) == 53248);
  CHECK_FALSE(sample.details.memory_numa.at("anon").total.has_value());
  CHECK(sample.stats.hugetlb.at("2MB").failcnt == 0);
  CHECK(sample.details.hugetlb.at("1GB").limit_bytes->unlimited());
  CHECK(sample.stats.rdma == RdmaStats{});
  CHECK_FALSE(sample.stats.cpuset.has_value());
}

TEST_CASE("v1 and v2 say the same of the same use") {
  CgroupTree old;
  old.put("cpuacct/cpuacct.usage", "7000000000\n").put("cpuacct/cpuacct.stat", "user 500\nsystem 200\n");
  old.put("cpu/cpu.stat", "nr_periods 10\nnr_throttled 3\nthrottled_time 250000000\nnr_bursts 1\nburst_time 4000\n");
  CgroupTree fresh;
  fresh.put("cpu.stat",
            "usage_usec 7000000\nuser_usec 5000000\nsystem_usec 2000000\nnr_periods 10\nnr_throttled 3\n"
            "throttled_usec 250000\nnr_bursts 1\nburst_usec 4\n");

  CHECK(read_all(old.v1()).stats.cpu == read_all(fresh.unified()).stats.cpu);
}

TEST_CASE("one bad file loses nothing but itself") {
  CgroupTree tree;
  tree.put("cpu.stat", "usage_usec many\n").put("memory.current", "4096\n").put("memory.max", "\xff\xfe\n");
  tree.put("memory.stat", std::string("anon 1\0\n", 8))
      .put("pids.current", "7\n")
      .put("pids.max", "99999999999999999999\n");
  tree.put("io.stat", "8:0 rbytes=x wbytes=5\n").put("memory.events", "oom_kill\n");

  const Sample sample = read_all(tree.unified());

  CHECK(sample.stats.memory->usage->usage_bytes == 4096);
  CHECK(sample.stats.pids->current == 7);
  CHECK(sample.stats.blkio->service_bytes.size() == 1);
  CHECK(sample.stats.memory->raw.empty());
  for (const char* file : {"cpu.stat", "memory.max", "memory.stat", "pids.max", "io.stat", "memory.events"}) {
    CHECK(names(sample, file));
  }
  CHECK(sample.errors.size() == 6);
  CHECK(sample.errors.front().error.code == Errc::malformed_output);
}

TEST_CASE("rows of a device that the kernel cannot name are passed over (cd#393)") {
  CgroupTree tree;
  tree.put("blkio/blkio.throttle.io_serviced_recursive", "8:0 Read 3\n(unknown) Read 4\n8:0 Total 3\nTotal 7\n");
  tree.put("blkio/blkio.throttle.io_service_bytes_recursive", "8:0 Read 4096\nbroken\n8:0 Write 1\n");

  const Sample sample = read_all(tree.v1());

  CHECK(sample.stats.blkio->serviced.size() == 2);
  CHECK(sample.stats.blkio->service_bytes.size() == 2);
  CHECK(sample.errors.size() == 1);
  CHECK(names(sample, "blkio.throttle.io_service_bytes_recursive"));
}

TEST_CASE("block IO comes from the first files that have any") {
  CgroupTree tree;
  tree.put("blkio/blkio.bfq.io_serviced_recursive", "Total 0\n");
  tree.put("blkio/blkio.bfq.io_service_bytes_recursive", "8:0 Read 1\n");
  tree.put("blkio/blkio.throttle.io_serviced_recursive", "8:0 Read 3\n8:16 4\n");
  tree.put("blkio/blkio.throttle.io_service_bytes_recursive", "8:0 Read 4096\n");
  tree.put("blkio/blkio.throttle.io_serviced", "8:0 Read 99\n");

  const BlkioStats blkio = read_all(tree.v1()).stats.blkio.value();

  CHECK(blkio.serviced ==
        std::vector<BlkioEntry>{{.major = 8, .op = "Read", .value = 3}, {.major = 8, .minor = 16, .value = 4}});
  CHECK(blkio.service_bytes == std::vector<BlkioEntry>{{.major = 8, .op = "Read", .value = 4096}});
}

TEST_CASE("io.stat of v2 goes into v1's lists") {
  CgroupTree tree;
  tree.put("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 cost.usage=7 cost.wait=8 new=x\n259:1\n");

  const Sample sample = read_all(tree.unified());

  CHECK(sample.errors.empty());
  const BlkioStats& blkio = sample.stats.blkio.value();
  CHECK(blkio.service_bytes == std::vector<BlkioEntry>{{.major = 8, .op = "Read", .value = 1},
                                                       {.major = 8, .op = "Write", .value = 2},
                                                       {.major = 8, .op = "Discard", .value = 5}});
  CHECK(blkio.serviced.size() == 3);
  CHECK(blkio.cost_usage == std::vector<BlkioEntry>{{.major = 8, .op = "Count", .value = 7}});
  CHECK(blkio.cost_wait.size() == 1);
}

TEST_CASE("rdma and misc and huge pages of made up devices") {
  CgroupTree tree;
  tree.put("rdma.current", "mlx4_0 hca_handle=2 hca_object=2000\nocrdma1 hca_handle=0 hca_object=0\n");
  tree.put("rdma.max", "mlx4_0 hca_handle=max hca_object=2000\n");
  tree.put("misc.current", "sev 3\nsev_es 0\n").put("misc.events", "sev.max 1\n");
  tree.put("hugetlb.64KB.current", "65536\n").put("hugetlb.64KB.max", "131072\n");
  tree.put("hugetlb.64KB.events", "max 4\n").put("hugetlb.64KB.rsvd.current", "196608\n");

  const Sample sample = read_all(tree.unified());

  CHECK(sample.errors.empty());
  CHECK(sample.stats.rdma->current.size() == 2);
  CHECK(sample.stats.rdma->current.at(0).hca_objects == Limit(2000));
  CHECK(sample.stats.rdma->limit.at(0).hca_handles->unlimited());
  CHECK(sample.stats.misc.at("sev").usage == 3);
  CHECK(sample.stats.misc.at("sev").events == 1);
  CHECK_FALSE(sample.stats.misc.at("sev_es").events.has_value());
  CHECK(sample.stats.hugetlb.at("64KB").usage_bytes == 196608);
  CHECK(sample.stats.hugetlb.at("64KB").failcnt == 4);
  CHECK(sample.details.hugetlb.at("64KB").usage_bytes == 65536);
  CHECK(sample.details.hugetlb.at("64KB").limit_bytes == Limit(131072));
}

TEST_CASE("huge pages of v1 count reservations where there are files of them") {
  CgroupTree tree;
  tree.put("hugetlb/hugetlb.2MB.usage_in_bytes", "1\n").put("hugetlb/hugetlb.2MB.rsvd.usage_in_bytes", "2\n");
  tree.put("hugetlb/hugetlb.2MB.max_usage_in_bytes", "3\n").put("hugetlb/hugetlb.2MB.failcnt", "4\n");
  tree.put("hugetlb/hugetlb.../x", "5\n");

  const Sample sample = read_all(tree.v1());

  CHECK(sample.errors.empty());
  CHECK(sample.stats.hugetlb.size() == 1);
  CHECK(sample.stats.hugetlb.at("2MB").usage_bytes == 2);
  CHECK(sample.stats.hugetlb.at("2MB").max_bytes == 3);
  CHECK(sample.details.hugetlb.at("2MB").usage_bytes == 1);
}

TEST_CASE("memory without a limit on v2 has none with swap either") {
  CgroupTree tree;
  tree.put("memory.current", "10\n").put("memory.max", "max\n");
  tree.put("memory.swap.current", "5\n").put("memory.swap.max", "100\n");

  const MemoryStats memory = read_all(tree.unified()).stats.memory.value();

  CHECK(memory.swap->usage_bytes == 15);
  CHECK(memory.swap->limit_bytes->unlimited());
  CHECK(memory.swap_only->limit_bytes == Limit(100));
}

TEST_CASE("8A-10 swap read a moment before memory is not below zero") {
  CgroupTree tree;
  tree.put("memory/memory.usage_in_bytes", "100\n").put("memory/memory.memsw.usage_in_bytes", "96\n");

  CHECK(read_all(tree.v1()).stats.memory->swap_only->usage_bytes == 0);
}

TEST_CASE("8A-10 swap that is not counted is absent and not a number") {
  CgroupTree tree;
  tree.put("memory/memory.usage_in_bytes", "100\n");

  const MemoryStats memory = read_all(tree.v1()).stats.memory.value();

  CHECK_FALSE(memory.swap.has_value());
  CHECK_FALSE(memory.swap_only.has_value());
}

TEST_CASE("8B kernel memory without a limit file keeps the rest (runc#4028)") {
  CgroupTree tree;
  tree.put("memory/memory.kmem.usage_in_bytes", "5\n").put("memory/memory.kmem.failcnt", "0\n");

  const Sample sample = read_all(tree.v1());

  CHECK(sample.errors.empty());
  CHECK(sample.stats.memory->kernel->usage_bytes == 5);
  CHECK_FALSE(sample.stats.memory->kernel->limit_bytes.has_value());
}

TEST_CASE("8B burst counters may be missing on v1 and v2") {
  CgroupTree tree;
  tree.put("cpu/cpu.stat", "nr_periods 1\nnr_throttled 0\nthrottled_time 0\n");
  CgroupTree fresh;
  fresh.put("cpu.stat", "usage_usec 1\nuser_usec 1\nsystem_usec 0\nnr_periods 1\n");

  CHECK_FALSE(read_all(tree.v1()).stats.cpu->burst.has_value());
  CHECK_FALSE(read_all(fresh.unified()).stats.cpu->burst.has_value());
  CHECK(read_all(tree.v1()).stats.cpu->throttling->periods == 1);
}

TEST_CASE("without a pids controller on v2 the processes are counted") {
  CgroupTree tree;
  tree.put("cgroup.procs", "1\n22\n333\n");

  const Sample sample = read_all(tree.unified());

  CHECK(sample.stats.pids->current == 3);
  CHECK(sample.stats.pids->limit.unlimited());
}

TEST_CASE("on a hybrid host each controller is read where it is") {
  CgroupTree v1;
  v1.put("memory/memory.usage_in_bytes", "100\n");
  CgroupTree unified;
  unified.put("hugetlb.2MB.current", "7\n").put("memory.current", "999\n");
  unified.put("memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
  const auto fd = test::open_directory(unified.path());
  Directories directories = v1.v1();
  directories.set(Controller::hugetlb, {fd->fd(), true});
  directories.set_unified(fd->fd());

  const Sample sample = read_all(directories);

  CHECK(sample.stats.memory->usage->usage_bytes == 100);
  CHECK(sample.stats.memory->psi->some->total == StallTime(5));
  CHECK(sample.stats.hugetlb.at("2MB").usage_bytes == 7);
  CHECK(sample.on_v2 == ControllerSet{Controller::hugetlb});
}

TEST_CASE("only what was asked for is read") {
  const Sample sample = read_stats(test::unified_directories(trees / "v2"), StatMask::cri).value();

  CHECK(sample.stats.memory->usage->usage_bytes == 303104);
  CHECK(sample.stats.pids->current == 2);
  CHECK(sample.stats.pids->limit.unlimited());
  CHECK_FALSE(sample.stats.blkio.has_value());
  CHECK_FALSE(sample.stats.memory->psi.has_value());
  CHECK(sample.stats.hugetlb.empty());
}

TEST_CASE("8A-9 a cgroup that was removed is an error for a reading and for a reader") {
  CgroupTree tree;
  tree.put("web/memory.current", "1\n").put("web/pids.current", "1\n");
  const Directories directories = test::unified_directories(tree.path() / "web");
  StatReader reader = StatReader::open(directories, StatMask::cri).value();
  std::filesystem::remove_all(tree.path() / "web");

  CHECK(read_stats(directories).error().code == Errc::cgroup_gone);
  CHECK(StatReader::open(directories).error().code == Errc::cgroup_gone);
}

TEST_CASE("a sample that is used again keeps nothing of the last time") {
  CgroupTree full;
  full.put("hugetlb.2MB.current", "7\n").put("misc.current", "sev 1\n").put("rdma.current", "a hca_handle=1\n");
  full.put("memory.stat", "anon 1\n").put("memory.numa_stat", "anon N0=1\n").put("memory.current", "1\n");
  full.put("io.stat", "8:0 rbytes=1\n")
      .put("cpu.stat", "usage_usec 1\nnr_periods 1\n")
      .put("memory.swap.current", "1\n");
  full.put("memory.events", "oom 1\n").put("pids.current", "bad\n");
  CgroupTree bare;
  bare.put("pids.current", "3\n");
  StatReader first = StatReader::open(full.unified(), StatMask::all).value();
  StatReader second = StatReader::open(bare.unified(), StatMask::all).value();
  Sample sample;
  REQUIRE(first.read(sample).has_value());
  CHECK(sample.errors.size() == 1);
  CHECK(sample.stats == read_all(full.unified()).stats);

  REQUIRE(second.read(sample).has_value());

  CHECK(sample.errors.empty());
  CHECK(sample.stats == read_all(bare.unified()).stats);
  CHECK(sample.details == SampleDetails{});
}
