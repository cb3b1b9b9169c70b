// SPDX-License-Identifier: Apache-2.0
// Plans of resources: which files, which values, in which order, on either version.
#include <doctest/doctest.h>

#include <crunc/cgroups/plan.hpp>

#include "support/plan_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::failure_of;
using test::on_v1;
using test::on_v2;
using test::resources;
using Lines = std::vector<std::string>;

TEST_CASE("no resources are no writes") {
  CHECK(on_v1("{}").empty());
  CHECK(on_v2("{}").empty());
  CHECK(on_v1(R"({"memory":{"limit":0,"swap":0,"reservation":0},"cpu":{"shares":0,"quota":0,"period":0,"cpus":""}})")
            .empty());
  CHECK(on_v2(R"({"memory":{"limit":0,"swap":0,"reservation":0},"cpu":{"shares":0,"quota":0,"period":0,"cpus":""}})")
            .empty());
}

TEST_CASE("v1 writes what must be there before a process joins first") {
  const Plan made = plan(resources(R"({"cpu":{"cpus":"0-1","mems":"0","shares":512,"realtimePeriod":1000000,
      "realtimeRuntime":5000,"period":50000,"quota":20000,"burst":1000},"memory":{"limit":104857600,
      "reservation":52428800,"swappiness":10,"disableOOMKiller":true},"pids":{"limit":10},
      "devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":3,"access":"rw"}]})"),
                         Placement::legacy())
                        .value();

  CHECK(test::lines(made) == Lines{"devices/devices.deny a *:* rwm", "devices/devices.allow c 1:3 rw",
                                   "cpuset/cpuset.cpus 0-1", "cpuset/cpuset.mems 0",
                                   "memory/memory.limit_in_bytes 104857600",
                                   "memory/memory.soft_limit_in_bytes 52428800", "memory/memory.oom_control 1",
                                   "memory/memory.swappiness 10", "cpu/cpu.shares 512", "cpu/cpu.rt_period_us 1000000",
                                   "cpu/cpu.rt_runtime_us 5000", "cpu/cpu.cfs_period_us 50000",
                                   "cpu/cpu.cfs_burst_us 1000", "cpu/cpu.cfs_quota_us 20000", "pids/pids.max 10"});
  for (const FileWrite& write : made.writes) {
    const bool early = write.controller == Controller::devices || write.controller == Controller::cpuset ||
                       write.controller == Controller::memory || write.file.starts_with("cpu.rt_");
    CHECK_MESSAGE(write.before_join == early, write.file);
  }
}

TEST_CASE("v2 writes each controller in the order of libcontainer and the unified map last") {
  CHECK(on_v2(R"({"unified":{"memory.max":"7","cgroup.freeze":"1","dmem.max":"a 1\nb 2"},
      "cpu":{"cpus":"0","shares":1024,"quota":20000,"period":50000,"burst":1000},
      "memory":{"limit":100,"swap":150,"reservation":50},"pids":{"limit":-1},
      "blockIO":{"weight":100},"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],
      "rdma":{"mlx5_1":{"hcaHandles":3,"hcaObjects":10000}}})") ==
        Lines{"pids/pids.max max", "memory/memory.swap.max 50", "memory/memory.max 100", "memory/memory.low 50",
              "io/io.weight 910", "cpu/cpu.weight 100", "cpu/cpu.max.burst 1000", "cpu/cpu.max 20000 50000",
              "cpuset/cpuset.cpus 0", "hugetlb/hugetlb.2MB.max 4194304", "hugetlb/hugetlb.2MB.rsvd.max 4194304",
              "rdma/rdma.max mlx5_1 hca_handle=3 hca_object=10000", "/cgroup.freeze 1", "/dmem.max a 1",
              "/dmem.max b 2", "memory/memory.max 7"});
}

TEST_CASE("what differs between the versions is unlimited in the words of each") {
  const char* const json = R"({"cpu":{"quota":-1},"memory":{"limit":-1,"reservation":-1},"pids":{"limit":-1}})";
  CHECK(on_v1(json) == Lines{"memory/memory.memsw.limit_in_bytes -1", "memory/memory.limit_in_bytes -1",
                             "memory/memory.soft_limit_in_bytes -1", "cpu/cpu.cfs_quota_us -1", "pids/pids.max max"});
  CHECK(on_v2(json) == Lines{"pids/pids.max max", "memory/memory.swap.max max", "memory/memory.max max",
                             "memory/memory.low max", "cpu/cpu.max max"});
}

TEST_CASE("of quota and period the one that is not given stays") {
  CHECK(on_v2(R"({"cpu":{"quota":20000}})") == Lines{"cpu/cpu.max 20000"});
  CHECK(on_v2(R"({"cpu":{"period":50000}})") == Lines{"cpu/cpu.max max 50000"});
  CHECK(on_v2(R"({"cpu":{"period":50000}})", {.cpu_quota_us = Limit(7000)}) == Lines{"cpu/cpu.max 7000 50000"});
  CHECK(on_v1(R"({"cpu":{"period":50000}})") == Lines{"cpu/cpu.cfs_period_us 50000"});
  CHECK(on_v2(R"({"cpu":{"quota":-5,"period":50000}})") == Lines{"cpu/cpu.max max 50000"});
  CHECK(on_v1(R"({"cpu":{"quota":-5}})") == Lines{"cpu/cpu.cfs_quota_us -1"});
}

TEST_CASE("the values that depend on each other may fail at first") {
  const Plan made =
      plan(resources(R"({"cpu":{"period":50000,"quota":20000,"burst":1000}})"), Placement::legacy()).value();
  REQUIRE(made.writes.size() == 3);
  CHECK(made.writes[0].on_failure == FailurePolicy{.retry_invalid = true});
  CHECK(made.writes[1].on_failure == FailurePolicy{.ignore_missing = true, .retry_invalid = true});
  CHECK(made.writes[2].on_failure == FailurePolicy{});
  const Plan alone = plan(resources(R"({"cpu":{"period":50000}})"), Placement::legacy()).value();
  CHECK(alone.writes[0].on_failure == FailurePolicy{});
}

TEST_CASE("idle tasks get no weight and others lose their idleness before they get one") {
  CHECK(on_v2(R"({"cpu":{"idle":1,"shares":512}})") == Lines{"cpu/cpu.idle 1"});
  CHECK(on_v2(R"({"cpu":{"idle":0,"shares":512}})", {.cpu_idle = true}) ==
        Lines{"cpu/cpu.idle 0", "cpu/cpu.weight 59"});
  CHECK(on_v1(R"({"cpu":{"idle":0,"shares":512}})", {.cpu_idle = true}) ==
        Lines{"cpu/cpu.idle 0", "cpu/cpu.shares 512"});
  CHECK(failure_of(R"({"cpu":{"shares":512}})", Placement::pure_v2(), {}, {.cpu_idle = true}) ==
        "invalid_argument /cpu/shares: cannot be set while cpu.idle is 1, which takes an idle of 0");
}

TEST_CASE("times and weights beyond what the kernel takes are refused with their field") {
  for (const Placement& placement : {Placement::legacy(), Placement::pure_v2()}) {
    CHECK(failure_of(R"({"cpu":{"period":999}})", placement).starts_with("invalid_argument /cpu/period: "));
    CHECK(failure_of(R"({"cpu":{"period":1000001}})", placement).starts_with("invalid_argument /cpu/period: "));
    CHECK(failure_of(R"({"cpu":{"quota":999}})", placement).starts_with("invalid_argument /cpu/quota: "));
    CHECK(failure_of(R"({"cpu":{"idle":2}})", placement).starts_with("invalid_argument /cpu/idle: "));
    CHECK(failure_of(R"({"cpu":{"quota":2000,"burst":2001}})", placement).starts_with("invalid_argument /cpu/burst: "));
    CHECK(failure_of(R"({"cpu":{"cpus":"0;1"}})", placement).starts_with("invalid_argument /cpu/cpus: "));
    CHECK(failure_of(R"({"cpu":{"mems":"0\n1"}})", placement).starts_with("invalid_argument /cpu/mems: "));
    CHECK(failure_of(R"({"cpu":{"burst":2001}})", placement, {}, {.cpu_quota_us = Limit(2000)})
              .starts_with("invalid_argument /cpu/burst: "));
    CHECK(failure_of(R"({"cpu":{"quota":2000}})", placement, {}, {.cpu_burst_us = 2001})
              .starts_with("invalid_argument /cpu/quota: "));
    CHECK(failure_of(R"({"blockIO":{"weight":9}})", placement).starts_with("invalid_argument /blockIO/weight: "));
    CHECK(failure_of(R"({"blockIO":{"weight":1001}})", placement).starts_with("invalid_argument /blockIO/weight: "));
    CHECK(failure_of(R"({"memory":{"limit":-2}})", placement).starts_with("invalid_argument /memory/limit: "));
    CHECK(
        failure_of(R"({"memory":{"reservation":-2}})", placement).starts_with("invalid_argument /memory/reservation"));
    CHECK(failure_of(R"({"memory":{"swap":-2}})", placement).starts_with("invalid_argument /memory/swap: "));
    CHECK(failure_of(R"({"memory":{"limit":5,"swap":4}})", placement).starts_with("invalid_argument /memory/swap: "));
  }
  CHECK(failure_of(R"({"cpu":{"shares":1}})", Placement::legacy()).starts_with("invalid_argument /cpu/shares: "));
  CHECK(failure_of(R"({"cpu":{"shares":262145}})", Placement::legacy()).starts_with("invalid_argument /cpu/shares: "));
  CHECK(on_v2(R"({"cpu":{"shares":1}})") == Lines{"cpu/cpu.weight 1"});
  CHECK(failure_of(R"({"memory":{"swappiness":101}})", Placement::legacy()).starts_with("invalid_argument /memory/sw"));
}

TEST_CASE("a pids limit of 0 is one task or is kept by the options") {
  CHECK(on_v1(R"({"pids":{"limit":0}})") == Lines{"pids/pids.max 1"});
  CHECK(on_v2(R"({"pids":{"limit":0}})") == Lines{"pids/pids.max 1"});
  CHECK(on_v2(R"({"pids":{"limit":0}})", {}, {.zero_pids = ZeroPids::keep}).empty());
  CHECK(on_v2(R"({"pids":{"limit":-7}})") == Lines{"pids/pids.max max"});
  CHECK(on_v2(R"({"pids":{}})").empty());
}

TEST_CASE("what this version has no file for is ignored as by runc or refused as by crun") {
  const ConversionOptions strict{.on_missing = OnMissing::error};
  for (const char* field :
       {R"("memory":{"swappiness":10})", R"("memory":{"disableOOMKiller":true})", R"("memory":{"kernel":100})",
        R"("memory":{"kernelTCP":100})", R"("cpu":{"realtimePeriod":100000})", R"("cpu":{"realtimeRuntime":100})",
        R"("blockIO":{"leafWeight":100})", R"("network":{"classID":5})",
        R"("network":{"priorities":[{"name":"eth0","priority":1}]})",
        R"("blockIO":{"weightDevice":[{"major":8,"minor":0,"leafWeight":100}]})"}) {
    const std::string json = "{" + std::string(field) + "}";
    CHECK_MESSAGE(on_v2(json).empty(), json);
    CHECK_MESSAGE(failure_of(json, Placement::pure_v2(), strict).starts_with("unsupported /"), json);
  }
  CHECK(on_v1(R"({"memory":{"kernel":100,"kernelTCP":100,"useHierarchy":true}})").empty());
  CHECK(on_v2(R"({"memory":{"useHierarchy":true,"disableOOMKiller":false}})", {}, strict).empty());
  CHECK(failure_of(R"({"unified":{"memory.high":"5"}})", Placement::legacy()) ==
        "unsupported /unified/memory.high: is not in cgroup v1");
}

TEST_CASE("a limit whose controller is nowhere is an error and not forgotten") {
  const Placement bare{.v1 = {Controller::memory}};
  CHECK(failure_of(R"({"pids":{"limit":5}})", bare) ==
        "controller_unavailable /pids/limit: cannot be set: the cgroup has no controller pids");
  CHECK(failure_of(R"({"blockIO":{"weight":50}})", bare) ==
        "controller_unavailable /blockIO: cannot be set: the cgroup has no controller blkio");
  CHECK(failure_of(R"({"network":{"classID":5}})", bare).starts_with("controller_unavailable /network/classID: "));
  CHECK(failure_of(R"({"devices":[{"allow":false,"access":"rwm"}]})", bare).starts_with("controller_unavailable"));
  CHECK(failure_of(R"({"unified":{"pids.max":"5"}})", {.unified = true})
            .starts_with("controller_unavailable /unified/p"));
}

TEST_CASE("names that no file of the kernel has are refused in one short line") {
  for (const std::string& name :
       {std::string("a/b"), std::string("a\\nb"), std::string("\\u007f"), std::string(5000, 'x')}) {
    const std::string failure = failure_of(R"({"unified":{")" + name + R"(":"1"}})", Placement::pure_v2());
    CHECK_MESSAGE(failure.starts_with("invalid_argument /unified: "), failure);
    CHECK(failure.find('\n') == std::string::npos);
    CHECK(failure.size() < 300);
  }
  CHECK(failure_of(R"({"hugepageLimits":[{"limit":1,"pageSize":")" + std::string(5000, 'x') + R"("}]})",
                   Placement::pure_v2())
            .size() < 300);
  CHECK(failure_of(R"({"devices":[{"allow":true,"access":")" + std::string(5000, 'x') + R"("}]})", Placement::pure_v2())
            .size() < 300);
}

TEST_CASE("a field of an odd name is a JSON Pointer") {
  const Plan made = cgroups::plan(resources(R"({"unified":{"a~b":"1"}})"), Placement::pure_v2()).value();
  CHECK(made.writes.at(0).field == "/unified/a~0b");
}

TEST_CASE("8A-15 on a hybrid host each controller is set where it is") {
  const Placement hybrid{.v1 = {Controller::memory, Controller::devices}, .v2 = {Controller::hugetlb}, .unified = true};
  const Plan made = plan(resources(R"({"memory":{"limit":100},"hugepageLimits":[{"pageSize":"2MB","limit":0}],
      "devices":[{"allow":true,"access":"rwm"}],"unified":{"hugetlb.1GB.max":"0","cgroup.freeze":"0"}})"),
                         hybrid)
                        .value();
  CHECK(test::lines(made) == Lines{"devices/devices.allow a *:* rwm", "memory/memory.limit_in_bytes 100",
                                   "hugetlb/hugetlb.2MB.max 0", "hugetlb/hugetlb.2MB.rsvd.max 0", "/cgroup.freeze 0",
                                   "hugetlb/hugetlb.1GB.max 0"});
  CHECK_FALSE(made.device_program.has_value());
  CHECK(failure_of(R"({"unified":{"memory.high":"5"}})", hybrid) ==
        "unsupported /unified/memory.high: the controller memory is on cgroup v1");
}

TEST_CASE("the options of a runtime are those of its version") {
  const ConversionOptions today;
  CHECK(conversion_options_of("runc", "1.4.0") == today);
  CHECK(conversion_options_of("runc", "1.5.0-rc.1") == today);
  CHECK(conversion_options_of("runc", "v2.0") == today);
  CHECK(conversion_options_of("runc", "") == today);
  CHECK(conversion_options_of("kata", "0.1") == today);
  CHECK(conversion_options_of("runc", "1.1.5+ds1") ==
        ConversionOptions{.cpu_weight = CpuWeightFormula::linear, .zero_pids = ZeroPids::keep});
  CHECK(conversion_options_of("runc", "1.3.1").cpu_weight == CpuWeightFormula::linear);
  CHECK(conversion_options_of("runc", "1.3.2") == ConversionOptions{.zero_pids = ZeroPids::keep});
  CHECK(conversion_options_of("crun", "1.8.1") == ConversionOptions{.cpu_weight = CpuWeightFormula::linear,
                                                                    .zero_pids = ZeroPids::keep,
                                                                    .on_missing = OnMissing::error});
  CHECK(conversion_options_of("crun", "1.23").cpu_weight == CpuWeightFormula::quadratic);
}
