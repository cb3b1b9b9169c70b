// SPDX-License-Identifier: Apache-2.0
// Rules of devices: checked, kept as v1 keeps them, and the writes from one state to another.

#include <crunc/cgroups/devices.hpp>

#include "cgroups/planner.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

Error rule_error(Errc code, std::size_t index, std::string_view member, const std::string& what) {
  return Error(code, "/devices/" + std::to_string(index) + std::string(member) + ": " + what);
}

Result<std::optional<DeviceType>> read_type(const oci::DeviceCgroup& rule, std::size_t index) {
  const std::string type = rule.type.value_or("a");
  if (type.empty() || type == "a") return std::optional<DeviceType>();
  if (type == "b") return std::optional(DeviceType::block);
  if (type == "c") return std::optional(DeviceType::character);
  return rule_error(Errc::invalid_argument, index, "/type", core::excerpt(type) + " is none of a, b and c");
}

Result<std::uint8_t> read_access(const oci::DeviceCgroup& rule, std::size_t index) {
  const std::string access = rule.access.value_or("");
  unsigned bits = 0;
  for (const char letter : access) {
    if (letter == 'r')
      bits |= DeviceAccess::read;
    else if (letter == 'w')
      bits |= DeviceAccess::write;
    else if (letter == 'm')
      bits |= DeviceAccess::mknod;
    else
      return rule_error(Errc::invalid_argument, index, "/access", core::excerpt(access) + " is not of r, w and m");
  }
  if (bits == 0) return rule_error(Errc::invalid_argument, index, "/access", "is empty");
  return static_cast<std::uint8_t>(bits);
}

Result<std::optional<std::uint32_t>> read_number(const std::optional<std::int64_t>& number, std::size_t index,
                                                 std::string_view member) {
  if (!number || *number == -1) return std::optional<std::uint32_t>();
  if (*number < -1 || *number > INT32_MAX) {
    return rule_error(Errc::invalid_argument, index, member, std::to_string(*number) + " is no device number");
  }
  return std::optional(static_cast<std::uint32_t>(*number));
}

std::string number_text(const std::optional<std::uint32_t>& number) { return number ? std::to_string(*number) : "*"; }

/// A number of devices.list. Nothing: it is none; "*" is any.
std::optional<std::optional<std::int64_t>> parse_listed_number(std::string_view text) {
  if (text == "*") return std::optional<std::int64_t>();
  const auto number = core::parse_number<std::uint32_t>(text);
  if (!number || *number > INT32_MAX) return std::nullopt;
  return std::optional<std::int64_t>(*number);
}

/// A line of devices.list: "c 1:3 rwm".
std::optional<oci::DeviceCgroup> parse_listed(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.rfind(' ');
  if (first == std::string_view::npos || first == second) return std::nullopt;
  const std::string_view numbers = line.substr(first + 1, second - first - 1);
  const std::size_t colon = numbers.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto major = parse_listed_number(numbers.substr(0, colon));
  const auto minor = parse_listed_number(numbers.substr(colon + 1));
  if (!major || !minor) return std::nullopt;
  return oci::DeviceCgroup{.allow = true,
                           .type = std::string(line.substr(0, first)),
                           .major = *major,
                           .minor = *minor,
                           .access = std::string(line.substr(second + 1))};
}

DeviceRules::Write everything(bool allow) { return {.allow = allow, .rule = "a *:* rwm"}; }

}  // namespace

std::string access_text(std::uint8_t access) {
  std::string text;
  if ((access & DeviceAccess::read) != 0) text += 'r';
  if ((access & DeviceAccess::write) != 0) text += 'w';
  if ((access & DeviceAccess::mknod) != 0) text += 'm';
  return text;
}

Result<std::vector<DeviceRule>> read_device_rules(const std::vector<oci::DeviceCgroup>& rules) {
  std::vector<DeviceRule> read;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto type = read_type(rules[i], i);
    if (!type) return type.error();
    const auto major = read_number(rules[i].major, i, "/major");
    if (!major) return major.error();
    const auto minor = read_number(rules[i].minor, i, "/minor");
    if (!minor) return minor.error();
    const auto access = read_access(rules[i], i);
    if (!access) return access.error();
    read.push_back({.allow = rules[i].allow, .type = *type, .major = *major, .minor = *minor, .access = *access});
  }
  return read;
}

std::vector<oci::DeviceCgroup> default_device_rules() {
  std::vector<oci::DeviceCgroup> rules;
  const auto allow = [&](const char* type, std::optional<std::int64_t> major, std::optional<std::int64_t> minor,
                         const char* access) {
    rules.push_back({.allow = true, .type = type, .major = major, .minor = minor, .access = access});
  };
  allow("c", std::nullopt, std::nullopt, "m");
  allow("b", std::nullopt, std::nullopt, "m");
  for (const std::int64_t minor : {3, 5, 7, 8, 9}) allow("c", 1, minor, "rwm");  // null zero full random urandom
  for (const std::int64_t minor : {0, 1, 2}) allow("c", 5, minor, "rwm");        // tty console ptmx
  allow("c", 136, std::nullopt, "rwm");                                          // pts
  allow("c", 10, 200, "rwm");                                                    // net/tun
  return rules;
}

Result<DeviceRules> DeviceRules::from(const std::vector<DeviceRule>& rules) {
  DeviceRules made;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const DeviceRule& rule = rules[i];
    if (rule.is_about_all()) {
      made = DeviceRules();
      made.allows_by_default_ = rule.allow;
      continue;
    }
    for (const DeviceType type : {DeviceType::block, DeviceType::character}) {
      if (rule.type.value_or(type) != type) continue;
      DeviceRule one = rule;
      one.type = type;
      if (Result<void> done = made.add(one, i); !done) return done.error();
    }
  }
  return made;
}

Result<void> DeviceRules::add(const DeviceRule& rule, std::size_t index) {
  // What the default says already takes away from the exceptions.
  if (rule.allow == allows_by_default_) return except(rule, index);
  std::uint8_t& access = exceptions_[Key(*rule.type, rule.major, rule.minor)];
  access = static_cast<std::uint8_t>(access | rule.access);
  return {};
}

Result<void> DeviceRules::except(const DeviceRule& rule, std::size_t index) {
  const auto covers = [](const auto& wider, const auto& narrower) { return !wider || wider == narrower; };
  for (auto it = exceptions_.begin(); it != exceptions_.end();) {
    auto& [key, access] = *it;
    const auto& [type, major, minor] = key;
    const bool apart = (rule.major && major && rule.major != major) || (rule.minor && minor && rule.minor != minor);
    if (type != *rule.type || apart || (access & rule.access) == 0) {
      ++it;
      continue;
    }
    if (!covers(rule.major, major) || !covers(rule.minor, minor)) {
      return rule_error(Errc::invalid_argument, index, "",
                        "takes devices out of the rule for " + number_text(major) + ':' + number_text(minor) +
                            ", which cgroup v1 would ignore");
    }
    access = static_cast<std::uint8_t>(access & ~rule.access);
    it = access == 0 ? exceptions_.erase(it) : std::next(it);
  }
  return {};
}

Result<DeviceRules> DeviceRules::parse(std::string_view devices_list) {
  std::vector<oci::DeviceCgroup> listed;
  for (const std::string_view line : core::split_lines(devices_list)) {
    auto rule = parse_listed(line);
    if (!rule) return Error(Errc::malformed_output, "devices.list: " + core::excerpt(line) + " is no rule");
    listed.push_back(std::move(*rule));
  }
  const Result<std::vector<DeviceRule>> rules = read_device_rules(listed);
  if (!rules) return Error(Errc::malformed_output, "devices.list: " + rules.error().reason);
  return from(*rules);
}

std::vector<DeviceRules::Write> DeviceRules::writes_to(const DeviceRules& target) const {
  std::vector<Write> writes;
  // Exceptions from "allowed" are not told by devices.list, so there is no difference to take.
  const bool anew = allows_by_default_ || target.allows_by_default_;
  if (anew) writes.push_back(everything(target.allows_by_default_));
  const Exceptions none;
  const Exceptions& before = anew ? none : exceptions_;
  const auto difference = [&](const Exceptions& from, const Exceptions& without, bool allow) {
    for (const auto& [key, access] : from) {
      const auto found = without.find(key);
      const auto rest = static_cast<std::uint8_t>(found == without.end() ? access : access & ~found->second);
      if (rest == 0) continue;
      const auto& [type, major, minor] = key;
      writes.push_back({.allow = allow,
                        .rule = std::string(type == DeviceType::block ? "b " : "c ") + number_text(major) + ':' +
                                number_text(minor) + ' ' + access_text(rest)});
    }
  };
  difference(before, target.exceptions_, target.allows_by_default_);
  difference(target.exceptions_, before, !target.allows_by_default_);
  return writes;
}

std::vector<DeviceRule> DeviceRules::exceptions() const {
  std::vector<DeviceRule> rules;
  for (const auto& [key, access] : exceptions_) {
    const auto& [type, major, minor] = key;
    rules.push_back({.allow = !allows_by_default_, .type = type, .major = major, .minor = minor, .access = access});
  }
  return rules;
}

bool DeviceRules::reads_as(const DeviceRules& now) const noexcept {
  if (allows_by_default_ || now.allows_by_default_) return allows_by_default_ == now.allows_by_default_;
  return exceptions_ == now.exceptions_;
}

}  // namespace crunc::cgroups
