// SPDX-License-Identifier: Apache-2.0
// Statistics of the root of this machine's hierarchies, which lacks most of the files that other cgroups have.
#include <doctest/doctest.h>

#include <memory>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/stat_reader.hpp>

#include "support/requirements.hpp"

using namespace crunc;
using namespace crunc::cgroups;

namespace {

std::shared_ptr<const Cgroup> root_of(const Hierarchy& machine) {
  return std::make_shared<const Cgroup>(Cgroup::load(machine, CgroupPath{}).value());
}

bool is_skipped() { return test::skip_unless_root() || test::skip_unless(detect() != Mode::unavailable, "no cgroups"); }

std::string errors_of(const Sample& sample) {
  std::string all;
  for (const StatError& each : sample.errors) all += each.file + ": " + each.error.message() + "\n";
  return all;
}

/// Absent where no controller counts it.
std::optional<CpuTime> cpu_time(const Sample& sample) {
  const auto& cpu = sample.stats.cpu;
  return cpu && cpu->usage ? cpu->usage->total : std::nullopt;
}

}  // namespace

TEST_CASE("the root can be read as any cgroup by a reading and by a reader") {
  if (is_skipped()) return;
  const Directories root = directories_of(root_of(Hierarchy::system().value()));

  const Sample sample = read_stats(root, StatMask::all).value();
  StatReader reader = StatReader::open(root, StatMask::all).value();
  Sample hot;
  REQUIRE(reader.read(hot).has_value());

  CHECK(errors_of(sample) == "");
  CHECK(errors_of(hot) == "");
  // Two readings are not ordered: the kernel's estimates of the root go back at times.
  const Hierarchy hierarchy = Hierarchy::system().value();
  const bool counts = hierarchy.has(Controller::cpu) || hierarchy.has(Controller::cpuacct);
  CHECK((cpu_time(sample) > CpuTime(0)) == counts);
  CHECK((cpu_time(hot) > CpuTime(0)) == counts);
  CHECK(sample.stats.memory.has_value() == hot.stats.memory.has_value());
}

TEST_CASE("what the root of v2 has no file for is absent") {
  if (is_skipped()) return;
  const Hierarchy machine = Hierarchy::system().value();
  if (test::skip_unless(machine.on_v2(Controller::memory), "memory is not on cgroup v2")) return;

  const Sample sample = read_stats(directories_of(root_of(machine)), StatMask::all).value();

  CHECK_FALSE(sample.stats.memory->usage.has_value());
  CHECK_FALSE(sample.stats.memory->swap_only.has_value());
  CHECK_FALSE(sample.stats.memory->swap.has_value());
  CHECK_FALSE(sample.details.memory_events.has_value());
  CHECK(sample.stats.memory->raw.at("anon") > 0);
  CHECK(sample.stats.hugetlb.empty());
  CHECK_FALSE(sample.stats.rdma.has_value());
}
