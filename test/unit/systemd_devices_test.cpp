// SPDX-License-Identifier: Apache-2.0
// Rules of devices as DevicePolicy and DeviceAllow, and what becomes of those that are no such list.
#include <doctest/doctest.h>

#include <crunc/cgroups/devices.hpp>
#include <crunc/cgroups/units.hpp>

#include "support/property_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::unsent;
using Lines = std::vector<std::string>;

namespace {

const Lines allow_all{"DeviceAllow a(ss)", "DevicePolicy s auto"};
const Lines deny_all{"DeviceAllow a(ss)", "DevicePolicy s strict"};

/// A strict policy with a list of what is allowed.
Lines strict(const std::string& allowed) {
  return {"DeviceAllow a(ss)", "DevicePolicy s strict", "DeviceAllow a(ss) " + allowed};
}

std::string json_of(const std::string& rules) { return R"({"devices":[)" + rules + "]}"; }
Lines v1(const std::string& rules, unsigned version = 252) { return test::sent_on_v1(json_of(rules), version); }
Lines v2(const std::string& rules, unsigned version = 252) { return test::sent_on_v2(json_of(rules), version); }

constexpr const char* deny = R"({"allow":false,"access":"rwm"})";
constexpr const char* allow = R"({"allow":true,"access":"rwm"})";

std::string after(const char* first, const std::string& rules) { return std::string(first) + ',' + rules; }

}  // namespace

TEST_CASE("the rules that every runtime has are a strict list") {
  oci::LinuxResources resources;
  resources.devices = default_device_rules();
  resources.devices.insert(resources.devices.begin(), {.allow = false, .access = "rwm"});
  const std::string numbers =
      "/dev/char/1:3=rwm /dev/char/1:5=rwm /dev/char/1:7=rwm /dev/char/1:8=rwm /dev/char/1:9=rwm "
      "/dev/char/5:0=rwm /dev/char/5:1=rwm /dev/char/5:2=rwm /dev/char/10:200=rwm ";
  for (const bool unified : {true, false}) {
    CHECK(test::lines(to_systemd(resources, unified, 252).value()) ==
          strict("block-*=m char-*=m " + numbers + "char-136=rwm"));
    CHECK(test::lines(to_systemd(resources, unified, 240).value()) ==
          strict("block-*=m char-*=m " + numbers + "char-136=rwm"));
    CHECK(test::lines(to_systemd(resources, unified, 239).value()) ==
          strict("block-*=m char-*=m " + numbers + "char-pts=rwm"));
  }
}

TEST_CASE("devices stay as they are without rules and where they are to be left alone") {
  CHECK(v2("").empty());
  CHECK(v1("").empty());
  const ConversionOptions skip{.skip_devices = true};
  CHECK(test::sent_on_v2(json_of(allow), 252, skip).empty());
  CHECK(test::sent_on_v1(json_of(allow), 252, skip).empty());
}

TEST_CASE("everything and nothing are a policy without a list") {
  CHECK(v2(allow) == allow_all);
  CHECK(v1(allow) == allow_all);
  CHECK(v2(deny) == deny_all);
  CHECK(v1(deny) == deny_all);
  CHECK(v1(after(allow, deny)) == deny_all);
  CHECK(v1(after(deny, allow)) == allow_all);
}

TEST_CASE("a rule is a node or a major or a type") {
  CHECK(v2(R"({"allow":true,"type":"b","major":8,"minor":1,"access":"r"})") == strict("/dev/block/8:1=r"));
  CHECK(v2(R"({"allow":true,"type":"b","major":8,"access":"w"})") == strict("block-8=w"));
  CHECK(v2(R"({"allow":true,"type":"b","access":"m"})") == strict("block-*=m"));
  CHECK(v2(R"({"allow":true,"type":"c","major":195,"minor":-1,"access":"rw"})") == strict("char-195=rw"));
  CHECK(v2(R"({"allow":true,"major":1,"minor":3,"access":"rw"})") == strict("/dev/block/1:3=rw /dev/char/1:3=rw"));
  CHECK(v2(R"({"allow":true,"type":"c","major":1,"minor":3,"access":"r"},
              {"allow":true,"type":"c","major":1,"minor":3,"access":"w"},
              {"allow":false,"type":"c","major":1,"minor":3,"access":"m"})") == strict("/dev/char/1:3=rw"));
  CHECK(v1(R"({"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"},
              {"allow":false,"type":"c","access":"rwm"})") == deny_all);
}

TEST_CASE("what systemd cannot say allows more on v2 and less on v1") {
  const std::string any_major = R"({"allow":true,"type":"c","minor":3,"access":"rw"})";
  CHECK(v2(any_major) == strict("char-*=rw"));
  CHECK(v1(any_major) == deny_all);
  const std::string major = R"({"allow":true,"type":"c","major":195,"access":"rw"})";
  CHECK(v2(major, 239) == strict("char-*=rw"));
  CHECK(v1(major, 239) == deny_all);
  CHECK(v1(major, 240) == strict("char-195=rw"));
  // 136 has its name as a device of characters only.
  CHECK(v1(R"({"allow":true,"type":"b","major":136,"access":"rw"})", 239) == deny_all);

  const std::string exception = R"({"allow":false,"type":"c","major":10,"minor":200,"access":"rwm"})";
  CHECK(v2(after(allow, exception)) == allow_all);
  CHECK(v1(after(allow, exception)) == deny_all);
  const std::string no_exception = R"({"allow":true,"type":"c","major":10,"minor":200,"access":"rwm"})";
  CHECK(v1(after(allow, exception + ',' + no_exception)) == allow_all);

  const std::string hole = R"({"allow":true,"type":"c","access":"rwm"},)" + exception;
  CHECK(v2(hole) == allow_all);
  CHECK(unsent(json_of(hole), false).starts_with("invalid_argument /devices/1: takes devices out"));
}

TEST_CASE("exceptions of rules can be asked for") {
  const auto rules = [](const std::string& json) {
    return DeviceRules::from(read_device_rules(test::resources(json_of(json)).devices).value()).value();
  };
  CHECK(rules(deny).exceptions().empty());
  CHECK(rules(after(allow, R"({"allow":false,"type":"c","major":1,"minor":3,"access":"rw"})")).exceptions() ==
        std::vector{DeviceRule{.allow = false,
                               .type = DeviceType::character,
                               .major = 1,
                               .minor = 3,
                               .access = DeviceAccess::read | DeviceAccess::write}});
  CHECK(
      rules(R"({"allow":true,"major":1,"access":"m"})").exceptions() ==
      std::vector{DeviceRule{.allow = true, .type = DeviceType::block, .major = 1, .access = DeviceAccess::mknod},
                  DeviceRule{.allow = true, .type = DeviceType::character, .major = 1, .access = DeviceAccess::mknod}});
}
