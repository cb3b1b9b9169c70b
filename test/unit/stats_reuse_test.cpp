// SPDX-License-Identifier: Apache-2.0
// A reader and an event that are used for line after line keep memory, but no values.
#include <doctest/doctest.h>

#include <array>

#include "oci/event_reader.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using oci::EventReader;

namespace {

const std::array lines{
    test::read_text(CRUNC_FIXTURES_PATH "/recorded/runc-v1-stats.json"),
    test::read_text(CRUNC_FIXTURES_PATH "/recorded/runc-v2-stats.json"),
    std::string(R"({"type":"oom","id":"o1"})"),
    std::string(R"({"type":"stats","id":"a","data":{}})"),
    std::string(R"({"type":"stats","id":"a","data":{"cpu":{},"cpuset":{},"memory":{},"pids":{},"blkio":{}}})"),
    std::string(R"({"type":"stats","id":"a","x":1,"data":{"y":2,"cpu":{"usage":{"percpu":[],"percpu_user":[1,2,3]}},)"
                R"("memory":{"raw":{"rss":1,"zzz":2},"usage":{"limit":1}},"hugetlb":{"16MB":{"usage":1}}}})"),
    std::string(R"({"type":"stats","id":"","data":{"cpu":{"psi":{"some":{"avg10":1}},"z":0},)"
                R"("memory":{"raw":{"zzz":2,"cache":3,"aaa":1},"kernel":{}},"blkio":{"ioServicedRecursive":)"
                R"([{"major":1,"minor":2,"op":"Async","value":3,"w":4},{}]},"network_interfaces":[{"Name":"e"}]}})"),
    std::string(R"({"type":"stats","id":"a","data":{"blkio":{"ioServicedRecursive":[{"minor":1},{"op":"Sync"},{}]},)"
                R"("memory":{"kernel":{"usage":1}},"network_interfaces":[{"RxBytes":1},{}],"intel_rdt":)"
                R"({"schemata":["a","b"],"mbm_stats":[{"mbm_total_bytes":1}]},"rdma_stats":{"rdma_limit":[{}]}}})"),
    std::string(R"({"type":"stats","id":"a","data":{"intel_rdt":{"schemata":["c"],"mbm_stats":[{},{}]}}})"),
    std::string(R"({"type":"surprise","id":"a","data":[1]})"),
};

}  // namespace

TEST_CASE("an event that is read into again has nothing of the line before") {
  for (const std::string& before : lines) {
    for (const std::string& line : lines) {
      CAPTURE(before);
      CAPTURE(line);
      Event fresh;
      REQUIRE(EventReader().read(line, fresh).has_value());
      EventReader reader;
      Event event;
      REQUIRE(reader.read(before, event).has_value());
      REQUIRE(reader.read(line, event).has_value());
      CHECK(event == fresh);
    }
  }
}

TEST_CASE("a line that cannot be decoded leaves the event empty and the reader as good as new") {
  EventReader reader;
  Event event;
  for (const std::string& line : lines) {
    REQUIRE(reader.read(line, event).has_value());
    CHECK(reader.read(line.substr(0, line.size() / 2), event).has_error());
    CHECK(event == Event{});
    REQUIRE(reader.read(line, event).has_value());
    Event fresh;
    REQUIRE(EventReader().read(line, fresh).has_value());
    CHECK(event == fresh);
  }
}

TEST_CASE("memory of the event is used again") {
  EventReader reader;
  Event event;
  REQUIRE(reader.read(lines[0], event).has_value());
  const auto* const percpu = event.stats->cpu->usage->percpu.data();
  const auto* const row = event.stats->blkio->serviced.data();
  const auto* const node = &event.stats->memory->raw.at("pgfault");
  REQUIRE(reader.read(lines[0], event).has_value());
  CHECK(event.stats->cpu->usage->percpu.data() == percpu);
  CHECK(event.stats->blkio->serviced.data() == row);
  CHECK(&event.stats->memory->raw.at("pgfault") == node);
}
