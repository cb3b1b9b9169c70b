// SPDX-License-Identifier: Apache-2.0
//
// Properties of units and failures to make them as short texts, to compare.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <crunc/cgroups/units.hpp>

#include "support/plan_text.hpp"

namespace crunc::test {

/// The type of D-Bus and the value: "t 100", "s strict", "ay 255 1", "a(ss) /dev/char/1:3=rw"; "t max" for no limit.
[[nodiscard]] inline std::string text_of(const cgroups::PropertyValue& value) {
  constexpr const char* types[] = {"b", "i", "u", "x", "t", "d", "s", "ay", "au", "as", "a(ss)", "a(st)"};
  std::ostringstream text;
  text << std::boolalpha << types[value.index()];
  const auto print = [&](const auto& item) {
    if constexpr (requires { item.first; }) {
      text << ' ' << item.first << '=' << item.second;
    } else {
      text << ' ' << +item;
    }
  };
  std::visit(
      [&](const auto& held) {
        using Held = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::string>) {
          text << ' ' << held;
        } else if constexpr (std::is_same_v<Held, bool>) {
          text << ' ' << held;
        } else if constexpr (std::is_same_v<Held, std::vector<std::string>>) {
          for (const std::string& item : held) text << ' ' << item;
        } else if constexpr (std::is_arithmetic_v<Held>) {
          if (cgroups::PropertyValue(held) == cgroups::PropertyValue(cgroups::no_property_limit)) {
            text << " max";
          } else {
            print(held);
          }
        } else {
          for (const auto& item : held) print(item);
        }
      },
      value);
  return text.str();
}

/// "MemoryMax t 100"
[[nodiscard]] inline std::vector<std::string> lines(const std::vector<cgroups::UnitProperty>& properties) {
  std::vector<std::string> all;
  for (const cgroups::UnitProperty& property : properties) all.push_back(property.name + ' ' + text_of(property.value));
  return all;
}

/// What a systemd of this version on a machine with v2 alone is sent.
[[nodiscard]] inline std::vector<std::string> sent_on_v2(std::string_view json, unsigned version = 252,
                                                         const cgroups::ConversionOptions& options = {}) {
  return lines(cgroups::to_systemd(resources(json), true, version, options).value());
}

/// The same on v1.
[[nodiscard]] inline std::vector<std::string> sent_on_v1(std::string_view json, unsigned version = 252,
                                                         const cgroups::ConversionOptions& options = {}) {
  return lines(cgroups::to_systemd(resources(json), false, version, options).value());
}

/// "invalid_argument /memory/limit: ..."; "none" when there are properties.
[[nodiscard]] inline std::string unsent(std::string_view json, bool unified, unsigned version = 252,
                                        const cgroups::ConversionOptions& options = {}) {
  const auto made = cgroups::to_systemd(resources(json), unified, version, options);
  return made ? "none" : to_string(made.error().code) + (" " + made.error().reason);
}

}  // namespace crunc::test
