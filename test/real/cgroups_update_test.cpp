// SPDX-License-Identifier: Apache-2.0
// Resources through the runtime and through us leave the same in the files of the cgroup.
//
// Deliberate differences, each of which a case here shows or leaves out:
//  - disableOOMKiller false: runc writes nothing, so that it can never be taken back; here 0 is written.
//  - `runc update` takes but some fields of its document: no swappiness, OOM killer, rates of devices, devices.
//  - a type "a" rule with a number is everything to runc on v1, and about blocks and characters of that number here.
//  - cpu shares beyond 2 to 262144: runc fails after it wrote them, here nothing is written.
//  - default_device_rules() are crun's; runc's are the same without the console.
//  - v2, memory swap alone: runc reckons from the limit in its own state, here the one in force counts.
#include <doctest/doctest.h>

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/update.hpp>
#include <crunc/crunc.hpp>

#include "support/cgroup_contents.hpp"
#include "support/real_runtime.hpp"
#include "support/requirements.hpp"
#include "support/text_file.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::contents;
using test::RealRuntime;
using test::set_resources;

namespace {

Cgroup cgroup_of(const RealRuntime& runtime, const char* id) {
  return Cgroup::load(Hierarchy::system().value(), runtime->state(id).value().pid).value();
}

/// Rates for a block device of this machine, if there is one.
std::string block_io() {
  for (const auto& entry : std::filesystem::directory_iterator("/sys/block")) {
    const std::string numbers = test::read_text(entry.path() / "dev");
    const std::size_t colon = numbers.find(':');
    if (colon == std::string::npos) continue;
    const std::string device = R"([{"major":)" + numbers.substr(0, colon) + R"(,"minor":)" + numbers.substr(colon + 1) +
                               R"(,"rate":1048576}])";
    return R"("blockIO":{"throttleReadBpsDevice":)" + device + R"(,"throttleWriteIOPSDevice":)" + device + "},";
  }
  return "";
}

bool skip() {
  return test::skip_unless_real_runtime() ||
         test::skip_unless(!test::cgroups_disabled(), "the runtime is kept off cgroups");
}

ConversionOptions options_of(const RealRuntime& runtime) {
  const Version version = runtime->version().value();
  return conversion_options_of(version.name, version.version);
}

constexpr const char* deny_all = R"({"devices":[{"allow":false,"access":"rwm"}]})";

}  // namespace

TEST_CASE("the same updates through the runtime and through us leave the same files") {
  if (skip()) return;
  RealRuntime runtime;
  for (const char* id : {"theirs", "ours"}) {
    REQUIRE(runtime->run(id, runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  }
  const ConversionOptions options = options_of(runtime);
  const Cgroup theirs = cgroup_of(runtime, "theirs");
  Cgroup ours = cgroup_of(runtime, "ours");
  REQUIRE(contents(ours) == contents(theirs));

  for (const char* json : {
           R"({"cpu":{"shares":512,"quota":20000,"period":50000},"pids":{"limit":100}})",
           R"({"cpu":{"quota":300000,"period":1000000}})",
           R"({"cpu":{"quota":5000,"period":5000}})",
           R"({"cpu":{"quota":-1,"period":100000}})",
           R"({"cpu":{"shares":2,"cpus":"0","mems":"0"}})",
           R"({"cpu":{"shares":262144}})",
           R"({"memory":{"limit":104857600,"swap":209715200,"reservation":52428800}})",
           R"({"memory":{"limit":314572800,"swap":419430400}})",
           R"({"memory":{"limit":67108864,"swap":67108864}})",
           R"({"memory":{"limit":134217728,"swap":-1}})",
           R"({"memory":{"limit":-1}})",
           R"({"pids":{"limit":-1}})",
       }) {
    CAPTURE(json);
    const oci::LinuxResources resources = oci::read_linux_resources(json).value();
    const auto by_them = runtime->update("theirs", resources);
    CAPTURE(by_them.has_value() ? "" : by_them.error().message());
    REQUIRE(by_them.has_value());
    const auto by_us = update(ours, resources, options);
    CAPTURE(by_us.has_value() ? "" : by_us.error().message());
    REQUIRE(by_us.has_value());
    CHECK(contents(ours) == contents(theirs));
  }
}

TEST_CASE("a container made with resources and one given them later have the same files") {
  if (skip()) return;
  RealRuntime runtime;
  // crun refuses on v2 what is v1's alone.
  const std::string v1_alone = test::on_cgroup_v2() ? "" : R"(,"swappiness":10,"disableOOMKiller":true)";
  const std::string resources = R"({"cpu":{"shares":300,"quota":30000,"period":60000},"pids":{"limit":64},)" +
                                block_io() + R"("memory":{"limit":104857600,"reservation":52428800,"swap":157286400)" +
                                v1_alone +
                                R"(},"devices":[{"allow":false,"access":"rwm"},
                                {"allow":true,"type":"c","major":10,"minor":229,"access":"rw"}]})";
  const auto with = runtime.bundle({"sleep", "1000"});
  set_resources(with, resources);
  const auto without = runtime.bundle({"sleep", "1000"});
  set_resources(without, deny_all);
  REQUIRE(runtime->run("theirs", with, {.detach = true}).has_value());
  REQUIRE(runtime->run("ours", without, {.detach = true}).has_value());
  const Cgroup theirs = cgroup_of(runtime, "theirs");
  Cgroup ours = cgroup_of(runtime, "ours");
  REQUIRE(contents(ours) != contents(theirs));

  oci::LinuxResources wanted = oci::read_linux_resources(resources).value();
  for (oci::DeviceCgroup& rule : default_device_rules()) {
    const bool console = rule.major == 5 && rule.minor == 1;
    if (!console || runtime.is_crun()) wanted.devices.push_back(std::move(rule));
  }
  const auto done = update(ours, wanted, options_of(runtime));
  CAPTURE(done.has_value() ? "" : done.error().message());
  REQUIRE(done.has_value());

  CHECK(contents(ours) == contents(theirs));
}

TEST_CASE("the kernel's own refusals come with field and file and value") {
  if (skip()) return;
  RealRuntime runtime;
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  Cgroup cgroup = cgroup_of(runtime, "web");

  const auto done = update(cgroup, oci::read_linux_resources(R"({"cpu":{"cpus":"4000"}})").value());

  REQUIRE(done.has_error());
  CHECK(done.error().reason.starts_with("/cpu/cpus: "));
  CHECK(done.error().reason.find("cpuset.cpus") != std::string::npos);
  CHECK(done.error().reason.find("4000") != std::string::npos);
  CHECK(static_cast<bool>(done.error().system));
}
