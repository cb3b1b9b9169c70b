// SPDX-License-Identifier: Apache-2.0
//
// For tests of what systemd is asked: a UnitManager that writes down what it is asked, and does nothing.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/units.hpp>

namespace crunc::test {

class RecordedUnits : public cgroups::UnitManager {
 public:
  std::vector<cgroups::UnitRequest> started{};
  std::vector<std::string> stopped{};
  std::vector<std::pair<std::string, std::vector<cgroups::UnitProperty>>> set_properties{};
  std::vector<std::string> attached{};  ///< "UNIT BELOW PID"
  /// What state() says of every unit.
  Result<cgroups::UnitState> state_answer = cgroups::UnitState{};
  Result<unsigned> version_answer = 252U;
  Result<std::string> root_answer = std::string();
  /// What start() does besides, and says.
  std::function<Result<void>(const cgroups::UnitRequest&)> on_start = [](const auto&) { return Result<void>(); };

  [[nodiscard]] Result<unsigned> version() override { return version_answer; }
  [[nodiscard]] Result<std::string> root() override { return root_answer; }
  [[nodiscard]] Result<void> start(const cgroups::UnitRequest& request) override {
    started.push_back(request);
    return on_start(request);
  }
  [[nodiscard]] Result<void> stop(std::string_view unit, std::chrono::milliseconds /*timeout*/) override {
    stopped.emplace_back(unit);
    return {};
  }
  [[nodiscard]] Result<void> reset_failed(std::string_view /*unit*/) override { return {}; }
  [[nodiscard]] Result<void> set(std::string_view unit, const std::vector<cgroups::UnitProperty>& properties) override {
    set_properties.emplace_back(unit, properties);
    return {};
  }
  [[nodiscard]] Result<void> attach(std::string_view unit, std::string_view below,
                                    const std::vector<pid_t>& pids) override {
    attached.push_back(std::string(unit) + " " + std::string(below) + " " + std::to_string(pids.at(0)));
    return {};
  }
  [[nodiscard]] Result<cgroups::UnitState> state(std::string_view /*unit*/) override { return state_answer; }
};

/// The value of a property that a request has; nothing if it has none of this name and type.
template <class Value>
[[nodiscard]] std::optional<Value> property_of(const cgroups::UnitRequest& request, std::string_view name) {
  const auto found = std::ranges::find(request.properties, name, &cgroups::UnitProperty::name);
  if (found == request.properties.end() || !std::holds_alternative<Value>(found->value)) return std::nullopt;
  return std::get<Value>(found->value);
}

}  // namespace crunc::test
