// SPDX-License-Identifier: Apache-2.0
// Lines that are wrong, by accident or on purpose: each is refused with the place of its fault.
#include <doctest/doctest.h>

#include "oci/event_reader.hpp"
#include "oci/event_writer.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using oci::EventReader;

namespace {

/// Why `line` is refused.
std::string fault(std::string_view line) {
  EventReader reader;
  Event event;
  const auto result = reader.read(line, event);
  if (result) return "accepted";
  CHECK(result.error().code == Errc::malformed_output);
  CHECK(event == Event{});
  return result.error().reason;
}

/// Why `data` is refused as that of a stats event.
std::string data_fault(const std::string& data) { return fault(R"({"type":"stats","id":"a","data":)" + data + "}"); }

std::string repeated(std::string_view part, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += part;
  return result;
}

struct Wrong {
  const char* data;
  const char* reason;  ///< how it starts
};

void check(const Wrong& wrong) {
  CAPTURE(wrong.data);
  const std::string reason = data_fault(wrong.data);
  CAPTURE(reason);
  CHECK(reason.starts_with(wrong.reason));
}

}  // namespace

TEST_CASE("a known member of a wrong kind is named") {
  for (const Wrong& wrong : {
           Wrong{"7", "/data: not an object"},
           Wrong{"[]", "/data: not an object"},
           Wrong{R"({"cpu":[]})", "/data/cpu: not an object"},
           Wrong{R"({"cpu":{"usage":{"total":"1"}}})", "/data/cpu/usage/total: not a number"},
           Wrong{R"({"cpu":{"usage":{"percpu":5}}})", "/data/cpu/usage/percpu: not an array"},
           Wrong{R"({"cpu":{"usage":{"percpu":[1,{}]}}})", "/data/cpu/usage/percpu/1: not a number"},
           Wrong{R"({"cpu":{"usage":{"percpu":[null]}}})", "/data/cpu/usage/percpu/0: not a number"},
           Wrong{R"({"cpu":{"psi":{"some":{"avg10":"x"}}}})", "/data/cpu/psi/some/avg10: not a number"},
           Wrong{R"({"memory":{"raw":{"a":1,"b/~c":true}}})", "/data/memory/raw/b~1~0c: not a number"},
           Wrong{R"({"memory":{"raw":{"a":null}}})", "/data/memory/raw/a: not a number"},
           Wrong{R"({"pids":{"limit":false}})", "/data/pids/limit: not a number"},
           Wrong{R"({"blkio":{"ioQueueRecursive":[{"op":1}]}})", "/data/blkio/ioQueueRecursive/0/op: not a string"},
           Wrong{R"({"hugetlb":{"2MB":1}})", "/data/hugetlb/2MB: not an object"},
           Wrong{R"({"intel_rdt":{"schemata":["a",0]}})", "/data/intel_rdt/schemata/1: not a string"},
           Wrong{R"({"network_interfaces":{}})", "/data/network_interfaces: not an array"},
       }) {
    check(wrong);
  }
  CHECK(fault(R"({"type":5,"id":"a"})").starts_with("/type: not a string"));
  CHECK(fault(R"({"type":"oom","id":[]})").starts_with("/id: not a string"));
  CHECK(fault(R"({"type":"oom","data":"x"})").starts_with("/data: not an object"));
  CHECK(fault(R"({"id":"a"})").starts_with("/type: missing"));
  CHECK(fault(R"({"type":null})").starts_with("/type: missing"));
  CHECK(fault(R"({"data":{"cpu":1},"type":"stats"})").starts_with("/data/cpu: not an object"));
}

TEST_CASE("numbers are taken whole or not at all") {
  for (const Wrong& wrong : {
           Wrong{R"({"pids":{"current":18446744073709551616}})", "/data/pids/current: out of the range of 64 bits"},
           Wrong{R"({"pids":{"current":20000000000000000000}})", "/data/pids/current: out of the range of 64 bits"},
           Wrong{R"({"pids":{"current":99999999999999999999}})", "/data/pids/current: out of the range of 64 bits"},
           Wrong{R"({"pids":{"current":184467440737095516150}})", "/data/pids/current: out of the range of 64 bits"},
           Wrong{R"({"pids":{"current":-1}})", "/data/pids/current: negative"},
           Wrong{R"({"pids":{"current":-}})", "/data/pids/current: not a number"},
           Wrong{R"({"pids":{"current":1.0}})", "/data/pids/current: not a whole number"},
           Wrong{R"({"pids":{"current":1e3}})", "/data/pids/current: not a whole number"},
           Wrong{R"({"pids":{"current":1.}})", "/data/pids/current: not a number"},
           Wrong{R"({"pids":{"current":1e}})", "/data/pids/current: not a number"},
           Wrong{R"({"pids":{"current":01}})", "/data/pids/current: not a number"},
           Wrong{R"({"pids":{"current":+1}})", "/data/pids/current: not a number"},
           Wrong{R"({"pids":{"current":0x1}})", "/data/pids: neither a comma"},
           Wrong{R"({"cpuset":{"cpus":[4294967296]}})", "/data/cpuset/cpus/0: out of the range of 32 bits"},
           Wrong{R"({"cpuset":{"sched_relax_domain_level":9223372036854775808}})",
                 "/data/cpuset/sched_relax_domain_level: out of the range of 64 bits"},
           Wrong{R"({"cpu":{"psi":{"full":{"avg60":1e999}}}})", "/data/cpu/psi/full/avg60: out of the range"},
           Wrong{R"({"cpu":{"psi":{"full":{"avg60":NaN}}}})", "/data/cpu/psi/full/avg60: not a number"},
           Wrong{R"({"new":[0,01]})", "/data/new/1: not a number"},
           Wrong{R"({"new":-x})", "/data/new: not a number"},
       }) {
    check(wrong);
  }
  const std::string huge = R"({"memory":{"raw":{"k":)" + std::string(5000, '9') + "}}}";
  CHECK(data_fault(huge).starts_with("/data/memory/raw/k: out of the range of 64 bits"));
  CHECK(data_fault(R"({"pids":{"current":18446744073709551615}})") == "accepted");
  CHECK(data_fault(R"({"cpuset":{"sched_relax_domain_level":-9223372036854775808}})") == "accepted");
}

TEST_CASE("what is no JSON is refused") {
  for (const Wrong& wrong : {
           Wrong{"{\"cpu\":{},}", "/data: a member's name is missing"},
           Wrong{"{\"cpu\" {}}", "/data: a colon is missing"},
           Wrong{"{\"cpu\":{} \"pids\":{}}", "/data: neither a comma nor the end of the object"},
           Wrong{"{\"cpuset\":{\"cpus\":[1,]}}", "/data/cpuset/cpus/1: not a number"},
           Wrong{"{\"cpuset\":{\"cpus\":[1 2]}}", "/data/cpuset/cpus: neither a comma nor the end of the array"},
           Wrong{"{\"new\":tru}", "/data/new: not a value"},
           Wrong{"{\"new\":{\"a\":[nul]}}", "/data/new/a/0: not a value"},
           Wrong{"{\"pids\":nul}", "/data/pids: not a value"},
           Wrong{"{'cpu':{}}", "/data: a member's name is missing"},
           Wrong{"{\"intel_rdt\":{\"l3_cache_schema\":\"a\nb\"}}", "/data/intel_rdt/l3_cache_schema: a control"},
           Wrong{"{\"new\":\"\\x41\"}", "/data/new: an unknown escape"},
           Wrong{"{\"new\":\"\\u12g4\"}", "/data/new: an unknown escape"},
           Wrong{"{\"new\":\"\\ud800\"}", "/data/new: half of a surrogate pair"},
           Wrong{"{\"new\":\"\\ud800\\u0041\"}", "/data/new: half of a surrogate pair"},
           Wrong{"{\"new\":\"\\udc00\"}", "/data/new: half of a surrogate pair"},
       }) {
    check(wrong);
  }
  CHECK(fault("").starts_with("the text ends too early"));
  CHECK(fault("  \t").starts_with("the text ends too early"));
  CHECK(fault("null").starts_with("not an object"));
  CHECK(fault("unknown command events").starts_with("not an object"));
  CHECK(fault(R"({"type":"oom"} {})").starts_with("something follows the value"));
  CHECK(fault(R"({"type":"oom"}})").starts_with("something follows the value"));
}

TEST_CASE("invalid UTF-8 is refused wherever it is") {
  for (const char* const bytes : {"\x80", "\xff", "\xc3", "\xc0\xaf", "\xe2\x82", "\xe0\x80\x80", "\xed\xa0\x80",
                                  "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98"}) {
    CHECK(fault(R"({"type":"oom","id":"a)" + std::string(bytes) + "\"}").starts_with("/id: invalid UTF-8"));
    CHECK(data_fault(R"({"new":["a)" + std::string(bytes) + "\"]}").starts_with("/data/new/0: invalid UTF-8"));
    CHECK(data_fault(R"({"memory":{"raw":{")" + std::string(bytes) + "\":1}}}").starts_with("/data/memory/raw: inv"));
    CHECK(data_fault("{\"" + std::string(bytes) + "\":1}").starts_with("/data: invalid UTF-8"));
  }
}

TEST_CASE("zero bytes are refused wherever they are") {
  const std::string line = test::read_text(CRUNC_FIXTURES_PATH "/recorded/runc-v2-stats.json");
  for (std::size_t at = 0; at < line.find_last_of('}'); ++at) {
    std::string changed = line;
    changed[at] = '\0';
    CHECK(fault(changed) != "accepted");
    changed = line;
    changed.insert(at, 1, '\0');
    CHECK(fault(changed) != "accepted");
  }
  CHECK(fault(std::string("{\"type\":\"oom\"}\0", 15)).starts_with("something follows the value"));
}

TEST_CASE("a line that was cut off is refused wherever it was cut") {
  for (const char* const name : {"runc-v1-stats.json", "runc-v2-stats.json"}) {
    const std::string line = test::read_text(std::string(CRUNC_FIXTURES_PATH "/recorded/") + name);
    for (std::size_t size = 0; size <= line.find_last_of('}'); ++size) {
      CHECK(fault(std::string_view(line).substr(0, size)) != "accepted");
    }
  }
  CHECK(data_fault(R"({"cpu":{"usage":{"total":)").starts_with("/data/cpu/usage/total: "));
  CHECK(
      fault(R"({"type":"stats","data":{"cpu":{"usage":{"total":1)").starts_with("/data/cpu/usage: the text ends too"));
}

TEST_CASE("a byte that is wrong never does worse than to be refused or read") {
  const std::string line = test::read_text(CRUNC_FIXTURES_PATH "/recorded/runc-v1-stats.json");
  EventReader reader;
  Event event;
  Event again;
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (const char byte : {'"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', 'e', 'n', ' ', '\n', '\x80'}) {
      std::string changed = line;
      changed[at] = byte;
      if (!reader.read(changed, event)) continue;
      const auto second = EventReader().read(oci::write_event(event), again);
      REQUIRE(second.has_value());
      if (again != event) FAIL(changed);
    }
  }
}

TEST_CASE("nesting has its limit") {
  CHECK(data_fault(R"({"new":)" + repeated("[", 32) + repeated("]", 32) + "}") == "accepted");
  CHECK(data_fault(R"({"new":)" + repeated("[", 33) + repeated("]", 33) + "}").starts_with("/data/new/0/0/0/"));
  CHECK(data_fault(R"({"new":)" + std::string(1'000'000, '[')).find("nested too deeply") != std::string::npos);
  CHECK(data_fault(R"({"new":)" + repeated("{\"a\":", 100'000)).find("nested too deeply") != std::string::npos);
  CHECK(fault(repeated("{\"data\":", 100'000)).find("nested too deeply") != std::string::npos);
}

TEST_CASE("an unknown member of a mebibyte is kept") {
  const std::string text = "\"" + repeated("0123456789abcde\\n", 65536) + "\"";
  EventReader reader;
  Event event;
  REQUIRE(reader.read(R"({"type":"stats","id":"a","data":{"new":)" + text + R"(,"pids":{"current":1}}})", event));
  CHECK(event.stats->extra.at("new") == text);
  CHECK(event.stats->pids->current == 1);
  REQUIRE(reader.read(R"({"type":"stats","id":"a","data":{}})", event));
  CHECK(event.stats->extra.empty());
}

TEST_CASE("names in a fault stay short and on one line") {
  const std::string reason = data_fault("{\"a\\nb" + std::string(1000, 'x') + "\":?}");
  CHECK(reason.size() < 300);
  CHECK(reason.find('\n') == std::string::npos);
}
