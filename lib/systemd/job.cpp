// SPDX-License-Identifier: Apache-2.0
// Jobs of systemd: the signal that one is done, and what there is to do without it.

#include "systemd/job.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace crunc::cgroups {
namespace {

using namespace std::chrono_literals;

/// Whether systemd still has a job. One that cannot be asked may well have it.
bool is_pending(const Bus& bus, const std::string& job) {
  BusError error;
  char* state = nullptr;
  const int status = sd_bus_get_property_string(bus.get(), systemd_name, job.c_str(), "org.freedesktop.systemd1.Job",
                                                "State", error.get(), &state);
  std::free(state);
  return status >= 0 || error.name() != "org.freedesktop.DBus.Error.UnknownObject";
}

}  // namespace

Result<std::unique_ptr<JobListener>> JobListener::make(const Bus& bus) {
  auto self = std::unique_ptr<JobListener>(new JobListener(bus));
  sd_bus_slot* slot = nullptr;
  const int status = sd_bus_match_signal(bus.get(), &slot, bus.is_direct() ? nullptr : systemd_name, manager_path,
                                         manager_interface, "JobRemoved", &on_removed, self.get());
  if (status < 0) return bus_failure("listen to systemd's jobs", status);
  self->match_.reset(slot);
  const auto call = bus.call_of("Subscribe");
  if (!call) return call.error();
  BusError error;
  const auto answer = bus.send(*call, "subscribe to systemd's signals", 25s, error);
  const bool is_there = error.name() == "org.freedesktop.systemd1.AlreadySubscribed";
  if (!answer && !is_there) return answer.error();
  return self;
}

int JobListener::on_removed(sd_bus_message* message, void* self, sd_bus_error* /*error*/) {
  const char* job = nullptr;
  const char* result = nullptr;
  // A signal that cannot be read is none; the job is looked for later.
  if (sd_bus_message_read(message, "uoss", nullptr, &job, nullptr, &result) < 0) return 0;
  static_cast<JobListener*>(self)->removed_.emplace_back(job, result);
  return 0;
}

std::optional<std::string> JobListener::heard_of(const std::string& job) const {
  const auto found = std::ranges::find(removed_, job, &std::pair<std::string, std::string>::first);
  return found == removed_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> JobListener::listen(Clock::time_point until) {
  const int processed = sd_bus_process(bus_.get(), nullptr);
  if (processed < 0) return bus_failure("wait for systemd", processed);
  if (processed > 0) return {};
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - Clock::now());
  if (left <= 0us) return {};
  const int waited = sd_bus_wait(bus_.get(), static_cast<std::uint64_t>(left.count()));
  if (waited < 0 && waited != -EINTR) return bus_failure("wait for systemd", waited);
  return {};
}

Result<std::optional<std::string>> JobListener::wait(const std::string& job, Clock::time_point deadline) {
  auto look = Clock::now() + 1s;
  for (;;) {
    if (auto result = heard_of(job)) return result;
    const auto now = Clock::now();
    if (now >= deadline) return std::optional<std::string>();
    if (now >= look) {
      if (!is_pending(bus_, job)) return heard_of(job).value_or("");
      look = Clock::now() + 1s;
    }
    if (const auto listened = listen(std::min(look, deadline)); !listened) return listened.error();
  }
}

}  // namespace crunc::cgroups
