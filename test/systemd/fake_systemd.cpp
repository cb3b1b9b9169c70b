// SPDX-License-Identifier: Apache-2.0
//
// The Manager's methods and properties by sd-bus, served by a thread.
#include "systemd/fake_systemd.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <stdexcept>

namespace crunc::test {
namespace {

constexpr const char* path = "/org/freedesktop/systemd1";
constexpr const char* unit_prefix = "/org/freedesktop/systemd1/unit";
constexpr const char* job_prefix = "/org/freedesktop/systemd1/job";

template <class T>
std::string number(sd_bus_message* message, char type) {
  T value{};
  sd_bus_message_read_basic(message, type, &value);
  return std::to_string(value);
}

/// A value of any type as text, its parts separated by blanks.
std::string read_value(sd_bus_message* message) {
  char type = 0;
  const char* contents = nullptr;
  sd_bus_message_peek_type(message, &type, &contents);
  switch (type) {
    case 'b': return number<int>(message, type);
    case 'y': return number<std::uint8_t>(message, type);
    case 'i': return number<std::int32_t>(message, type);
    case 'u': return number<std::uint32_t>(message, type);
    case 'x': return number<std::int64_t>(message, type);
    case 't': return number<std::uint64_t>(message, type);
    case 'd': return number<double>(message, type);
    case 's': {
      const char* text = nullptr;
      sd_bus_message_read_basic(message, 's', &text);
      return text;
    }
    default: break;
  }
  std::string all;
  sd_bus_message_enter_container(message, type, contents);
  while (sd_bus_message_at_end(message, 0) == 0) all += (all.empty() ? "" : " ") + read_value(message);
  sd_bus_message_exit_container(message);
  return all;
}

/// a(sv), each value with its type before it.
std::vector<std::pair<std::string, std::string>> read_properties(sd_bus_message* message) {
  std::vector<std::pair<std::string, std::string>> properties;
  sd_bus_message_enter_container(message, 'a', "(sv)");
  while (sd_bus_message_enter_container(message, 'r', "sv") > 0) {
    const char* name = nullptr;
    sd_bus_message_read_basic(message, 's', &name);
    const char* type = nullptr;
    sd_bus_message_peek_type(message, nullptr, &type);
    sd_bus_message_enter_container(message, 'v', type);
    properties.emplace_back(name, std::string(type) + " " + read_value(message));
    sd_bus_message_exit_container(message);
    sd_bus_message_exit_container(message);
  }
  sd_bus_message_exit_container(message);
  return properties;
}

}  // namespace

struct FakeSystemd::Methods {
  static FakeSystemd& self(void* data) { return *static_cast<FakeSystemd*>(data); }

  /// Notes a call; whether it is refused, with the error set.
  static bool refuses(FakeSystemd& fake, const char* method, const std::string& words, sd_bus_error* error) {
    fake.calls_.push_back(std::string(method) + (words.empty() ? "" : " " + words));
    const auto found = fake.behaviour_.refused.find(method);
    if (found == fake.behaviour_.refused.end()) return false;
    sd_bus_error_set(error, found->second.first.c_str(), found->second.second.c_str());
    return true;
  }

  static bool knows_all(const FakeSystemd& fake, const std::vector<std::pair<std::string, std::string>>& properties,
                        sd_bus_error* error) {
    for (const auto& [name, value] : properties) {
      if (!fake.behaviour_.unknown_properties.contains(name)) continue;
      sd_bus_error_setf(error, "org.freedesktop.DBus.Error.PropertyReadOnly",
                        "Cannot set property %s, or unknown property.", name.c_str());
      return false;
    }
    return true;
  }

  static std::string make_job(FakeSystemd& fake, const std::string& unit, bool is_start) {
    const std::string job = std::string(job_prefix) + "/" + std::to_string(++fake.last_job_);
    fake.jobs_[job] = {unit, is_start};
    return job;
  }

  static int no_such_unit(sd_bus_error* error, const char* name) {
    return sd_bus_error_setf(error, "org.freedesktop.systemd1.NoSuchUnit", "Unit %s not loaded.", name);
  }

  static int subscribe(sd_bus_message* message, void* data, sd_bus_error* error) {
    const std::lock_guard lock(self(data).mutex_);
    if (refuses(self(data), "Subscribe", "", error)) return -EINVAL;
    return sd_bus_reply_method_return(message, "");
  }

  static int start(sd_bus_message* message, void* data, sd_bus_error* error) {
    FakeSystemd& fake = self(data);
    const std::lock_guard lock(fake.mutex_);
    const char* name = nullptr;
    const char* mode = nullptr;
    sd_bus_message_read(message, "ss", &name, &mode);
    if (refuses(fake, "StartTransientUnit", std::string(name) + " " + mode, error)) return -EINVAL;
    const auto properties = read_properties(message);
    if (fake.units_.contains(name)) {
      return sd_bus_error_setf(error, "org.freedesktop.systemd1.UnitExists",
                               "Unit %s was already loaded or has a fragment file.", name);
    }
    if (!knows_all(fake, properties, error)) return -EINVAL;
    FakeUnit& unit = fake.units_[name];
    unit.active_state = "activating";
    for (const auto& [key, value] : properties) unit.properties[key] = value;
    if (std::exchange(fake.behaviour_.leaves_at_start, false)) {
      unit.active_state = "active";
      fake.must_leave_ = true;
      return 1;  // no answer
    }
    return sd_bus_reply_method_return(message, "o", make_job(fake, name, true).c_str());
  }

  static int stop(sd_bus_message* message, void* data, sd_bus_error* error) {
    FakeSystemd& fake = self(data);
    const std::lock_guard lock(fake.mutex_);
    const char* name = nullptr;
    sd_bus_message_read(message, "ss", &name, nullptr);
    if (refuses(fake, "StopUnit", name, error)) return -EINVAL;
    if (!fake.units_.contains(name)) return no_such_unit(error, name);
    return sd_bus_reply_method_return(message, "o", make_job(fake, name, false).c_str());
  }

  static int reset(sd_bus_message* message, void* data, sd_bus_error* error) {
    FakeSystemd& fake = self(data);
    const std::lock_guard lock(fake.mutex_);
    const char* name = nullptr;
    sd_bus_message_read(message, "s", &name);
    if (refuses(fake, "ResetFailedUnit", name, error)) return -EINVAL;
    if (!fake.units_.contains(name)) return no_such_unit(error, name);
    if (fake.units_[name].active_state == "failed") fake.units_.erase(name);
    return sd_bus_reply_method_return(message, "");
  }

  static int set(sd_bus_message* message, void* data, sd_bus_error* error) {
    FakeSystemd& fake = self(data);
    const std::lock_guard lock(fake.mutex_);
    const char* name = nullptr;
    int runtime = 0;
    sd_bus_message_read(message, "sb", &name, &runtime);
    if (refuses(fake, "SetUnitProperties", std::string(name) + (runtime != 0 ? " runtime" : " forever"), error)) {
      return -EINVAL;
    }
    const auto properties = read_properties(message);
    if (!fake.units_.contains(name)) return no_such_unit(error, name);
    if (!knows_all(fake, properties, error)) return -EINVAL;
    for (const auto& [key, value] : properties) fake.units_[name].properties[key] = value;
    return sd_bus_reply_method_return(message, "");
  }

  static int attach(sd_bus_message* message, void* data, sd_bus_error* error) {
    const std::lock_guard lock(self(data).mutex_);
    const char* name = nullptr;
    const char* below = nullptr;
    sd_bus_message_read(message, "ss", &name, &below);
    const std::string pids = read_value(message);
    if (refuses(self(data), "AttachProcessesToUnit", std::string(name) + " " + below + " " + pids, error)) {
      return -EINVAL;
    }
    return sd_bus_reply_method_return(message, "");
  }

  static int cancel(sd_bus_message* message, void* data, sd_bus_error* error) {
    FakeSystemd& fake = self(data);
    const std::lock_guard lock(fake.mutex_);
    std::uint32_t id = 0;
    sd_bus_message_read(message, "u", &id);
    if (refuses(fake, "CancelJob", std::to_string(id), error)) return -EINVAL;
    const auto found = fake.jobs_.find(std::string(job_prefix) + "/" + std::to_string(id));
    if (found != fake.jobs_.end()) {
      fake.units_.erase(found->second.first);
      fake.jobs_.erase(found);
    }
    return sd_bus_reply_method_return(message, "");
  }

  static int manager_property(sd_bus*, const char*, const char*, const char* name, sd_bus_message* reply, void* data,
                              sd_bus_error*) {
    const std::lock_guard lock(self(data).mutex_);
    const Behaviour& behaviour = self(data).behaviour_;
    return sd_bus_message_append(
        reply, "s", std::string_view(name) == "Version" ? behaviour.version.c_str() : behaviour.root.c_str());
  }

  static std::string unit_of(const char* object) {
    char* decoded = nullptr;
    sd_bus_path_decode(object, unit_prefix, &decoded);
    std::string name = decoded == nullptr ? "" : decoded;
    std::free(decoded);
    return name;
  }

  static int unit_property(sd_bus*, const char* object, const char*, const char* name, sd_bus_message* reply,
                           void* data, sd_bus_error*) {
    const std::lock_guard lock(self(data).mutex_);
    const auto found = self(data).units_.find(unit_of(object));
    const bool is_there = found != self(data).units_.end();
    const std::string_view wanted = name;
    std::string value;
    if (wanted == "LoadState") value = is_there ? "loaded" : "not-found";
    if (wanted == "ActiveState") value = is_there ? found->second.active_state : "inactive";
    if (wanted == "SubState") value = is_there ? "running" : "dead";
    if (wanted == "Result") value = is_there ? found->second.result : "success";
    if (wanted == "ControlGroup" && is_there) value = "/system.slice/" + found->first;
    return sd_bus_message_append(reply, "s", value.c_str());
  }

  static int find_any(sd_bus*, const char*, const char*, void* data, void** found, sd_bus_error*) {
    *found = data;
    return 1;
  }

  static int find_job(sd_bus*, const char* object, const char*, void* data, void** found, sd_bus_error*) {
    const std::lock_guard lock(self(data).mutex_);
    *found = data;
    return self(data).jobs_.contains(object) ? 1 : 0;
  }

  static int job_property(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*, sd_bus_error*) {
    return sd_bus_message_append(reply, "s", "running");
  }

  static const sd_bus_vtable manager_table[];
  static const sd_bus_vtable unit_table[];
  static const sd_bus_vtable scope_table[];
  static const sd_bus_vtable slice_table[];
  static const sd_bus_vtable job_table[];
};

const sd_bus_vtable FakeSystemd::Methods::manager_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Subscribe", "", "", &subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StartTransientUnit", "ssa(sv)a(sa(sv))", "o", &start, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StopUnit", "ss", "o", &stop, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("ResetFailedUnit", "s", "", &reset, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("SetUnitProperties", "sba(sv)", "", &set, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("AttachProcessesToUnit", "ssau", "", &attach, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("CancelJob", "u", "", &cancel, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("Version", "s", &manager_property, 0, 0),
    SD_BUS_PROPERTY("ControlGroup", "s", &manager_property, 0, 0),
    SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
    SD_BUS_VTABLE_END};
const sd_bus_vtable FakeSystemd::Methods::unit_table[] = {
    SD_BUS_VTABLE_START(0), SD_BUS_PROPERTY("LoadState", "s", &unit_property, 0, 0),
    SD_BUS_PROPERTY("ActiveState", "s", &unit_property, 0, 0), SD_BUS_PROPERTY("SubState", "s", &unit_property, 0, 0),
    SD_BUS_VTABLE_END};
const sd_bus_vtable FakeSystemd::Methods::scope_table[] = {
    SD_BUS_VTABLE_START(0), SD_BUS_PROPERTY("ControlGroup", "s", &unit_property, 0, 0),
    SD_BUS_PROPERTY("Result", "s", &unit_property, 0, 0), SD_BUS_VTABLE_END};
const sd_bus_vtable FakeSystemd::Methods::slice_table[] = {
    SD_BUS_VTABLE_START(0), SD_BUS_PROPERTY("ControlGroup", "s", &unit_property, 0, 0), SD_BUS_VTABLE_END};
const sd_bus_vtable FakeSystemd::Methods::job_table[] = {
    SD_BUS_VTABLE_START(0), SD_BUS_PROPERTY("State", "s", &job_property, 0, 0), SD_BUS_VTABLE_END};

FakeSystemd::FakeSystemd(std::string address, Behaviour behaviour)
    : address_(std::move(address)), behaviour_(std::move(behaviour)) {
  connect();
}

FakeSystemd::~FakeSystemd() { disconnect(); }

void FakeSystemd::behave(Behaviour behaviour) {
  const std::lock_guard lock(mutex_);
  behaviour_ = std::move(behaviour);
}

void FakeSystemd::put(const std::string& unit, FakeUnit state) {
  const std::lock_guard lock(mutex_);
  units_[unit] = std::move(state);
}

FakeUnit FakeSystemd::unit(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = units_.find(name);
  return found == units_.end() ? FakeUnit{.active_state = "absent"} : found->second;
}

bool FakeSystemd::has(const std::string& unit) const {
  const std::lock_guard lock(mutex_);
  return units_.contains(unit);
}

std::vector<std::string> FakeSystemd::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void FakeSystemd::connect() {
  must_end_ = false;
  must_leave_ = false;
  if (sd_bus_new(&bus_) < 0 || sd_bus_set_address(bus_, address_.c_str()) < 0 || sd_bus_set_bus_client(bus_, 1) < 0 ||
      sd_bus_start(bus_) < 0) {
    throw std::runtime_error("the fake systemd cannot connect to " + address_);
  }
  const auto add = [this](const char* interface, const sd_bus_vtable* table, sd_bus_object_find_t find) {
    if (sd_bus_add_fallback_vtable(bus_, nullptr, find == &Methods::find_job ? job_prefix : unit_prefix, interface,
                                   table, find, this) < 0) {
      throw std::runtime_error(interface);
    }
  };
  sd_bus_add_object_vtable(bus_, nullptr, path, "org.freedesktop.systemd1.Manager", Methods::manager_table, this);
  add("org.freedesktop.systemd1.Unit", Methods::unit_table, &Methods::find_any);
  add("org.freedesktop.systemd1.Scope", Methods::scope_table, &Methods::find_any);
  add("org.freedesktop.systemd1.Slice", Methods::slice_table, &Methods::find_any);
  add("org.freedesktop.systemd1.Job", Methods::job_table, &Methods::find_job);
  if (sd_bus_request_name(bus_, "org.freedesktop.systemd1", 0) < 0) throw std::runtime_error("its name is taken");
  thread_ = std::thread([this] { serve(); });
}

void FakeSystemd::disconnect() {
  {
    const std::lock_guard lock(mutex_);
    must_end_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void FakeSystemd::serve() {
  constexpr std::uint64_t tick_us = 5000;
  for (;;) {
    const int processed = sd_bus_process(bus_, nullptr);
    finish_jobs();
    bool ends = processed < 0;
    {
      const std::lock_guard lock(mutex_);
      ends = ends || must_end_ || must_leave_;
    }
    if (ends) break;
    if (processed == 0) sd_bus_wait(bus_, tick_us);
  }
  bus_ = sd_bus_flush_close_unref(bus_);
}

void FakeSystemd::finish_jobs() {
  const std::lock_guard lock(mutex_);
  if (behaviour_.holds_jobs) return;
  while (!jobs_.empty()) finish(jobs_.begin()->first);
}

void FakeSystemd::finish(std::string job) {
  const auto [name, is_start] = jobs_.extract(job).mapped();
  const std::string result = is_start ? behaviour_.job_result : "done";
  const auto found = units_.find(name);
  if (found != units_.end() && is_start) found->second.active_state = result == "done" ? "active" : "failed";
  if (found != units_.end() && !is_start && found->second.active_state != "failed") units_.erase(found);
  if (behaviour_.is_silent) return;
  const auto id = static_cast<std::uint32_t>(std::stoul(job.substr(job.rfind('/') + 1)));
  const int emitted = sd_bus_emit_signal(bus_, path, "org.freedesktop.systemd1.Manager", "JobRemoved", "uoss", id,
                                         job.c_str(), name.c_str(), result.c_str());
  if (emitted < 0) std::abort();
}

}  // namespace crunc::test
