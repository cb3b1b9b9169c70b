// SPDX-License-Identifier: Apache-2.0
// Plans of block devices, huge pages, RDMA and network; the formulas of weights.
#include <doctest/doctest.h>

#include <crunc/cgroups/plan.hpp>

#include "support/plan_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::failure_of;
using test::on_v1;
using test::on_v2;
using Lines = std::vector<std::string>;

TEST_CASE("cpu shares become weights by either formula") {
  struct Row {
    std::uint64_t shares;
    std::uint64_t quadratic;
    std::uint64_t linear;
  };
  for (const Row& row : {Row{2, 1, 1},
                         Row{3, 2, 1},
                         Row{10, 4, 1},
                         Row{64, 12, 3},
                         Row{100, 17, 4},
                         Row{128, 21, 5},
                         Row{200, 29, 8},
                         Row{256, 35, 10},
                         Row{500, 58, 19},
                         Row{512, 59, 20},
                         Row{1000, 99, 39},
                         Row{1024, 100, 39},
                         Row{1025, 101, 40},
                         Row{2000, 170, 77},
                         Row{2048, 174, 79},
                         Row{4096, 303, 157},
                         Row{8192, 532, 313},
                         Row{10240, 639, 391},
                         Row{65536, 3023, 2500},
                         Row{131072, 5478, 5000},
                         Row{262143, 10000, 9999},
                         Row{262144, 10000, 10000}}) {
    CAPTURE(row.shares);
    CHECK(cpu_weight_from_shares(row.shares, CpuWeightFormula::quadratic) == row.quadratic);
    CHECK(cpu_weight_from_shares(row.shares, CpuWeightFormula::linear) == row.linear);
  }
  for (const CpuWeightFormula formula : {CpuWeightFormula::quadratic, CpuWeightFormula::linear}) {
    CHECK(cpu_weight_from_shares(0, formula) == 0);
    CHECK(cpu_weight_from_shares(1, formula) == 1);
    CHECK(cpu_weight_from_shares(262145, formula) == 10000);
    CHECK(cpu_weight_from_shares(UINT64_MAX, formula) == 10000);
  }
}

TEST_CASE("every cpu weight is in the range of the kernel and grows with the shares") {
  for (const CpuWeightFormula formula : {CpuWeightFormula::quadratic, CpuWeightFormula::linear}) {
    std::uint64_t before = 1;
    bool fine = true;
    for (std::uint64_t shares = 2; shares <= 262144; ++shares) {
      const std::uint64_t weight = cpu_weight_from_shares(shares, formula);
      fine = fine && weight >= before && weight <= 10000;
      before = weight;
    }
    CHECK(fine);
  }
}

TEST_CASE("8A-2 block weights are reckoned in enough bits and BFQ gets them as they are") {
  CHECK(io_weight_from_blkio(0) == 0);
  CHECK(io_weight_from_blkio(10) == 1);
  CHECK(io_weight_from_blkio(100) == 910);
  CHECK(io_weight_from_blkio(500) == 4950);
  CHECK(io_weight_from_blkio(1000) == 10000);
  const char* const json = R"({"blockIO":{"weight":500,"weightDevice":[{"major":8,"minor":16,"weight":100}]}})";
  CHECK(on_v2(json) == Lines{"io/io.weight 4950", "io/io.weight 8:16 910"});
  CHECK(on_v2(json, {.io_weight_file = "io.bfq.weight"}) == Lines{"io/io.bfq.weight 500", "io/io.bfq.weight 8:16 100"});
  CHECK(on_v1(json) == Lines{"io/blkio.weight 500", "io/blkio.weight_device 8:16 100"});
  CHECK(on_v1(json, {.io_weight_file = "blkio.bfq.weight"}) ==
        Lines{"io/blkio.bfq.weight 500", "io/blkio.bfq.weight_device 8:16 100"});
}

TEST_CASE("each rate of a block device is a write of its own and 0 takes it away") {
  const char* const json = R"({"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1048576},
      {"major":8,"minor":16,"rate":0}],"throttleWriteBpsDevice":[{"major":8,"minor":0,"rate":18446744073709551615}],
      "throttleReadIOPSDevice":[{"major":8,"minor":0,"rate":7}],
      "throttleWriteIOPSDevice":[{"major":8,"minor":0,"rate":9}]}})";
  CHECK(on_v1(json) == Lines{"io/blkio.throttle.read_bps_device 8:0 1048576",
                             "io/blkio.throttle.read_bps_device 8:16 0",
                             "io/blkio.throttle.write_bps_device 8:0 18446744073709551615",
                             "io/blkio.throttle.read_iops_device 8:0 7", "io/blkio.throttle.write_iops_device 8:0 9"});
  CHECK(on_v2(json) == Lines{"io/io.max 8:0 rbps=1048576", "io/io.max 8:16 rbps=max",
                             "io/io.max 8:0 wbps=18446744073709551615", "io/io.max 8:0 riops=7",
                             "io/io.max 8:0 wiops=9"});
}

TEST_CASE("8A-14 the major number of a device comes before the minor") {
  const char* const json = R"({"blockIO":{"throttleReadBpsDevice":[{"minor":1,"major":259,"rate":5}]}})";
  CHECK(on_v1(json) == Lines{"io/blkio.throttle.read_bps_device 259:1 5"});
  CHECK(on_v2(json) == Lines{"io/io.max 259:1 rbps=5"});
}

TEST_CASE("leaf weights are for kernels that have them") {
  const auto json = test::resources(
      R"({"blockIO":{"leafWeight":20,"weightDevice":[{"major":8,"minor":0,"leafWeight":30,"weight":40}]}})");
  const Plan lenient = plan(json, Placement::legacy()).value();
  CHECK(test::lines(lenient) ==
        Lines{"io/blkio.leaf_weight 20", "io/blkio.weight_device 8:0 40", "io/blkio.leaf_weight_device 8:0 30"});
  CHECK(lenient.writes[0].on_failure.ignore_missing);
  const Plan strict = plan(json, Placement::legacy(), {.on_missing = OnMissing::error}).value();
  CHECK_FALSE(strict.writes[0].on_failure.ignore_missing);
}

TEST_CASE("what is no block device is refused with its field") {
  for (const Placement& placement : {Placement::legacy(), Placement::pure_v2()}) {
    CHECK(failure_of(R"({"blockIO":{"throttleReadBpsDevice":[{"major":-1,"minor":0,"rate":1}]}})", placement) ==
          "invalid_argument /blockIO/throttleReadBpsDevice/0/major: is no device number");
    CHECK(failure_of(R"({"blockIO":{"throttleReadBpsDevice":[{"major":1,"minor":4294967296,"rate":1}]}})", placement) ==
          "invalid_argument /blockIO/throttleReadBpsDevice/0/minor: is no device number");
    CHECK(failure_of(R"({"blockIO":{"throttleWriteIOPSDevice":[{"major":1,"minor":0}]}})", placement) ==
          "invalid_argument /blockIO/throttleWriteIOPSDevice/0/rate: is missing");
    CHECK(failure_of(R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":5}]}})", placement) ==
          "invalid_argument /blockIO/weightDevice/0/weight: is beyond 10 to 1000");
  }
}

TEST_CASE("sizes of huge pages have the kernel's names") {
  CHECK(hugepage_size("hugepages-64kB") == "64KB");
  CHECK(hugepage_size("hugepages-2048kB") == "2MB");
  CHECK(hugepage_size("hugepages-1048576kB") == "1GB");
  CHECK(hugepage_size("hugepages-16777216kB") == "16GB");
  for (const char* name : {"", "hugepages-", "hugepages-kB", "hugepages-0kB", "hugepages--1kB", "hugepages-2048KB",
                           "2048kB", "hugepages-2048kBx"}) {
    CHECK_FALSE_MESSAGE(hugepage_size(name).has_value(), name);
  }
}

TEST_CASE("a page size is one of the kernel's and never a way out of the directory") {
  const CurrentLimits current{.hugepage_sizes = Lines{"2MB", "1GB"}};
  CHECK(on_v1(R"({"hugepageLimits":[{"pageSize":"1GB","limit":18446744073709551615}]})", current) ==
        Lines{"hugetlb/hugetlb.1GB.limit_in_bytes 18446744073709551615",
              "hugetlb/hugetlb.1GB.rsvd.limit_in_bytes 18446744073709551615"});
  CHECK(failure_of(R"({"hugepageLimits":[{"pageSize":"2MB","limit":0},{"pageSize":"64KB","limit":1}]})",
                   Placement::legacy(), {}, current) ==
        "invalid_argument /hugepageLimits/1/pageSize: \"64KB\" is no size of huge pages of this kernel, which has 2MB, "
        "1GB");
  for (const char* size :
       {"", "MB", "0MB", "02MB", "2", "2mb", "-2MB", "2MB/../../x", "../../memory.max", "2MB.rsvd"}) {
    const std::string json = R"({"hugepageLimits":[{"limit":1,"pageSize":")" + std::string(size) + R"("}]})";
    CHECK_MESSAGE(failure_of(json, Placement::pure_v2()).starts_with("invalid_argument /hugepageLimits/0/pageSize"),
                  size);
  }
}

TEST_CASE("8A-6 every device of RDMA gets its write") {
  const char* const json =
      R"({"rdma":{"a":{"hcaHandles":1},"b":{"hcaObjects":2},"c":{"hcaHandles":0,"hcaObjects":4}}})";
  const Lines expected{"rdma/rdma.max a hca_handle=1", "rdma/rdma.max b hca_object=2",
                       "rdma/rdma.max c hca_handle=0 hca_object=4"};
  CHECK(on_v1(json) == expected);
  CHECK(on_v2(json) == expected);
  CHECK(failure_of(R"({"rdma":{"a":{}}})", Placement::pure_v2()) ==
        "invalid_argument /rdma/a: has neither hcaHandles nor hcaObjects");
  for (const char* name : {"", "a b", "a\\nb", "a=b", "a/b"}) {
    const std::string json_of_name = R"({"rdma":{")" + std::string(name) + R"(":{"hcaHandles":1}}})";
    CHECK_MESSAGE(failure_of(json_of_name, Placement::pure_v2()).starts_with("invalid_argument /rdma: "), name);
  }
}

TEST_CASE("marks of network traffic are v1's") {
  CHECK(
      on_v1(
          R"({"network":{"classID":1048577,"priorities":[{"name":"lo","priority":2},{"name":"eth0","priority":0}]}})") ==
      Lines{"net_cls/net_cls.classid 1048577", "net_prio/net_prio.ifpriomap lo 2",
            "net_prio/net_prio.ifpriomap eth0 0"});
  CHECK(on_v1(R"({"network":{"classID":0}})").empty());
  CHECK(failure_of(R"({"network":{"priorities":[{"name":"a b","priority":1}]}})", Placement::legacy()) ==
        "invalid_argument /network/priorities/0/name: \"a b\" is no name of an interface");
}

TEST_CASE("keys of the unified map are names of files") {
  for (const char* key : {"", ".", "..", "../x", "a/b", "memory.max/"}) {
    const std::string json = R"({"unified":{")" + std::string(key) + R"(":"1"}})";
    CHECK_MESSAGE(failure_of(json, Placement::pure_v2()).starts_with("invalid_argument /unified: "), key);
  }
  CHECK(on_v2(R"({"unified":{"misc.max":"","io.max":"8:0 rbps=1\n8:16 rbps=2\n"}})") ==
        Lines{"io/io.max 8:0 rbps=1", "io/io.max 8:16 rbps=2", "misc/misc.max "});
}

TEST_CASE("misc is set by the unified map where the controller is") {
  CHECK(on_v2(R"({"unified":{"misc.max":"sev 5\nsev_es max"}})") ==
        Lines{"misc/misc.max sev 5", "misc/misc.max sev_es max"});
  CHECK(failure_of(R"({"unified":{"misc.max":"sev 5"}})", Placement::legacy()) ==
        "unsupported /unified/misc.max: is not in cgroup v1");
  CHECK(failure_of(R"({"unified":{"misc.max":"sev 5"}})", {.v2 = {Controller::memory}, .unified = true}) ==
        "controller_unavailable /unified/misc.max: the cgroup has no controller misc");
  CHECK(failure_of(R"({"rdma":{"mlx4_0":{"hcaHandles":1}}})", {.v2 = {Controller::memory}, .unified = true}) ==
        "controller_unavailable /rdma: cannot be set: the cgroup has no controller rdma");
}
