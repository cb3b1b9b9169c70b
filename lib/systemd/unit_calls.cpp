// SPDX-License-Identifier: Apache-2.0
// Units: made, stopped, changed and asked.
// @source org.freedesktop.systemd1(5)

#include "systemd/unit_calls.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <crunc/cgroups/path.hpp>

#include "systemd/job.hpp"
#include "systemd/properties.hpp"

namespace crunc::cgroups {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_time = 25s;

std::vector<std::uint32_t> numbers_of(const std::vector<pid_t>& pids) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(pids.size());
  for (const pid_t pid : pids) numbers.push_back(static_cast<std::uint32_t>(pid));
  return numbers;
}

/// The properties that a request is, besides those that it has.
std::vector<UnitProperty> properties_of(const UnitRequest& request) {
  std::vector<UnitProperty> properties{{.name = "Description", .value = request.description}};
  if (is_slice(request.name)) {
    const std::size_t dash = request.name.rfind('-');
    if (dash != std::string::npos) {
      const std::vector<std::string> around{request.name.substr(0, dash) + ".slice"};
      properties.push_back({.name = "Wants", .value = around});
    }
  } else {
    if (!request.slice.empty()) properties.push_back({.name = "Slice", .value = request.slice});
    properties.push_back({.name = "Delegate", .value = request.delegate});
    properties.push_back({.name = "PIDs", .value = numbers_of(request.pids)});
  }
  properties.insert(properties.end(), request.properties.begin(), request.properties.end());
  return properties;
}

/// Sends a call with properties, again without those that systemd does not know, as long as they are optional.
template <class Fill>
Result<BusMessage> send_properties(const Bus& bus, const char* method, const std::string& what,
                                   std::vector<UnitProperty> properties, std::chrono::milliseconds timeout,
                                   Fill&& fill) {
  for (;;) {
    auto call = bus.call_of(method);
    if (!call) return call.error();
    if (const int status = fill(call->get(), properties); status < 0) return bus_failure(what, status);
    BusError error;
    auto answer = bus.send(*call, what, timeout, error);
    const auto refused = answer ? properties.end() : refused_among(properties, error);
    if (refused == properties.end()) return answer;
    properties.erase(refused);
  }
}

/// The path of the job that an answer has.
Result<std::string> job_in(const BusMessage& answer) {
  const char* job = nullptr;
  if (const int status = sd_bus_message_read(answer.get(), "o", &job); status < 0) {
    return bus_failure("read the job in systemd's answer", status);
  }
  return std::string(job);
}

Result<BusMessage> send_start(const Bus& bus, const UnitRequest& request) {
  return send_properties(bus, "StartTransientUnit", "start " + request.name, properties_of(request), request.timeout,
                         [&](sd_bus_message* call, const std::vector<UnitProperty>& properties) {
                           int status = sd_bus_message_append(call, "ss", request.name.c_str(), "replace");
                           if (status >= 0) status = append_properties(call, properties);
                           return status < 0 ? status : sd_bus_message_append(call, "a(sa(sv))", 0);
                         });
}

void cancel(const Bus& bus, const std::string& job) {
  const std::string_view number = std::string_view(job).substr(job.rfind('/') + 1);
  const auto call = bus.call_of("CancelJob");
  if (!call || sd_bus_message_append(call->get(), "u", std::strtoul(number.data(), nullptr, 10)) < 0) return;
  BusError error;
  static_cast<void>(bus.send(*call, "cancel", answer_time, error));
}

/// Waits for a unit to be active; what is left of one that does not become so is reset.
Result<void> finish_start(const Bus& bus, JobListener& listener, const UnitRequest& request, const std::string& job,
                          Clock::time_point deadline) {
  const auto result = listener.wait(job, deadline);
  if (!result) return result.error();
  if (*result && **result == "done") return {};
  if (*result && (*result)->empty()) {  // it was not heard of
    const auto state = state_of_unit(bus, request.name);
    if (!state) return state.error();
    if (state->is_active()) return {};
  }
  if (!*result) cancel(bus, job);
  static_cast<void>(reset_unit(bus, request.name));
  if (!*result) {
    return Error(Errc::timed_out,
                 "start " + request.name + ": not done after " + std::to_string(request.timeout.count()) + " ms");
  }
  return Error(Errc::unit_failed,
               "start " + request.name + ": the result of the job is \"" + result->value_or("") + "\"");
}

Error already_there(const UnitRequest& request) {
  return Error(Errc::already_exists,
               "start " + request.name + ": there is such a unit, with processes of its own; stop it first");
}

Result<void> check(const UnitRequest& request) {
  if (is_slice(request.name)) {
    // systemd says of a wrong one that it exists.
    if (const auto path = expand_slice(request.name); !path) return path.error();
    return {};
  }
  if (!request.name.ends_with(".scope")) {
    return Error(Errc::invalid_argument, "unit " + request.name + " is neither a scope nor a slice");
  }
  if (request.pids.empty()) return Error(Errc::invalid_argument, request.name + ": a scope needs a process");
  return {};
}

}  // namespace

Result<void> start_unit(const Bus& bus, const UnitRequest& request, bool is_again) {
  if (const auto checked = check(request); !checked) return checked;
  const auto deadline = Clock::now() + request.timeout;
  const auto listener = JobListener::make(bus);
  if (!listener) return listener.error();
  auto answer = send_start(bus, request);
  if (!answer && answer.error().code == Errc::already_exists) {
    const auto state = state_of_unit(bus, request.name);
    if (!state) return state.error();
    if (is_slice(request.name) && !state->has_failed()) return set_unit(bus, request.name, request.properties);
    if (is_again && state->is_active()) return {};
    if (state->is_active()) return already_there(request);
    if (const auto reset = reset_unit(bus, request.name); !reset) return reset;
    answer = send_start(bus, request);
    if (!answer && answer.error().code == Errc::already_exists) return already_there(request);
  }
  if (!answer) return answer.error();
  const auto job = job_in(*answer);
  if (!job) return job.error();
  return finish_start(bus, **listener, request, *job, deadline);
}

Result<void> stop_unit(const Bus& bus, const std::string& unit, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto listener = JobListener::make(bus);
  if (!listener) return listener.error();
  const auto call = bus.call_of("StopUnit");
  if (!call) return call.error();
  const std::string what = "stop " + unit;
  if (const int status = sd_bus_message_append(call->get(), "ss", unit.c_str(), "replace"); status < 0) {
    return bus_failure(what, status);
  }
  BusError error;
  const auto answer = bus.send(*call, what, timeout, error);
  if (!answer && answer.error().code == Errc::cgroup_not_found) return {};
  if (!answer) return answer.error();
  const auto job = job_in(*answer);
  if (!job) return job.error();
  const auto result = (*listener)->wait(*job, deadline);
  if (!result) return result.error();
  if (!*result) {
    return Error(Errc::timed_out, what + ": not done after " + std::to_string(timeout.count()) + " ms");
  }
  if (const auto reset = reset_unit(bus, unit); !reset) return reset;
  if (**result == "done") return {};
  // Whatever became of the job: what counts is that the unit is no more.
  const auto state = state_of_unit(bus, unit);
  if (!state) return state.error();
  if (!state->is_active()) return {};
  return Error(Errc::unit_failed, what + ": the result of the job is \"" + **result + "\"");
}

Result<void> reset_unit(const Bus& bus, const std::string& unit) {
  const auto call = bus.call_of("ResetFailedUnit");
  if (!call) return call.error();
  if (const int status = sd_bus_message_append(call->get(), "s", unit.c_str()); status < 0) {
    return bus_failure("reset " + unit, status);
  }
  BusError error;
  const auto answer = bus.send(*call, "reset " + unit, answer_time, error);
  if (!answer && answer.error().code != Errc::cgroup_not_found) return answer.error();
  return {};
}

Result<void> set_unit(const Bus& bus, const std::string& unit, std::vector<UnitProperty> properties) {
  if (properties.empty()) return {};
  const auto answer = send_properties(bus, "SetUnitProperties", "set properties of " + unit, std::move(properties),
                                      answer_time, [&](sd_bus_message* call, const std::vector<UnitProperty>& some) {
                                        const int status = sd_bus_message_append(call, "sb", unit.c_str(), 1);
                                        return status < 0 ? status : append_properties(call, some);
                                      });
  if (!answer) return answer.error();
  return {};
}

Result<void> attach_to_unit(const Bus& bus, const std::string& unit, std::string_view below,
                            const std::vector<pid_t>& pids) {
  const std::string what = "attach a process to " + unit;
  // systemd takes ".." and leaves the unit by it, as far as the file system lets it.
  if (const auto path = below.empty() ? CgroupPath() : CgroupPath().below(below); !path) return path.error();
  const auto call = bus.call_of("AttachProcessesToUnit");
  if (!call) return call.error();
  const std::string sub = below.empty() ? "" : "/" + std::string(below);
  const auto numbers = numbers_of(pids);
  int status = sd_bus_message_append(call->get(), "ss", unit.c_str(), sub.c_str());
  if (status >= 0) {
    status = sd_bus_message_append_array(call->get(), 'u', numbers.data(), numbers.size() * sizeof(std::uint32_t));
  }
  if (status < 0) return bus_failure(what, status);
  BusError error;
  const auto answer = bus.send(*call, what, answer_time, error);
  if (!answer) return answer.error();
  return {};
}

Result<UnitState> state_of_unit(const Bus& bus, const std::string& unit) {
  char* encoded = nullptr;
  if (const int status = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &encoded); status < 0) {
    return bus_failure("ask for " + unit, status);
  }
  const std::unique_ptr<char, decltype(&std::free)> path(encoded, &std::free);
  constexpr const char* any_unit = "org.freedesktop.systemd1.Unit";
  UnitState state;
  struct Part {
    const char* interface;
    const char* name;
    std::string UnitState::*text;
  };
  std::vector<Part> parts{{any_unit, "LoadState", &UnitState::load_state},
                          {any_unit, "ActiveState", &UnitState::active_state},
                          {any_unit, "SubState", &UnitState::sub_state}};
  if (is_slice(unit)) {
    parts.push_back({"org.freedesktop.systemd1.Slice", "ControlGroup", &UnitState::control_group});
  } else if (unit.ends_with(".scope")) {
    parts.push_back({"org.freedesktop.systemd1.Scope", "ControlGroup", &UnitState::control_group});
    parts.push_back({"org.freedesktop.systemd1.Scope", "Result", &UnitState::result});
  }
  for (const Part& part : parts) {
    auto text = bus.text_property(path.get(), part.interface, part.name);
    if (!text) return text.error();
    state.*part.text = std::move(*text);
  }
  return state;
}

}  // namespace crunc::cgroups
