// SPDX-License-Identifier: Apache-2.0
// Rules of devices as v1 keeps them, and the program that says the same.
#include <doctest/doctest.h>

#include <crunc/cgroups/devices.hpp>
#include <crunc/cgroups/plan.hpp>

#include "support/device_program_run.hpp"
#include "support/plan_text.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using test::DeviceRequest;
using Lines = std::vector<std::string>;

namespace {

std::vector<DeviceRule> rules(const std::string& json) {
  return read_device_rules(test::resources(R"({"devices":)" + json + "}").devices).value();
}

std::string failure(const std::string& json) {
  const auto read = read_device_rules(test::resources(R"({"devices":)" + json + "}").devices);
  return read ? "none" : to_string(read.error().code) + (" " + read.error().reason);
}

/// The writes from one state to another, as devices.list has states.
Lines writes(std::string_view now, const std::string& json) {
  Lines texts;
  const DeviceRules target = DeviceRules::from(rules(json)).value();
  for (const DeviceRules::Write& write : DeviceRules::parse(now).value().writes_to(target)) {
    texts.push_back((write.allow ? "allow " : "deny ") + write.rule);
  }
  return texts;
}

/// What the rules mean: the last that covers all that is asked for.
bool meant(const std::vector<DeviceRule>& list, const DeviceRequest& request) {
  bool allowed = false;
  for (const DeviceRule& rule : list) {
    const bool covers = (!rule.type || static_cast<std::uint16_t>(*rule.type) == request.type) &&
                        (request.access & ~rule.access) == 0 && (!rule.major || *rule.major == request.major) &&
                        (!rule.minor || *rule.minor == request.minor);
    if (covers) allowed = rule.allow;
  }
  return allowed;
}

/// Compares a program with what its rules mean in every case that they tell apart, and some more.
void check_all_cases(const std::string& json) {
  const std::vector<DeviceRule> list = rules(json);
  const DeviceProgram program = make_device_program(list);
  bool all = true;
  for (std::uint16_t type = 1; type <= 2; ++type) {
    for (std::uint16_t access = 1; access <= 7; ++access) {
      for (const std::uint32_t major : {0U, 1U, 5U, 8U, 136U, 4095U}) {
        for (const std::uint32_t minor : {0U, 1U, 3U, 5U, 200U, 0xfffffU}) {
          const DeviceRequest request{type, access, major, minor};
          const bool allowed = test::run(program, request);
          all = all && allowed;
          CHECK_MESSAGE(allowed == meant(list, request),
                        json << " type " << type << " access " << access << ' ' << major << ':' << minor);
        }
      }
    }
  }
  CHECK((!program.allows_everything || all));
}

}  // namespace

TEST_CASE("rules of devices are checked") {
  CHECK(rules(R"([{"allow":true,"type":"c","major":1,"minor":-1,"access":"mr"}])") ==
        std::vector<DeviceRule>{{.allow = true, .type = DeviceType::character, .major = 1, .access = 3}});
  CHECK(failure(R"([{"allow":true,"access":"r"},{"allow":true,"type":"p","access":"r"}])") ==
        "invalid_argument /devices/1/type: \"p\" is none of a, b and c");
  CHECK(failure(R"([{"allow":true,"access":"rx"}])") ==
        "invalid_argument /devices/0/access: \"rx\" is not of r, w and m");
  CHECK(failure(R"([{"allow":true,"access":""}])") == "invalid_argument /devices/0/access: is empty");
  CHECK(failure(R"([{"allow":true}])") == "invalid_argument /devices/0/access: is empty");
  CHECK(failure(R"([{"allow":true,"major":-2,"access":"r"}])") ==
        "invalid_argument /devices/0/major: -2 is no device number");
  CHECK(failure(R"([{"allow":true,"minor":2147483648,"access":"r"}])") ==
        "invalid_argument /devices/0/minor: 2147483648 is no device number");
}

TEST_CASE("a rule of all devices resets the list") {
  const DeviceRules all = DeviceRules::from(rules(R"([{"allow":true,"type":"c","major":1,"minor":3,"access":"r"},
      {"allow":true,"type":"a","access":"rwm"}])"))
                              .value();
  CHECK(all == DeviceRules::parse("a *:* rwm\n").value());
  CHECK(all.allows_by_default());
  const DeviceRules none =
      DeviceRules::from(rules(R"([{"allow":true,"access":"rwm"},{"allow":false,"access":"rwm"}])")).value();
  CHECK(none == DeviceRules());
}

TEST_CASE("a change of devices is the difference and no more") {
  const char* const now = "c 1:3 rwm\nc 136:* rwm\nb *:* m\n";
  CHECK(writes(now, R"([{"allow":false,"access":"rwm"},{"allow":true,"type":"b","access":"m"},
      {"allow":true,"type":"c","major":1,"minor":3,"access":"rw"},{"allow":true,"type":"c","major":136,"access":"rwm"},
      {"allow":true,"type":"c","major":1,"minor":5,"access":"r"}])") == Lines{"deny c 1:3 m", "allow c 1:5 r"});
  CHECK(writes(now, R"([{"allow":true,"type":"b","access":"m"},{"allow":true,"type":"c","major":136,"access":"wmr"},
      {"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}])")
            .empty());
  CHECK(writes("", R"([{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}])") == Lines{"allow c 1:3 rwm"});
}

TEST_CASE("where the default differs or exceptions cannot be known all is written anew") {
  CHECK(writes("a *:* rwm\n", R"([{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"access":"r"}])") ==
        Lines{"deny a *:* rwm", "allow c 1:* r"});
  CHECK(writes("a *:* rwm\n", R"([{"allow":true,"access":"rwm"},{"allow":false,"type":"c","major":1,"access":"r"}])") ==
        Lines{"allow a *:* rwm", "deny c 1:* r"});
  CHECK(writes("c 1:3 rwm\n", R"([{"allow":true,"access":"rwm"}])") == Lines{"allow a *:* rwm"});
}

TEST_CASE("a hole in a wildcard is refused on v1 and anything wider is not") {
  const auto made = [](const std::string& json) { return DeviceRules::from(rules(json)); };
  CHECK(
      made(R"([{"allow":true,"type":"c","access":"rwm"},{"allow":false,"type":"c","major":1,"minor":3,"access":"m"}])")
          .error()
          .reason == "/devices/1: takes devices out of the rule for *:*, which cgroup v1 would ignore");
  CHECK(made(R"([{"allow":true,"type":"c","major":1,"access":"r"},
      {"allow":false,"type":"c","minor":3,"access":"r"}])")
            .error()
            .code == Errc::invalid_argument);
  CHECK(made(R"([{"allow":true,"access":"rwm"},{"allow":false,"type":"b","access":"rwm"},
      {"allow":true,"type":"b","major":8,"minor":0,"access":"r"}])")
            .error()
            .code == Errc::invalid_argument);
  // Other access, other type: no hole.
  CHECK(made(R"([{"allow":true,"type":"c","access":"m"},{"allow":false,"type":"c","major":1,"minor":3,"access":"rw"},
      {"allow":false,"type":"b","major":1,"minor":3,"access":"m"}])")
            .has_value());
  const DeviceRules taken_back = made(R"([{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"},
      {"allow":true,"type":"c","major":1,"minor":5,"access":"r"},{"allow":false,"type":"c","access":"r"}])")
                                     .value();
  CHECK(taken_back == DeviceRules::parse("c 1:3 wm\n").value());
}

TEST_CASE("a narrow rule of either type is about both and not about everything") {
  CHECK(writes("", R"([{"allow":true,"type":"a","major":1,"minor":3,"access":"r"}])") ==
        Lines{"allow b 1:3 r", "allow c 1:3 r"});
}

TEST_CASE("a list of devices that is none is malformed") {
  for (const char* text :
       {"x 1:3 rwm\n", "c 1:3\n", "c 1 rwm\n", "c 1:x rwm\n", "c 1:3 q\n", "c 1:3 \n", "c -1:3 r\n", "\n"}) {
    CAPTURE(text);
    CHECK(DeviceRules::parse(text).error().code == Errc::malformed_output);
  }
  CHECK(DeviceRules::parse("").value() == DeviceRules());
}

TEST_CASE("of a default of allowed only the default can be read back") {
  const DeviceRules target =
      DeviceRules::from(rules(R"([{"allow":true,"access":"rwm"},{"allow":false,"type":"c","major":1,"access":"r"}])"))
          .value();
  CHECK(target.reads_as(DeviceRules::parse("a *:* rwm").value()));
  CHECK_FALSE(target.reads_as(DeviceRules::parse("c 1:3 r").value()));
  CHECK_FALSE(DeviceRules::parse("c 1:3 r").value().reads_as(DeviceRules::parse("c 1:3 rw").value()));
}

TEST_CASE("8A-4 the device program allows what the rules allow and nothing in part") {
  check_all_cases("[]");
  check_all_cases(R"([{"allow":true,"access":"rwm"}])");
  check_all_cases(R"([{"allow":false,"access":"rwm"}])");
  check_all_cases(R"([{"allow":true,"type":"c","major":1,"minor":3,"access":"r"}])");
  check_all_cases(R"([{"allow":true,"type":"b","major":8,"access":"rw"},{"allow":true,"minor":5,"access":"m"}])");
  check_all_cases(R"([{"allow":true,"access":"rwm"},{"allow":false,"type":"c","major":1,"minor":3,"access":"w"},
      {"allow":false,"type":"b","access":"rwm"},{"allow":true,"type":"b","major":8,"minor":0,"access":"r"}])");
  check_all_cases(R"([{"allow":true,"type":"c","major":1,"access":"rwm"},{"allow":false,"access":"rwm"},
      {"allow":true,"type":"c","major":5,"minor":1,"access":"wm"}])");
  check_all_cases(
      R"([{"allow":true,"access":"m"},{"allow":true,"access":"r"},{"allow":false,"major":136,"access":"mr"}])");

  const DeviceProgram reads =
      make_device_program(rules(R"([{"allow":true,"type":"c","major":1,"minor":3,"access":"r"}])"));
  CHECK(test::run(reads, {2, 2, 1, 3}));
  CHECK_FALSE(test::run(reads, {2, 2 | 4, 1, 3}));
}

TEST_CASE("a device program ends with the rule of all devices") {
  const DeviceProgram one = make_device_program(rules(R"([{"allow":false,"access":"rwm"}])"));
  const DeviceProgram two =
      make_device_program(rules(R"([{"allow":true,"type":"c","access":"r"},{"allow":false,"access":"rwm"}])"));
  CHECK(one == two);
  CHECK(one.instructions.size() == 8);
  CHECK_FALSE(one.allows_everything);
  CHECK(make_device_program(rules(R"([{"allow":true,"access":"rwm"}])")).allows_everything);
  CHECK_FALSE(make_device_program(rules(R"([{"allow":true,"access":"rwm"},{"allow":false,"type":"b","access":"r"}])"))
                  .allows_everything);
}

TEST_CASE("the default devices can be allowed on either version") {
  const std::vector<DeviceRule> list = read_device_rules(default_device_rules()).value();
  CHECK(DeviceRules::from(list).value() ==
        DeviceRules::parse("c *:* m\nb *:* m\nc 1:3 rwm\nc 1:5 rwm\nc 1:7 rwm\nc 1:8 rwm\nc 1:9 rwm\nc 5:0 rwm\n"
                           "c 5:1 rwm\nc 5:2 rwm\nc 136:* rwm\nc 10:200 rwm\n")
            .value());
  const DeviceProgram program = make_device_program(list);
  CHECK(test::run(program, {2, 6, 1, 3}));
  CHECK(test::run(program, {1, 1, 8, 0}));
  CHECK_FALSE(test::run(program, {1, 2, 8, 0}));
}

TEST_CASE("devices of a plan are left alone when there are none or the options say so") {
  const auto with = test::resources(R"({"devices":[{"allow":false,"access":"rwm"}]})");
  CHECK_FALSE(plan({}, Placement::pure_v2()).value().device_program.has_value());
  CHECK_FALSE(plan(with, Placement::pure_v2(), {.skip_devices = true}).value().device_program.has_value());
  CHECK(plan(with, Placement::legacy(), {}, {.in_user_namespace = true}).value().writes.empty());
  const Plan inside = plan(with, Placement::pure_v2(), {}, {.in_user_namespace = true}).value();
  CHECK(inside.device_program.has_value());
  CHECK(inside.device_program_is_optional);
  CHECK_FALSE(plan(with, Placement::pure_v2()).value().device_program_is_optional);
  const auto all = test::resources(R"({"devices":[{"allow":true,"access":"rwm"}]})");
  CHECK(plan(all, Placement::pure_v2()).value().device_program_is_optional);
}
