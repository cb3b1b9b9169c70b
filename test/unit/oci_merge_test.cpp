// SPDX-License-Identifier: Apache-2.0
// Resources that were given one after the other.
#include <doctest/doctest.h>

#include <string>

#include "oci/merge.hpp"

using namespace crunc;

namespace {

oci::LinuxResources read(std::string_view json) { return oci::read_linux_resources(json).value(); }

/// `base` after `changes`, as JSON.
std::string merged(std::string_view base, std::string_view changes) {
  return oci::write(oci::merge(read(base), read(changes)).value()).value();
}

}  // namespace

TEST_CASE("what is absent in the later resources stays") {
  const oci::LinuxResources both = oci::merge(read(R"({"memory":{"limit":1,"swap":2},"pids":{"limit":3}})"),
                                              read(R"({"memory":{"limit":4},"cpu":{"shares":5}})"))
                                       .value();

  CHECK(both == read(R"({"memory":{"limit":4,"swap":2},"pids":{"limit":3},"cpu":{"shares":5}})"));
  CHECK(oci::merge(both, {}).value() == both);
  CHECK(oci::merge({}, both).value() == both);
}

TEST_CASE("entries of lists are replaced by what they are about") {
  CHECK(
      merged(R"({"hugepageLimits":[{"pageSize":"2MB","limit":1},{"pageSize":"1GB","limit":2}]})",
             R"({"hugepageLimits":[{"pageSize":"1GB","limit":3},{"pageSize":"64KB","limit":4}]})") ==
      R"({"hugepageLimits":[{"pageSize":"2MB","limit":1},{"pageSize":"1GB","limit":3},{"pageSize":"64KB","limit":4}]})");
  CHECK(read(merged(
            R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":10,"leafWeight":20}]}})",
            R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":30},{"major":8,"minor":1,"weight":40}]}})")) ==
        read(R"({"blockIO":{"weightDevice":[{"major":8,"minor":0,"weight":30,"leafWeight":20},
                {"major":8,"minor":1,"weight":40}]}})"));
  CHECK(read(merged(R"({"network":{"priorities":[{"name":"a","priority":1},{"name":"b","priority":2}]}})",
                    R"({"network":{"priorities":[{"name":"b","priority":3}]}})")) ==
        read(R"({"network":{"priorities":[{"name":"a","priority":1},{"name":"b","priority":3}]}})"));
}

TEST_CASE("entries of maps are replaced by their names") {
  CHECK(read(merged(R"({"unified":{"memory.high":"1","cpu.idle":"0"},"rdma":{"mlx":{"hcaHandles":1}}})",
                    R"({"unified":{"memory.high":"2"},"rdma":{"mlx":{"hcaObjects":3}}})")) ==
        read(R"({"unified":{"memory.high":"2","cpu.idle":"0"},"rdma":{"mlx":{"hcaHandles":1,"hcaObjects":3}}})"));
}

TEST_CASE("rules of devices are replaced as a whole") {
  CHECK(merged(R"({"devices":[{"allow":false},{"allow":true,"type":"c","major":1,"minor":3}]})",
               R"({"devices":[{"allow":true}]})") == R"({"devices":[{"allow":true}]})");
}

TEST_CASE("resources that cannot be written cannot be merged") {
  CHECK(oci::merge(read(R"({"cpu":{"shares":5}})"), {.unified = {{"memory.high", "\xff"}}}).error().code ==
        Errc::invalid_argument);
}
