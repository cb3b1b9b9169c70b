// SPDX-License-Identifier: Apache-2.0
// What an `events` line may contain beyond what was recorded here. The samples are written after runc's
// types/events.go.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <crunc/crunc.hpp>

#include "oci/event_reader.hpp"
#include "oci/event_writer.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using oci::EventReader;
using oci::write_event;

namespace {

/// The event in `line`, which must also survive being written.
Event read(const std::string& line) {
  CAPTURE(line);
  EventReader reader;
  Event event;
  const auto result = reader.read(line, event);
  if (!result) FAIL(result.error().message());
  Event again;
  const auto second = reader.read(write_event(event), again);
  if (!second) FAIL(second.error().message());
  CHECK(again == event);
  return event;
}

Stats stats_from(const std::string& data) {
  const std::string line = R"({"type":"stats","id":"a","data":)" + data + "}";
  const Event event = read(line);
  REQUIRE(event.stats.has_value());
  CHECK(boost::json::parse(write_event(event)) == boost::json::parse(line));
  return *event.stats;
}

constexpr const char* rest = R"("hugetlb":{},"network_interfaces":null})";

}  // namespace

TEST_CASE("pressure of cpu and memory and io is read") {
  const Stats stats =
      stats_from(R"({"cpu":{"psi":{"some":{"avg10":1.5,"avg60":0.25,"avg300":0,"total":18446744073709551615},)"
                 R"("full":{"avg10":1e-7,"avg60":0,"avg300":0,"total":0}}},)"
                 R"("memory":{"psi":{"some":{"avg10":99.99,"avg60":0,"avg300":0,"total":250000}}},)"
                 R"("blkio":{"psi":{"full":{"avg10":0,"avg60":0,"avg300":3.14,"total":7}}},)" +
                 std::string(rest));

  CHECK(stats.cpu->psi->some->avg10 == 1.5);
  CHECK(stats.cpu->psi->some->avg60 == 0.25);
  CHECK(stats.cpu->psi->some->avg300 == 0.0);
  CHECK(stats.cpu->psi->some->total == StallTime(UINT64_MAX));
  CHECK(stats.cpu->psi->full->avg10 == 1e-7);
  CHECK(stats.memory->psi->some->total == 250ms);
  CHECK_FALSE(stats.memory->psi->full.has_value());
  CHECK(stats.blkio->psi->full->avg300 == 3.14);
}

TEST_CASE("intel_rdt is read in full") {
  const Stats stats = stats_from(
      R"({"intel_rdt":{"l3_cache_info":{"cbm_mask":"fffff","min_cbm_bits":1,"num_closids":16},)"
      R"("l3_cache_schema_root":"L3:0=fffff;1=fffff","l3_cache_schema":"L3:0=ff;1=ff",)"
      R"("mem_bw_info":{"bandwidth_gran":10,"delay_linear":1,"min_bandwidth":10,"num_closids":8},)"
      R"("mem_bw_schema_root":"MB:0=100;1=100","mem_bw_schema":"MB:0=20;1=70","schemata":["L3:0=ff","MB:0=20"],)"
      R"("mbm_stats":[{"mbm_total_bytes":9223372036854775808,"mbm_local_bytes":2},{}],)"
      R"("cmt_stats":[{"llc_occupancy":65536}]},)" +
      std::string(rest));

  const IntelRdtStats& rdt = *stats.intel_rdt;
  CHECK(rdt.l3_cache_info->cbm_mask == "fffff");
  CHECK(rdt.l3_cache_info->num_closids == 16);
  CHECK(rdt.l3_cache_schema_root == "L3:0=fffff;1=fffff");
  CHECK(rdt.mem_bw_info->bandwidth_gran == 10);
  CHECK(rdt.mem_bw_schema == "MB:0=20;1=70");
  CHECK(rdt.schemata == std::vector<std::string>{"L3:0=ff", "MB:0=20"});
  REQUIRE(rdt.mbm_stats->size() == 2);
  CHECK(rdt.mbm_stats->front().total_bytes == 9223372036854775808U);
  CHECK_FALSE(rdt.mbm_stats->back().total_bytes.has_value());
  CHECK(rdt.cmt_stats->front().llc_bytes == 65536);
}

TEST_CASE("network interfaces are null or empty or a list") {
  CHECK_FALSE(stats_from(R"({"hugetlb":{},"network_interfaces":null})").network_interfaces.has_value());
  CHECK(stats_from(R"({"hugetlb":{},"network_interfaces":[]})").network_interfaces->empty());
  const Stats stats = stats_from(
      R"({"hugetlb":{},"network_interfaces":[{"Name":"eth0","RxBytes":1,"RxPackets":2,"RxErrors":3,"RxDropped":4,)"
      R"("TxBytes":5,"TxPackets":6,"TxErrors":7,"TxDropped":18446744073709551615}]})");
  REQUIRE(stats.network_interfaces->size() == 1);
  CHECK(stats.network_interfaces->front().name == "eth0");
  CHECK(stats.network_interfaces->front().rx_dropped == 4);
  CHECK(stats.network_interfaces->front().tx_dropped == UINT64_MAX);
}

TEST_CASE("all eight lists of block IO are read") {
  const std::string row = R"([{"major":8,"minor":16,"op":"Read","value":18446744073709551615}])";
  const Stats stats = stats_from(R"({"blkio":{"ioServiceBytesRecursive":)" + row + R"(,"ioServicedRecursive":)" + row +
                                 R"(,"ioQueueRecursive":)" + row + R"(,"ioServiceTimeRecursive":)" + row +
                                 R"(,"ioWaitTimeRecursive":)" + row + R"(,"ioMergedRecursive":)" + row +
                                 R"(,"ioTimeRecursive":)" + row + R"(,"sectorsRecursive":)" + row + "}," + rest);
  const BlkioStats& blkio = *stats.blkio;
  for (const auto* const list : {&blkio.service_bytes, &blkio.serviced, &blkio.queued, &blkio.service_time,
                                 &blkio.wait_time, &blkio.merged, &blkio.time, &blkio.sectors}) {
    REQUIRE(list->size() == 1);
    CHECK(list->front() == BlkioEntry{.major = 8, .minor = 16, .op = "Read", .value = UINT64_MAX});
  }
}

TEST_CASE("limits tell unlimited from numbers") {
  CHECK(Limit().unlimited());
  CHECK(Limit(UINT64_MAX) == Limit(9223372036854771712U));
  CHECK(Limit(9223372036854710272U).unlimited());  // pages of 64 KiB
  CHECK_FALSE(Limit(9223372036854710271U).unlimited());
  CHECK_FALSE(Limit(0).unlimited());
  CHECK(Limit(4096).number() == 4096);
  CHECK_FALSE(Limit().number().has_value());
  const Stats stats = stats_from(
      R"({"memory":{"usage":{"limit":18446744073709551615,"usage":9223372036854775809,"failcnt":0}},"pids":{},)" +
      std::string(rest));
  CHECK(stats.memory->usage->limit_bytes->unlimited());
  CHECK(stats.memory->usage->usage_bytes == 9223372036854775809U);
  CHECK(stats.pids->limit.unlimited());
  CHECK(read(R"({"type":"stats","data":{"pids":{"current":3,"limit":0}}})").stats->pids->limit.unlimited());
}

TEST_CASE("unknown members are kept as JSON text wherever they are") {
  const Stats stats =
      stats_from(R"({"new":{"a":[1,null,{"b":"c d"}]},"cpu":{"x":1,"usage":{"total":5,"steal":6}},"pids":{"peak":9},)"
                 R"("memory":{"psi":{"some":{"avg10":0,"avg900":1.5},"irq":{}},"kernel":{"limit":0,"soft":1}},)"
                 R"("blkio":{"ioServicedRecursive":[{"major":8,"op":"Read","dev":"sda"}]},)"
                 R"("intel_rdt":{"l3_cache_info":{"cdp":true},"cmt_stats":[{"rmid":-1.5e3}]},)"
                 R"("hugetlb":{"2MB":{"failcnt":0,"rsvd":7}},"network_interfaces":[{"Name":"e","Mtu":1500}]})");
  CHECK(stats.extra.at("new") == R"({"a":[1,null,{"b":"c d"}]})");
  CHECK(stats.cpu->extra.at("x") == "1");
  CHECK(stats.cpu->usage->extra.at("steal") == "6");
  CHECK(stats.blkio->serviced.front().extra.at("dev") == "\"sda\"");
  CHECK(stats.intel_rdt->cmt_stats->front().extra.at("rmid") == "-1.5e3");
  CHECK(stats.hugetlb.at("2MB").extra.at("rsvd") == "7");
  CHECK(stats.network_interfaces->front().extra.at("Mtu") == "1500");
}

TEST_CASE("what runc does not print is written under keys of its own and read again") {
  Event event{.type = EventType::stats, .type_text = "stats", .id = "n", .stats = Stats{}, .extra = {{"at", "[1]"}}};
  Stats& stats = *event.stats;
  stats.cpu = CpuStats{.burst = CpuBurst{.periods = 3, .time = 5us}};
  stats.memory = MemoryStats{.swap_only = MemoryEntry{.limit_bytes = Limit(), .usage_bytes = 0}};
  stats.blkio = BlkioStats{.cost_usage = {{.major = 8, .op = "Count", .value = 77}}};
  stats.rdma = RdmaStats{.limit = {{.device = "mlx", .hca_handles = Limit(2), .hca_objects = Limit()}}, .current = {}};
  stats.misc["sev"] = {.usage = 1, .events = 0};
  stats.pids = PidsStats{.current = 0};
  const std::string line = write_event(event);
  CHECK(read(line) == event);
  CHECK(line.find('\n') == std::string::npos);
}

TEST_CASE("an oom event has no data and other events keep theirs as text") {
  CHECK(read(R"({"type":"oom","id":"o"})") == Event{.type = EventType::oom, .type_text = "oom", .id = "o"});
  CHECK_FALSE(read(R"({"type":"oom","id":"o","data":null})").stats.has_value());
  const Event other = read(R"({"id":"o","data":{"cpu":"much", "n":[1, 2]},"type":"mem_high","node":"h1"})");
  CHECK(other.type == EventType::other);
  CHECK(other.type_text == "mem_high");
  CHECK(other.extra.at("data") == R"({"cpu":"much","n":[1,2]})");
  CHECK(other.extra.at("node") == "\"h1\"");
  CHECK_FALSE(other.stats.has_value());
}

TEST_CASE("members may come in any order and with white space between") {
  const Event event = read(
      " { \"data\" : { \"pids\" : { \"limit\" : 7 , \"current\" : 1 } , \"cpu\" : null ,\n"
      "\"memory\":{\"raw\":{\"z\":1,\"a\":2}}},\t\"type\":\"stats\" , \"id\" : \"w\" }\r\n");
  CHECK(event.stats->pids->limit == Limit(7));
  CHECK(event.stats->pids->current == 1);
  CHECK_FALSE(event.stats->cpu.has_value());
  CHECK(event.stats->memory->raw.at("z") == 1);
  CHECK(event.stats->memory->raw.at("a") == 2);
  const Event spaced = read("{\"type\":\"x\",\"data\":[ 1,\n{\"a b\" : \"c \\\" d\"} ]}");
  CHECK(spaced.extra.at("data") == R"([1,{"a b":"c \" d"}])");
}

TEST_CASE("strings are unescaped") {
  CHECK(read(R"({"type":"oom","id":"\u003c\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00"})").id ==
        "<\"\\/\b\f\n\r\t\u00e9\u20ac\U0001F600");
  CHECK(read("{\"type\":\"oom\",\"id\":\"\u00e9\u20ac\U0001F600 and a longer tail\"}").id ==
        "\u00e9\u20ac\U0001F600 and a longer tail");
  CHECK(read(R"({"type":"oom","id":"\u0000"})").id == std::string(1, '\0'));
  CHECK(read(R"({"type":"stats","data":{"memory":{"raw":{"\u0061":1}},"hugetlb":{"2\u004dB":{}}}})")
            .stats->memory->raw.at("a") == 1);
}

TEST_CASE("the last of several members of one name counts") {
  const Event event =
      read(R"({"type":"oom","type":"stats","id":"a","id":"b","x":1,"x":2,"data":{"cpu":{"usage":{"total":1}}},)"
           R"("data":{"pids":{"current":1,"current":2},"pids":{"limit":3},"memory":{"raw":{"b":1,"a":1,"b":2}},)"
           R"("hugetlb":{"2MB":{"usage":1},"1GB":{},"2MB":{"max":2}}}})");
  CHECK(event.type == EventType::stats);
  CHECK(event.id == "b");
  CHECK(event.extra.at("x") == "2");
  CHECK_FALSE(event.stats->cpu.has_value());
  CHECK_FALSE(event.stats->pids->current.has_value());
  CHECK(event.stats->pids->limit == Limit(3));
  CHECK(event.stats->memory->raw == std::map<std::string, std::uint64_t, std::less<>>{{"a", 1}, {"b", 2}});
  CHECK(event.stats->hugetlb.at("2MB") == HugetlbEntry{.max_bytes = 2});
  CHECK(read(R"({"type":"stats","data":{"pids":{"limit":3}},"type":"else"})").extra.at("data") ==
        R"({"pids":{"limit":3}})");
}

TEST_CASE("names that are no UTF-8 are written as Go writes them") {
  Event event{.type = EventType::stats, .type_text = "stats", .id = "a\xff", .stats = Stats{}, .extra = {}};
  event.stats->memory.emplace().raw.emplace("anon\xc3", 1);
  Event again;
  REQUIRE(EventReader().read(write_event(event), again).has_value());
  CHECK(again.id == "a\xef\xbf\xbd");
  CHECK(again.stats->memory->raw.at("anon\xef\xbf\xbd") == 1);
}
