// SPDX-License-Identifier: Apache-2.0
// OCI documents that a caller gives: processes and resources, and what is made of resources.

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <crunc/cgroups/plan.hpp>
#include <crunc/cgroups/units.hpp>
#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

#include "cgroups/directory.hpp"
#include "fuzz/check.hpp"
#include "fuzz/target.hpp"
#include "oci/merge.hpp"

namespace crunc::fuzz {
namespace {

using cgroups::Controller;
using cgroups::ControllerSet;
using cgroups::ConversionOptions;
using cgroups::CurrentLimits;
using cgroups::Placement;

/// What a reader of a caller's documents, and all that is made of them, fails with.
constexpr auto refusals = {Errc::invalid_argument, Errc::unsupported, Errc::controller_unavailable, Errc::cgroup_busy};

/// What is read is written, and then read the same.
template <class Read>
auto checked(Read read, std::string_view bytes) {
  auto value = read(bytes);
  if (is_refused(value, {Errc::invalid_argument})) return value;
  const Result<std::string> text = write(*value);
  require(text.has_value(), "a document that was read can be written");
  require(read(*text).value() == *value, "a document that is written is read the same", *text);
  require_json(value->extra);
  return value;
}

/// What a container may be in: v1 alone, v2 alone, and some of both.
const std::array<Placement, 3>& placements() {
  static const ControllerSet on_v1{Controller::cpu, Controller::cpuset, Controller::io, Controller::devices};
  static const std::array all{Placement::legacy(), Placement::pure_v2(),
                              Placement{on_v1, ControllerSet::all() - on_v1, true}};
  return all;
}

std::vector<ConversionOptions> policies() {
  return {ConversionOptions{},
          {.cpu_weight = cgroups::CpuWeightFormula::linear,
           .zero_pids = cgroups::ZeroPids::keep,
           .on_missing = cgroups::OnMissing::error}};
}

/// A cgroup in use.
CurrentLimits in_force() {
  CurrentLimits current;
  current.memory_limit = Limit(1 << 20);
  current.memory_swap_limit = Limit();
  current.memory_usage_bytes = 4096;
  current.swap_usage_bytes = 4096;
  current.cpu_quota_us = Limit(50000);
  current.cpu_period_us = 100000;
  current.cpu_burst_us = 1000;
  current.cpu_idle = true;
  current.io_weight_file = "io.bfq.weight";
  current.hugepage_sizes = {{"2MB", "1GB"}};
  current.devices = cgroups::DeviceRules::parse("c 1:3 rwm\nb *:* m\n").value();
  return current;
}

/// Whether a JSON pointer leads to something in what was asked for.
bool leads_somewhere(const boost::json::value& document, const std::string& pointer) {
  boost::system::error_code error;
  return document.find_pointer(pointer, error) != nullptr;
}

void check_write(const cgroups::FileWrite& write, const Placement& placement, const boost::json::value& document) {
  require(cgroups::is_component(write.file), "a file is named by one component", write.file);
  require(write.value.find('\n') == std::string::npos, "a value is one line", write.value);
  require(leads_somewhere(document, write.field), "a write says from which field it comes", write.field);
  require(write.controller ? (placement.v1 | placement.v2).contains(*write.controller) : placement.unified,
          "a write goes to a directory that is there", write.file);
}

void check_plan(const oci::LinuxResources& resources, const boost::json::value& document, const Placement& placement,
                const ConversionOptions& options, const CurrentLimits& current) {
  const Result<cgroups::Plan> plan = cgroups::plan(resources, placement, options, current);
  if (is_refused(plan, refusals)) return;
  for (const cgroups::FileWrite& write : plan->writes) check_write(write, placement, document);
  require(!plan->device_program || placement.unified, "a device program is for v2");
  require(!plan->devices || placement.v1.contains(Controller::devices), "rules of devices are for v1");
  require(cgroups::plan(resources, placement, options, current)->writes == plan->writes, "a plan is no accident");
}

void check_property(const cgroups::UnitProperty& property, const boost::json::value& document) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  require(std::ranges::all_of(property.name, is_letter), "a property is named by letters", property.name);
  require(leads_somewhere(document, property.field), "a property says from which field it comes", property.field);
  if (const auto* const text = std::get_if<std::string>(&property.value)) {
    require(text->find('\0') == std::string::npos, "a string of D-Bus has no NUL", *text);
  }
}

void check_properties(const oci::LinuxResources& resources, const boost::json::value& document, bool unified,
                      unsigned version, const ConversionOptions& options) {
  const auto properties = cgroups::to_systemd(resources, unified, version, options);
  if (is_refused(properties, refusals)) return;
  std::map<std::string, int> times;
  for (const cgroups::UnitProperty& property : *properties) {
    check_property(property, document);
    ++times[property.name];
  }
  for (const auto& [name, count] : times) {
    require(count == 1 || (name == "DeviceAllow" && count == 2), "a property is there once", name);
  }
}

}  // namespace

FUZZ_TARGET(process_spec) { static_cast<void>(checked(oci::read_process, bytes)); }

FUZZ_TARGET(linux_resources) {
  const Result<oci::LinuxResources> resources = checked(oci::read_linux_resources, bytes);
  if (!resources) return;
  const auto same = oci::merge(*resources, {});
  require(same.has_value(), "resources that were read can be merged");
  const bool is_exact = !has_doubles(write(*resources).value());
  require(!is_exact || *same == *resources, "no changes change nothing");
  const auto made = oci::merge({}, *resources);
  require(made.has_value() && made->unified == resources->unified, "changes of nothing are what they are");
}

FUZZ_TARGET(plan) {
  const Result<oci::LinuxResources> resources = oci::read_linux_resources(bytes);
  if (!resources) return;
  const boost::json::value document = boost::json::parse(write(*resources).value());
  static const CurrentLimits in_use = in_force();
  for (const Placement& placement : placements()) {
    for (const ConversionOptions& options : policies()) {
      check_plan(*resources, document, placement, options, {});
      check_plan(*resources, document, placement, options, in_use);
    }
  }
}

FUZZ_TARGET(unit_properties) {
  const Result<oci::LinuxResources> resources = oci::read_linux_resources(bytes);
  if (!resources) return;
  const boost::json::value document = boost::json::parse(write(*resources).value());
  for (const unsigned version : {219U, 239U, 243U, 260U}) {
    for (const ConversionOptions& options : policies()) {
      check_properties(*resources, document, true, version, options);
      check_properties(*resources, document, false, version, options);
    }
  }
}

}  // namespace crunc::fuzz
