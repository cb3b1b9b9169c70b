// SPDX-License-Identifier: Apache-2.0
// oci::LinuxResources: its places and the ranges of its numbers.
#include <doctest/doctest.h>

#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

#include "unit/oci_round_trip.hpp"

using namespace crunc;
using oci::read_linux_resources;
using oci::read_process;

namespace {

/// A document with one number left open, and the range of that number as the schema has it.
struct Range {
  std::string before, after, pointer, least, most, below, above;
};

const Range resource_ranges[] = {
    {R"({"blockIO":{"weight":)", "}}", "/blockIO/weight", "0", "65535", "-1", "65536"},
    {R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"leafWeight":)", "}]}}", "/blockIO/weightDevice/0/leafWeight",
     "0", "65535", "-1", "65536"},
    {R"({"network":{"classID":)", "}}", "/network/classID", "0", "4294967295", "-1", "4294967296"},
    {R"({"rdma":{"mlx5_1":{"hcaHandles":)", "}}}", "/rdma/mlx5_1/hcaHandles", "0", "4294967295", "-1", "4294967296"},
    {R"({"memory":{"limit":)", "}}", "/memory/limit", "-9223372036854775808", "9223372036854775807",
     "-9223372036854775809", "9223372036854775808"},
    {R"({"cpu":{"period":)", "}}", "/cpu/period", "0", "18446744073709551615", "-1", "18446744073709551616"},
};
const Range process_ranges[] = {
    {R"({"cwd":"/","user":{"umask":)", "}}", "/user/umask", "0", "4294967295", "-1", "4294967296"},
    {R"({"cwd":"/","scheduler":{"policy":"SCHED_OTHER","nice":)", "}}", "/scheduler/nice", "-2147483648", "2147483647",
     "-2147483649", "2147483648"},
};

template <class Read>
void check_range(Read read, const Range& range) {
  CAPTURE(range.pointer);
  for (const std::string& good : {range.least, range.most}) {
    const std::string text = range.before + good + range.after;
    CHECK(test::round_trip(read, text) == text);
  }
  const std::string wanted = range.pointer + ": expected an integer from " + range.least + " to " + range.most;
  for (const std::string& bad : std::vector<std::string>{range.below, range.above, "1.5", "1e3", "1e99"}) {
    CAPTURE(bad);
    CHECK(test::refusal(read, range.before + bad + range.after).starts_with(wanted + ", found "));
  }
  for (const auto& [bad, kind] : {std::pair{"\"1\"", "a string"}, {"true", "a boolean"}, {"[1]", "an array"}}) {
    CHECK(test::refusal(read, range.before + bad + range.after) ==
          range.pointer + ": expected an integer, found " + kind);
  }
}

}  // namespace

TEST_CASE("the resources of runc spec survive a round trip") {
  const auto document = test::fixture_json("recorded/runc-spec.json").at("linux").at("resources");
  test::check_lossless(read_linux_resources, document);
  const oci::LinuxResources resources = read_linux_resources(boost::json::serialize(document)).value();
  CHECK(resources == oci::LinuxResources{.devices = {{.allow = false, .access = "rwm"}}});
}

TEST_CASE("the resources of the spec's example survive a round trip") {
  const auto document = test::fixture_json("oci-schema/v1.3.0/test/config.json").at("linux").at("resources");
  test::check_lossless(read_linux_resources, document);
  // That example still has what the spec moved to the process long ago.
  const oci::LinuxResources resources = read_linux_resources(boost::json::serialize(document)).value();
  CHECK(resources.extra == std::map<std::string, std::string>{{"oomScoreAdj", "100"}});
}

TEST_CASE("every member of the resources has its place") {
  const auto document = boost::json::parse(R"({
    "unified": {"memory.high": "1073741824", "io.max": "259:0 rbps=2097152\n253:0 wiops=120"},
    "devices": [{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}],
    "pids": {"limit": -1},
    "blockIO": {"weight": 10, "leafWeight": 11,
    "weightDevice": [{"major": 8, "minor": 0, "weight": 500, "leafWeight": 300}],
    "throttleReadBpsDevice": [{"major": 8, "minor": 1, "rate": 600}],
    "throttleWriteBpsDevice": [{"major": 8, "minor": 2, "rate": 18446744073709551615}],
    "throttleReadIOPSDevice": [{"major": 8, "minor": 3, "rate": 1}],
    "throttleWriteIOPSDevice": [{"major": 8, "minor": 4}]},
    "cpu": {"shares": 1024, "quota": -1, "burst": 0, "period": 500000, "realtimeRuntime": 950000,
    "realtimePeriod": 1000000, "cpus": "2-3", "mems": "0-7", "idle": 1},
    "hugepageLimits": [{"pageSize": "2MB", "limit": 209715200}],
    "memory": {"limit": -1, "reservation": 1, "swap": 2, "kernel": 3, "kernelTCP": 4, "swappiness": 60,
    "disableOOMKiller": false, "useHierarchy": true, "checkBeforeUpdate": true},
    "network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 500}]},
    "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}, "rxe3": {}}})");
  test::check_lossless(read_linux_resources, document);
  const oci::LinuxResources resources = read_linux_resources(boost::json::serialize(document)).value();
  CHECK(resources.extra.empty());
  CHECK(resources.pids->limit == -1);
  CHECK(resources.memory->kernel_tcp == 4);
  CHECK(resources.memory->disable_oom_killer == false);
  CHECK(resources.block_io->throttle_write_bps_device.at(0).rate == 18446744073709551615U);
  CHECK(resources.rdma.at("mlx5_1").hca_objects == 10000U);
  CHECK(resources.unified.at("memory.high") == "1073741824");
}

TEST_CASE("no resources at all are an empty object") {
  CHECK(oci::write(oci::LinuxResources{}).value() == "{}");
  CHECK(read_linux_resources("{}").value() == oci::LinuxResources{});
}

TEST_CASE("numbers keep to the ranges of the schema") {
  for (const Range& range : resource_ranges) check_range(read_linux_resources, range);
  for (const Range& range : process_ranges) check_range(read_process, range);
}
