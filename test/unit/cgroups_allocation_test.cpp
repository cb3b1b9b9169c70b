// SPDX-License-Identifier: Apache-2.0
// A reader that is used again and again with the same Sample asks for no memory.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <tuple>

#include <crunc/cgroups/stat_reader.hpp>

#include "support/allocations.hpp"
#include "support/cgroup_tree.hpp"
#include "support/requirements.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::CgroupTree;

namespace {

const std::filesystem::path trees = CRUNC_FIXTURES_PATH "/cgroups";

bool is_skipped() { return test::skip_unless(test::counts_allocations(), "a sanitizer allocates in its own way"); }

/// How often ten reads ask for memory, after the two that all is put in place by.
std::size_t allocations_of(const Directories& directories, StatMask mask) {
  StatReader reader = StatReader::open(directories, mask).value();
  Sample sample;
  for (int i = 0; i < 2; ++i) REQUIRE(reader.read(sample).has_value());
  REQUIRE(sample.errors.empty());
  bool good = true;
  const std::size_t before = test::allocations();
  for (int i = 0; i < 10; ++i) good = reader.read(sample).has_value() && good;
  const std::size_t after = test::allocations();
  CHECK(good);
  return after - before;
}

}  // namespace

TEST_CASE("allocations are counted") {
  if (is_skipped()) return;
  const std::size_t before = test::allocations();
  const std::string text(100, 'x');
  const auto number = std::make_unique<int>(static_cast<int>(text.size()));

  CHECK(*number == 100);
  CHECK(test::allocations() - before == 2);
}

TEST_CASE("a hot reader allocates nothing from its third reading on") {
  if (is_skipped()) return;
  for (const StatMask mask : {StatMask::cri, StatMask::standard, StatMask::runc, StatMask::all}) {
    CAPTURE(static_cast<std::uint32_t>(mask));
    CHECK(allocations_of(test::v1_directories(trees / "v1"), mask) == 0);
    CHECK(allocations_of(test::unified_directories(trees / "v2"), mask) == 0);
  }
}

TEST_CASE("a hot reader allocates nothing for many nodes and devices and long lists either") {
  if (is_skipped()) return;
  CgroupTree tree;
  tree.put("memory.numa_stat", "anon N0=1 N1=2 N2=3 N3=4\nfile N0=1 N1=2 N2=3 N3=4\n");
  tree.put("rdma.current", "rocep129s0f1v127 hca_handle=2 hca_object=2000\nmlx5_0 hca_handle=1 hca_object=1\n");
  tree.put("rdma.max", "rocep129s0f1v127 hca_handle=max hca_object=max\n");
  tree.put("misc.current", "a_resource_with_a_long_name 3\n").put("misc.events", "a_resource_with_a_long_name.max 1\n");
  tree.put("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n259:1 rbytes=1 cost.usage=7\n");
  std::string processes;
  for (int pid = 10000; pid < 20000; ++pid) processes += std::to_string(pid) + "\n";
  tree.put("cgroup.procs", processes);
  CgroupTree old;
  std::string processors;
  for (int i = 0; i < 256; ++i) processors += "123456789 ";
  old.put("cpuacct/cpuacct.usage_percpu", processors + "\n").put("cpuset/cpuset.cpus", "0-255\n");
  old.put("blkio/blkio.throttle.io_serviced_recursive", "8:0 Read 3\n8:0 Write 4\n8:0 Discard 5\n");
  old.put("memory/memory.numa_stat", "total=6 N0=1 N1=5\nhierarchical_unevictable=3 N0=1 N1=2\n");

  CHECK(allocations_of(tree.unified(), StatMask::all) == 0);
  CHECK(allocations_of(old.v1(), StatMask::all) == 0);
}

TEST_CASE("nodes and devices that have gone are not kept with their memory") {
  CgroupTree tree;
  tree.put("memory.numa_stat", "anon N0=1 N1=2\nfile N0=3 N1=4\n");
  tree.put("rdma.current", "a hca_handle=1\nb hca_object=2\n").put("rdma.max", "a hca_handle=max\n");
  const StatMask mask = StatMask::memory_numa | StatMask::rdma;
  StatReader reader = StatReader::open(tree.unified(), mask).value();
  Sample sample;
  REQUIRE(reader.read(sample).has_value());
  CHECK(sample.details.memory_numa.at("file").nodes.size() == 2);
  CHECK(sample.stats.rdma->current.size() == 2);

  for (const auto& [numa, current, limit] :
       {std::tuple("anon N1=9\n", "b hca_handle=3\n", ""), std::tuple("file N0=1 N2=7\n", "", "c hca_object=4\n"),
        std::tuple("anon N0=1 N0=2\n", "a hca_handle=x\nb hca_object=5\n", "broken hca_handle=\n")}) {
    tree.put("memory.numa_stat", numa).put("rdma.current", current).put("rdma.max", limit);
    REQUIRE(reader.read(sample).has_value());
    const Sample fresh = read_stats(tree.unified(), mask).value();
    CHECK(sample.stats == fresh.stats);
    CHECK(sample.details == fresh.details);
    CHECK(sample.errors.size() == fresh.errors.size());
  }
  CHECK(sample.details.memory_numa.at("anon").nodes.size() == 1);
  CHECK(sample.stats.rdma->current.size() == 1);
  CHECK(sample.stats.rdma->current.front().hca_objects == Limit(5));
  CHECK(sample.stats.rdma->limit.empty());
}
