// SPDX-License-Identifier: Apache-2.0
// Resources as properties of units: which name, type and value each mode and version of systemd gets.
#include <doctest/doctest.h>

#include <algorithm>
#include <climits>

#include <crunc/cgroups/units.hpp>

#include "support/property_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::failure_of;
using test::sent_on_v1;
using test::sent_on_v2;
using test::unsent;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* everything = R"({
    "devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":3,"access":"rw"}],
    "memory":{"limit":104857600,"reservation":52428800,"swap":209715200,"swappiness":10},
    "cpu":{"shares":512,"quota":20000,"period":50000,"burst":1000,"cpus":"0-1","mems":"0"},
    "blockIO":{"weight":500,"weightDevice":[{"major":8,"minor":0,"weight":100}],
      "throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1000}]},
    "pids":{"limit":10},"hugepageLimits":[{"pageSize":"2MB","limit":0}],"rdma":{"mlx":{"hcaHandles":1}}})";

/// What cpu of this text makes on v2.
Lines cpu(const std::string& json, unsigned version = 252) { return sent_on_v2(R"({"cpu":)" + json + "}", version); }

}  // namespace

TEST_CASE("no resources are no properties") {
  for (const char* const json :
       {"{}", R"({"memory":{"limit":0,"reservation":0,"swap":0},"cpu":{"shares":0,"quota":0,"period":0,"cpus":"",
          "mems":""},"blockIO":{"weight":0},"pids":{},"devices":[]})"}) {
    CHECK(sent_on_v2(json).empty());
    CHECK(sent_on_v1(json).empty());
  }
}

TEST_CASE("each limit is the property that its mode has") {
  CHECK(sent_on_v2(everything) == Lines{"DeviceAllow a(ss)", "DevicePolicy s strict",
                                        "DeviceAllow a(ss) /dev/char/1:3=rw", "MemoryMax t 104857600",
                                        "MemoryLow t 52428800", "MemorySwapMax t 104857600", "CPUWeight t 59",
                                        "CPUQuotaPeriodUSec t 50000", "CPUQuotaPerSecUSec t 400000", "AllowedCPUs ay 3",
                                        "AllowedMemoryNodes ay 1", "IOWeight t 4950", "TasksMax t 10"});
  CHECK(sent_on_v1(everything) ==
        Lines{"DeviceAllow a(ss)", "DevicePolicy s strict", "DeviceAllow a(ss) /dev/char/1:3=rw",
              "MemoryLimit t 104857600", "CPUShares t 512", "CPUQuotaPeriodUSec t 50000", "CPUQuotaPerSecUSec t 400000",
              "AllowedCPUs ay 3", "AllowedMemoryNodes ay 1", "BlockIOWeight t 500", "TasksMax t 10"});
}

TEST_CASE("a property tells the field that it comes from and whether a file says the same") {
  const auto fields = [](bool unified) {
    Lines all;
    for (const UnitProperty& property : to_systemd(test::resources(everything), unified, 252).value()) {
      all.push_back(property.field + (property.is_optional ? " optional" : ""));
    }
    return all;
  };
  CHECK(fields(true) == Lines{"/devices", "/devices", "/devices", "/memory/limit optional",
                              "/memory/reservation optional", "/memory/swap optional", "/cpu/shares optional",
                              "/cpu/period optional", "/cpu/quota optional", "/cpu/cpus optional", "/cpu/mems optional",
                              "/blockIO/weight optional", "/pids/limit optional"});
  CHECK(fields(false) == Lines{"/devices", "/devices", "/devices", "/memory/limit optional", "/cpu/shares optional",
                               "/cpu/period optional", "/cpu/quota optional", "/cpu/cpus optional",
                               "/cpu/mems optional", "/blockIO/weight optional", "/pids/limit optional"});
}

TEST_CASE("a version of systemd is not sent what it does not know") {
  const auto has = [](const Lines& all, std::string_view name) {
    return std::ranges::any_of(all, [&](const std::string& line) { return line.starts_with(std::string(name) + ' '); });
  };
  struct Row {
    const char* property;
    unsigned since;
  };
  for (const Row& row : {Row{"MemorySwapMax", 232}, Row{"CPUQuotaPeriodUSec", 242}, Row{"AllowedCPUs", 244},
                         Row{"AllowedMemoryNodes", 244}}) {
    CAPTURE(row.property);
    CHECK_FALSE(has(sent_on_v2(everything, row.since - 1), row.property));
    CHECK(has(sent_on_v2(everything, row.since), row.property));
    if (row.since == 232) continue;
    CHECK_FALSE(has(sent_on_v1(everything, row.since - 1), row.property));
    CHECK(has(sent_on_v1(everything, row.since), row.property));
  }
  for (const unsigned version : {232U, 239U, 241U, 243U, 251U, 252U, 258U}) {
    CAPTURE(version);
    // 258 ignores CPUShares (cri-o #10283).
    CHECK(has(sent_on_v2(everything, version), "CPUWeight"));
    CHECK_FALSE(has(sent_on_v2(everything, version), "CPUShares"));
    CHECK(has(sent_on_v2(everything, version), "CPUQuotaPerSecUSec"));
    CHECK(has(sent_on_v2(everything, version), "TasksMax"));
    for (const bool unified : {true, false}) {
      const Lines all = unified ? sent_on_v2(everything, version) : sent_on_v1(everything, version);
      // What CRI-O sends for conmon, and no systemd has.
      CHECK_FALSE(has(all, "CPUQuota"));
      CHECK_FALSE(has(all, "CPUQuotaPeriodSec"));
    }
  }
}

TEST_CASE("no limit is systemd's infinity") {
  constexpr const char* unlimited = R"({"memory":{"limit":-1,"reservation":-1},"cpu":{"quota":-1,"period":100000},
      "pids":{"limit":-1}})";
  CHECK(sent_on_v2(unlimited) == Lines{"MemoryMax t max", "MemoryLow t max", "MemorySwapMax t max",
                                       "CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t max", "TasksMax t max"});
  CHECK(sent_on_v1(unlimited) ==
        Lines{"MemoryLimit t max", "CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t max", "TasksMax t max"});
}

TEST_CASE("swap is what goes beyond the limit of memory") {
  const auto memory = [](const std::string& json) { return sent_on_v2(R"({"memory":)" + json + "}"); };
  CHECK(memory(R"({"limit":100,"swap":100})") == Lines{"MemoryMax t 100", "MemorySwapMax t 0"});
  CHECK(memory(R"({"limit":100,"swap":-1})") == Lines{"MemoryMax t 100", "MemorySwapMax t max"});
  CHECK(memory(R"({"limit":-1,"swap":300})") == Lines{"MemoryMax t max", "MemorySwapMax t 300"});
  CHECK(memory(R"({"limit":100})") == Lines{"MemoryMax t 100"});
  CHECK(memory(R"({"swap":-1})") == Lines{"MemorySwapMax t max"});
  const auto made = to_systemd(test::resources(R"({"memory":{"limit":-1}})"), true, 252).value();
  REQUIRE(made.size() == 2);
  CHECK(made[1].field == "/memory/limit");
}

TEST_CASE("the weight is of the formula that is asked for and idle tasks have none") {
  CHECK(cpu(R"({"shares":1024})") == Lines{"CPUWeight t 100"});
  CHECK(sent_on_v2(R"({"cpu":{"shares":1024}})", 252, {.cpu_weight = CpuWeightFormula::linear}) ==
        Lines{"CPUWeight t 39"});
  CHECK(cpu(R"({"shares":2})") == Lines{"CPUWeight t 1"});
  CHECK(cpu(R"({"shares":262144})") == Lines{"CPUWeight t 10000"});
  CHECK(cpu(R"({"idle":1})", 252) == Lines{"CPUWeight t 0"});
  CHECK(cpu(R"({"idle":1})", 251).empty());
  CHECK(cpu(R"({"idle":1,"shares":1024})", 252) == Lines{"CPUWeight t 0"});
  CHECK(cpu(R"({"idle":1,"shares":1024})", 251).empty());
  CHECK(cpu(R"({"idle":0})").empty());
  CHECK(cpu(R"({"idle":0,"shares":1024})") == Lines{"CPUWeight t 100"});
  CHECK(sent_on_v1(R"({"cpu":{"idle":1,"shares":1024}})").empty());
  CHECK(sent_on_v1(R"({"cpu":{"idle":0,"shares":1024}})") == Lines{"CPUShares t 1024"});
}

TEST_CASE("the weight of io is the one of its file") {
  struct Row {
    int oci;
    int v2;
  };
  for (const Row& row : {Row{10, 1}, Row{100, 910}, Row{500, 4950}, Row{1000, 10000}}) {
    const std::string json = R"({"blockIO":{"weight":)" + std::to_string(row.oci) + "}}";
    CHECK(sent_on_v2(json) == Lines{"IOWeight t " + std::to_string(row.v2)});
    CHECK(sent_on_v1(json) == Lines{"BlockIOWeight t " + std::to_string(row.oci)});
  }
}

TEST_CASE("a limit of no tasks is one task or kept") {
  constexpr const char* none = R"({"pids":{"limit":0}})";
  CHECK(sent_on_v2(none) == Lines{"TasksMax t 1"});
  CHECK(sent_on_v1(none) == Lines{"TasksMax t 1"});
  CHECK(sent_on_v2(none, 252, {.zero_pids = ZeroPids::keep}).empty());
  CHECK(sent_on_v1(none, 252, {.zero_pids = ZeroPids::keep}).empty());
  CHECK(sent_on_v2(R"({"pids":{"limit":7}})", 252, {.zero_pids = ZeroPids::keep}) == Lines{"TasksMax t 7"});
}

TEST_CASE("a quota is CPU time per second in whole percents") {
  CHECK(cpu(R"({"quota":20000,"period":50000})") == Lines{"CPUQuotaPeriodUSec t 50000", "CPUQuotaPerSecUSec t 400000"});
  CHECK(cpu(R"({"quota":20000,"period":50000})", 241) == Lines{"CPUQuotaPerSecUSec t 400000"});
  CHECK(cpu(R"({"quota":20000})") == Lines{"CPUQuotaPerSecUSec t 200000"});
  // A third: systemd would keep 333333 and its older versions 33%.
  CHECK(cpu(R"({"quota":33333,"period":100000})") ==
        Lines{"CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t 340000"});
  CHECK(cpu(R"({"quota":250000,"period":100000})").back() == "CPUQuotaPerSecUSec t 2500000");
  CHECK(cpu(R"({"quota":1000,"period":1000000})").back() == "CPUQuotaPerSecUSec t 10000");
  CHECK(cpu(R"({"quota":9223372036854775807,"period":1000})").back() == "CPUQuotaPerSecUSec t 17592186044420000");
  // A period that comes alone ends no quota.
  CHECK(cpu(R"({"period":50000})") == Lines{"CPUQuotaPeriodUSec t 50000"});
  CHECK(cpu(R"({"period":50000})", 241).empty());
}

TEST_CASE("the quota for the file is what systemd makes of its property") {
  struct Row {
    std::int64_t quota;
    std::uint64_t period;
    std::int64_t made;
  };
  for (const Row& row : {
           Row{-1, 0, -1},
           Row{-1, 50000, -1},
           Row{0, 50000, 0},
           Row{INT64_MIN, 50000, INT64_MIN},
           Row{20000, 50000, 20000},
           Row{20000, 0, 20000},
           Row{20001, 0, 21000},
           Row{33333, 100000, 34000},
           Row{16666, 50000, 17000},
           Row{16667, 50000, 17000},
           Row{10, 1000, 10},              // below what the kernel takes, but no more for it
           Row{1001, 1000, 1010},          // 101%
           Row{1000, 99999, 1000},         // 999 would be refused
           Row{10000, 999999, 9999},       // 1% of it, as systemd reckons
           Row{1000, 1000000, 10000},      // 0.1% is 1%
           Row{333333, 1000000, 340000},   //
           Row{1000000, 300000, 1002000},  // 333.3% are 334%
           Row{INT64_MAX, 1, 17592186044420},
           Row{INT64_MAX, UINT64_MAX, 17592186050000},
       }) {
    CAPTURE(row.quota);
    CAPTURE(row.period);
    CHECK(systemd_quota(row.quota, row.period) == row.made);
    // It is at rest: what is written back is made into the same.
    CHECK(systemd_quota(row.made, row.period) == row.made);
  }
}

TEST_CASE("processors are bits") {
  const auto mask = [](const std::string& list) { return sent_on_v2(R"({"cpu":{"cpus":")" + list + R"("}})"); };
  CHECK(mask("0") == Lines{"AllowedCPUs ay 1"});
  CHECK(mask("0-3,7") == Lines{"AllowedCPUs ay 143"});
  CHECK(mask("8") == Lines{"AllowedCPUs ay 0 1"});
  CHECK(mask("17,1") == Lines{"AllowedCPUs ay 2 0 2"});
  CHECK(mask("1, 2,,3") == Lines{"AllowedCPUs ay 14"});
  CHECK(mask("0-7:2/4") == Lines{"AllowedCPUs ay 51"});
  CHECK(mask("0-7:0/4") == Lines{"AllowedCPUs ay"});
  CHECK(mask(",") == Lines{"AllowedCPUs ay"});
  CHECK(sent_on_v2(R"({"cpu":{"mems":"1"}})") == Lines{"AllowedMemoryNodes ay 2"});
  const auto most = to_systemd(test::resources(R"({"cpu":{"cpus":"8191"}})"), true, 252).value();
  CHECK(std::get<std::vector<std::uint8_t>>(most.at(0).value).size() == 1024);
  for (const char* const list : {"3-1", "0-", "-1", "1-2-3", "8192", "0-99999999999", "4294967296", "0:1/2", "0-7:1",
                                 "0-7:1/0", "0-7:3/2", "0-7:/", "0-7:1/2:1/2", "1/2"}) {
    CAPTURE(list);
    const std::string json = R"({"cpu":{"cpus":")" + std::string(list) + R"("}})";
    CHECK(unsent(json, true) == "invalid_argument /cpu/cpus: is no list such as 0-3,7");
    CHECK(unsent(json, false, 200) == "invalid_argument /cpu/cpus: is no list such as 0-3,7");
  }
  CHECK(unsent(R"({"cpu":{"mems":"x"}})", true) == "invalid_argument /cpu/mems: is no list such as 0-3,7");
  CHECK(unsent(R"({"cpu":{"mems":"2-1"}})", true) == "invalid_argument /cpu/mems: is no list such as 0-3,7");
}

TEST_CASE("what plan refuses is refused with the same words") {
  constexpr const char* wrong[] = {
      R"({"memory":{"limit":-2}})",
      R"({"memory":{"reservation":-2}})",
      R"({"memory":{"limit":200,"swap":100}})",
      R"({"memory":{"limit":-1,"swap":100}})",
      R"({"memory":{"swap":100}})",
      R"({"memory":{"swappiness":101}})",
      R"({"cpu":{"shares":1}})",
      R"({"cpu":{"shares":262145}})",
      R"({"cpu":{"period":999}})",
      R"({"cpu":{"period":1000001}})",
      R"({"cpu":{"quota":999}})",
      R"({"cpu":{"quota":2000,"burst":3000}})",
      R"({"cpu":{"idle":2}})",
      R"({"cpu":{"cpus":"all"}})",
      R"({"blockIO":{"weight":9}})",
      R"({"blockIO":{"weight":1001}})",
      R"({"blockIO":{"weightDevice":[{"major":-1,"minor":0,"weight":10}]}})",
      R"({"devices":[{"allow":true,"type":"x","access":"r"}]})",
      R"({"devices":[{"allow":true,"type":"c"}]})",
      R"({"devices":[{"allow":true,"type":"c","access":"rw"},
          {"allow":false,"type":"c","major":1,"minor":3,"access":"rw"}]})",
      R"({"hugepageLimits":[{"pageSize":"x","limit":0}]})",
      R"({"rdma":{"a b":{"hcaHandles":1}}})",
      R"({"unified":{"a/b":"1"}})",
  };
  std::size_t on_v1 = 0;
  std::size_t on_v2 = 0;
  for (const char* const json : wrong) {
    CAPTURE(json);
    const std::string v1 = failure_of(json, Placement::legacy());
    const std::string v2 = failure_of(json, Placement::pure_v2());
    CHECK(unsent(json, true) == v2);
    if (!std::string_view(json).starts_with(R"({"unified)")) CHECK(unsent(json, false) == v1);
    on_v1 += v1 != "none" ? 1 : 0;
    on_v2 += v2 != "none" ? 1 : 0;
  }
  CHECK(on_v1 == 22);
  CHECK(on_v2 == 18);
  // As for crun, which refuses what there is no file for.
  CHECK(unsent(R"({"memory":{"swappiness":10}})", true, 252, {.on_missing = OnMissing::error}) ==
        "unsupported /memory/swappiness: is not in cgroup v2");
}
