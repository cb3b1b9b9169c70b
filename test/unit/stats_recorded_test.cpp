// SPDX-License-Identifier: Apache-2.0
// Decoding and writing of `events` lines, on what real runc printed.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "oci/event_reader.hpp"
#include "oci/event_writer.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using oci::EventReader;
using oci::write_event;

namespace {

constexpr const char* setups[] = {"runc-v1", "runc-v2", "runc-systemd-v1", "runc-systemd-v2"};

/// The lines of a recorded file.
std::vector<std::string> recorded(const std::string& name) {
  const std::string text = test::read_text(std::string(CRUNC_FIXTURES_PATH "/recorded/") + name);
  REQUIRE_FALSE(text.empty());
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

Stats stats_of(const std::string& setup) {
  EventReader reader;
  Event event;
  const auto read = reader.read(recorded(setup + "-stats.json").front(), event);
  REQUIRE(read.has_value());
  CHECK(event.type == EventType::stats);
  CHECK(event.type_text == "stats");
  CHECK(event.id == "a2");
  REQUIRE(event.stats.has_value());
  return *event.stats;
}

/// Number of extra members at the top levels, where a misspelt key would end up.
std::size_t strays(const Stats& stats) {
  return stats.extra.size() + stats.cpu->extra.size() + stats.cpu->usage->extra.size() + stats.cpuset->extra.size() +
         stats.memory->extra.size() + stats.memory->usage->extra.size() + stats.pids->extra.size() +
         stats.blkio->extra.size() + stats.intel_rdt->extra.size();
}

}  // namespace

TEST_CASE("every recorded line of events decodes and comes out again as the same JSON") {
  EventReader reader;
  Event event;
  int lines = 0;
  for (const std::string setup : setups) {
    for (const char* const file : {"-stats.json", "-oom-events.jsonl"}) {
      for (const std::string& line : recorded(setup + file)) {
        CAPTURE(line);
        const auto read = reader.read(line, event);
        REQUIRE(read.has_value());
        CHECK(event.stats.has_value() == (event.type == EventType::stats));
        CHECK(event.extra.empty());
        const std::string written = write_event(event);
        CHECK(boost::json::parse(written) == boost::json::parse(line));
        CHECK(written == line);  // runc's order and its omissions too
        Event again;
        REQUIRE(EventReader().read(written, again).has_value());
        CHECK(again == event);
        if (event.stats) CHECK(strays(*event.stats) == 0);
        ++lines;
      }
    }
  }
  CHECK(lines == 43);
}

TEST_CASE("the recorded stats of runc on cgroup v1 have the values that were printed") {
  const Stats stats = stats_of("runc-v1");

  CHECK(stats.cpu->usage->total == CpuTime(410411218));
  CHECK(stats.cpu->usage->percpu == std::vector{CpuTime(255285422), CpuTime(155125796)});
  CHECK(stats.cpu->usage->percpu_kernel == std::vector{CpuTime(184000000), CpuTime(92000000)});
  CHECK(stats.cpu->usage->percpu_user == std::vector{CpuTime(52000000), CpuTime(36000000)});
  CHECK(stats.cpu->usage->kernel == 310ms);
  CHECK(stats.cpu->usage->user == 90ms);
  CHECK(stats.cpu->throttling->periods == 8);
  CHECK_FALSE(stats.cpu->throttling->throttled_periods.has_value());
  CHECK_FALSE(stats.cpu->psi.has_value());
  CHECK(stats.cpuset->cpus == std::vector<std::uint32_t>{0, 1});
  CHECK(stats.cpuset->mems == std::vector<std::uint32_t>{0});
  CHECK(stats.cpuset->sched_load_balance == 1);
  CHECK(stats.cpuset->sched_relax_domain_level == -1);
  CHECK(stats.memory->cache_bytes == 12288);
  CHECK(stats.memory->usage->limit_bytes == Limit(32U << 20U));
  CHECK(stats.memory->usage->usage_bytes == 335872);
  CHECK(stats.memory->usage->max_bytes == 3858432);
  CHECK(stats.memory->usage->failcnt == 0);
  CHECK(stats.memory->kernel->limit_bytes->unlimited());
  CHECK(stats.memory->kernel->limit_bytes->printed() == 9223372036854771712U);
  CHECK_FALSE(stats.memory->kernel_tcp->usage_bytes.has_value());
  CHECK(stats.memory->raw.size() == 40);
  CHECK(stats.memory->raw.at("total_pgfault") == 741);
  CHECK(stats.pids->current == 2);
  CHECK(stats.pids->limit == Limit(64));
}

TEST_CASE("the recorded block IO and huge pages of runc on cgroup v1 have the values that were printed") {
  const Stats stats = stats_of("runc-v1");

  REQUIRE(stats.blkio->service_bytes.size() == 6);
  CHECK(stats.blkio->service_bytes[1] == BlkioEntry{.major = 259, .op = "Write"});
  CHECK(stats.blkio->serviced.back().op == "Total");
  CHECK(stats.blkio->queued.empty());
  CHECK(stats.hugetlb.size() == 2);
  CHECK(stats.hugetlb.at("2MB").failcnt == 0);
  CHECK(stats.intel_rdt == IntelRdtStats{});
  CHECK_FALSE(stats.network_interfaces.has_value());
}

TEST_CASE("the recorded stats of runc on cgroup v2 have the values that were printed") {
  const Stats stats = stats_of("runc-v2");

  CHECK(stats.cpu->usage->total == CpuTime(271943000));
  CHECK(stats.cpu->usage->percpu.empty());
  CHECK(stats.cpuset->cpus.empty());
  CHECK(stats.cpuset->sched_relax_domain_level == 0);
  CHECK_FALSE(stats.memory->cache_bytes.has_value());
  CHECK(stats.memory->swap->limit_bytes == Limit(64U << 20U));
  CHECK(stats.memory->kernel->limit_bytes == Limit(0));
  CHECK(stats.memory->raw.at("anon") == 53248);
  CHECK(stats.blkio == BlkioStats{});
}

TEST_CASE("pids without a limit are unlimited") {
  EventReader reader;
  Event event;
  int seen = 0;
  for (const std::string& line : recorded("runc-v2-oom-events.jsonl")) {
    REQUIRE(reader.read(line, event).has_value());
    if (!event.stats) continue;
    CHECK(event.stats->pids->current.has_value());
    CHECK(event.stats->pids->limit.unlimited());
    ++seen;
  }
  CHECK(seen > 0);
}
