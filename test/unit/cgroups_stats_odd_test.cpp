// SPDX-License-Identifier: Apache-2.0
// Statistics of cgroups that lack much: the root, and those of rare controllers.
#include <doctest/doctest.h>

#include <crunc/cgroups/stat_reader.hpp>
#include <crunc/cgroups/stats_compat.hpp>

#include "support/cgroup_tree.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::CgroupTree;

namespace {

Sample read_all(const Directories& directories) { return read_stats(directories, StatMask::all).value(); }

/// The root of cgroup v2 has no file that a limit or a usage would be in.
CgroupTree root_of_v2() {
  CgroupTree tree;
  tree.put("cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n").put("cgroup.procs", "2\n3\n");
  tree.put("cgroup.subtree_control", "cpu memory\n").put("cgroup.threads", "2\n3\n").put("memory.reclaim", "");
  tree.put("cpu.stat", "usage_usec 9\nuser_usec 5\nsystem_usec 4\n");
  tree.put("memory.stat", "anon 4096\nfile 8192\n").put("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4\n");
  tree.put("cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
  return tree;
}

}  // namespace

TEST_CASE("the root of v2 is read without an error and what it has no file for is absent and not zero") {
  const CgroupTree tree = root_of_v2();
  StatReader reader = StatReader::open(tree.unified(), StatMask::all).value();
  Sample hot;
  REQUIRE(reader.read(hot).has_value());

  for (const Sample& sample : {read_all(tree.unified()), hot}) {
    CHECK(sample.errors.empty());
    CHECK(sample.stats.cpu->usage->total == CpuTime(9000));
    CHECK_FALSE(sample.stats.cpu->throttling.has_value());
    CHECK_FALSE(sample.stats.memory->usage.has_value());
    CHECK_FALSE(sample.stats.memory->swap.has_value());
    CHECK_FALSE(sample.stats.memory->swap_only.has_value());
    CHECK(sample.stats.memory->raw.at("anon") == 4096);
    CHECK(sample.stats.memory->cache_bytes == 8192);
    CHECK(sample.stats.blkio->serviced.size() == 2);
    CHECK(sample.stats.pids->current == 2);
    CHECK_FALSE(sample.stats.rdma.has_value());
    CHECK(sample.stats.hugetlb.empty());
    CHECK(sample.details == SampleDetails{});
  }
}

TEST_CASE("8B of the root nothing of memory is read that was not asked for") {
  CgroupTree tree = root_of_v2();
  tree.put("memory.stat", "what would be an error\n");
  const Sample sample = read_stats(tree.unified(), StatMask::standard - StatMask::memory_stat).value();

  CHECK(sample.errors.empty());
  CHECK_FALSE(sample.stats.memory.has_value());
  CHECK(sample.stats.cpu->usage->total == CpuTime(9000));
}

TEST_CASE("the root goes into every shape of others") {
  const Sample sample = read_all(root_of_v2().unified());

  CHECK(to_runc_line(sample, "root").find(R"("memory":{"cache":8192,"usage":{"limit":0,"failcnt":0},)") !=
        std::string::npos);
  CHECK(to_containerd_v2(sample).memory->usage == 0);
  CHECK(to_crio(sample).memory.usage == 0);
}

TEST_CASE("the root of v1 is read without an error") {
  CgroupTree tree;
  tree.put("cpuacct/cpuacct.usage", "7\n").put("memory/memory.usage_in_bytes", "4096\n");
  tree.put("memory/memory.limit_in_bytes", "9223372036854771712\n").put("pids/cgroup.procs", "1\n");
  tree.put("cpu/cgroup.procs", "1\n").put("blkio/blkio.throttle.io_serviced", "");

  const Sample sample = read_all(tree.v1());

  CHECK(sample.errors.empty());
  CHECK(sample.stats.cpu->usage->total == CpuTime(7));
  CHECK(sample.stats.memory->usage->limit_bytes->unlimited());
  CHECK_FALSE(sample.stats.pids.has_value());
}

TEST_CASE("rdma is read on v1 as on v2") {
  CgroupTree old;
  old.put("rdma/rdma.current", "mlx4_0 hca_handle=2 hca_object=2000\n").put("rdma/rdma.max", "mlx4_0 hca_handle=max\n");
  CgroupTree fresh;
  fresh.put("rdma.current", "mlx4_0 hca_handle=2 hca_object=2000\n").put("rdma.max", "mlx4_0 hca_handle=max\n");

  const Sample sample = read_all(old.v1());

  CHECK(sample.errors.empty());
  REQUIRE(sample.stats.rdma.has_value());
  CHECK(sample.stats.rdma->current.at(0).device == "mlx4_0");
  CHECK(sample.stats.rdma->limit.at(0).hca_handles->unlimited());
  CHECK_FALSE(sample.stats.rdma->limit.at(0).hca_objects.has_value());
  CHECK(sample.stats.rdma == read_all(fresh.unified()).stats.rdma);
}

TEST_CASE("bad rows of rdma and misc are named and lose nothing but themselves") {
  CgroupTree tree;
  tree.put("rdma.current", "a hca_handle=x\nb hca_handle=1\n\n").put("rdma.max", "a hca_handle=max new_key=y\n");
  tree.put("misc.current", "sev 3\nsev_es many\n").put("misc.events", "sev.max 1\nother 2\n");

  const Sample sample = read_all(tree.unified());

  CHECK(sample.errors.size() == 2);
  CHECK(sample.stats.rdma->current.size() == 1);
  CHECK(sample.stats.rdma->current.at(0).device == "b");
  CHECK(sample.stats.rdma->limit.size() == 1);
  CHECK(sample.stats.misc.at("sev").usage == 3);
  CHECK(sample.stats.misc.at("sev").events == 1);
  CHECK(sample.stats.misc.size() == 1);
}

TEST_CASE("8A-10 limits of memory and swap of v2 that are each close to none do not wrap when added") {
  CgroupTree tree;
  tree.put("memory.current", "4096\n").put("memory.max", "9223372036854710271\n");
  tree.put("memory.swap.current", "1\n").put("memory.swap.max", "9223372036854710271\n");

  const MemoryStats memory = read_all(tree.unified()).stats.memory.value();

  CHECK(memory.swap->limit_bytes->unlimited());
  CHECK(memory.swap->usage_bytes == 4097);
}
