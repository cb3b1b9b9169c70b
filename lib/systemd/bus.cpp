// SPDX-License-Identifier: Apache-2.0
// Connections to a bus, and what their refusals mean.

#include "systemd/bus.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include <unistd.h>

namespace crunc::cgroups {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_time = 25s;  // the usual one of D-Bus

/// One address, as sd-bus opens it; its negative errno.
int open_address(const std::string& address, bool is_direct, sd_bus** bus) {
  int status = sd_bus_new(bus);
  if (status >= 0) status = sd_bus_set_address(*bus, address.c_str());
  if (status >= 0) status = sd_bus_set_bus_client(*bus, is_direct ? 0 : 1);
  if (status >= 0) status = sd_bus_start(*bus);
  if (status < 0) *bus = sd_bus_unref(*bus);
  return status;
}

int open_once(const BusAddress& address, sd_bus** bus) {
  if (address.kind == BusAddress::Kind::system) return sd_bus_open_system(bus);
  if (address.kind == BusAddress::Kind::user) return sd_bus_open_user(bus);
  return open_address(address.text, false, bus);
}

/// A daemon whose queue of connections is full says EAGAIN.
/// @note libcontainer: the same, 7 times from 100 ms on
int open_patiently(const BusAddress& address, sd_bus** bus) {
  constexpr int tries = 7;
  auto pause = 20ms;
  for (int i = 1;; ++i, pause *= 2) {
    const int status = open_once(address, bus);
    if (status != -EAGAIN || i == tries) return status;
    std::this_thread::sleep_for(pause);
  }
}

std::string name_of(const BusAddress& address) {
  if (address.kind == BusAddress::Kind::system) return "connect to the system bus";
  if (address.kind == BusAddress::Kind::text) return "connect to the bus " + address.text;
  return "connect to the user's bus ($DBUS_SESSION_BUS_ADDRESS, else $XDG_RUNTIME_DIR/bus)";
}

/// What a refusal's name means to a caller.
/// @source systemd 252: src/libsystemd/sd-bus/bus-common-errors.h, and what it answered when it was tried
struct Meaning {
  std::string_view name;
  Errc code;
  int system = 0;
};
constexpr auto meanings = std::to_array<Meaning>({
    {"org.freedesktop.systemd1.NoSuchUnit", Errc::cgroup_not_found},
    {"org.freedesktop.systemd1.UnitExists", Errc::already_exists},
    {"org.freedesktop.DBus.Error.PropertyReadOnly", Errc::unsupported},
    {"org.freedesktop.DBus.Error.UnknownMethod", Errc::unsupported},
    {"org.freedesktop.DBus.Error.UnknownProperty", Errc::unsupported},
    {"org.freedesktop.DBus.Error.UnknownInterface", Errc::unsupported},
    {"org.freedesktop.DBus.Error.InvalidArgs", Errc::invalid_argument},
    {"org.freedesktop.DBus.Error.FileNotFound", Errc::invalid_argument},
    {"System.Error.ENXIO", Errc::invalid_argument},
    {"System.Error.EINVAL", Errc::invalid_argument},
    {"System.Error.ENOENT", Errc::cgroup_not_found},
    {"org.freedesktop.DBus.Error.UnixProcessIdUnknown", Errc::system_error, ESRCH},
    {"System.Error.ESRCH", Errc::system_error, ESRCH},
    {"org.freedesktop.DBus.Error.AccessDenied", Errc::system_error, EACCES},
    {"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", Errc::system_error, EACCES},
    {"org.freedesktop.DBus.Error.AuthFailed", Errc::system_error, EACCES},
    {"org.freedesktop.DBus.Error.Timeout", Errc::timed_out},
    {"org.freedesktop.DBus.Error.TimedOut", Errc::timed_out},
    {"org.freedesktop.DBus.Error.Disconnected", Errc::system_error, ENOTCONN},
    {"org.freedesktop.DBus.Error.NoReply", Errc::system_error, ENOTCONN},
    {"org.freedesktop.DBus.Error.NoServer", Errc::system_error, ENOTCONN},
    {"org.freedesktop.DBus.Error.ServiceUnknown", Errc::system_error, ENOTCONN},
    {"org.freedesktop.DBus.Error.NameHasNoOwner", Errc::system_error, ENOTCONN},
});

Error with_errno(std::string reason, int number) {
  return Error(Errc::system_error, std::move(reason), std::error_code(number, std::generic_category()));
}

}  // namespace

Error bus_failure(std::string_view what, int status, const BusError& error) {
  if (error.name().empty()) return bus_failure(what, status);
  std::string reason = std::string(what) + ": systemd: " + std::string(error.words());
  const auto* const found =
      std::ranges::find_if(meanings, [&](const Meaning& meaning) { return meaning.name == error.name(); });
  if (found == meanings.end() && error.name().starts_with("System.Error.")) return with_errno(reason, -status);
  if (found == meanings.end()) return Error(Errc::unit_failed, reason + " (" + std::string(error.name()) + ")");
  return found->system == 0 ? Error(found->code, reason) : with_errno(reason, found->system);
}

Error bus_failure(std::string_view what, int status) {
  if (status == -ETIMEDOUT) return Error(Errc::timed_out, std::string(what) + ": no answer from systemd");
  return with_errno(std::string(what), -status);
}

bool is_disconnection(const Error& error) noexcept {
  constexpr std::array lost{ENOTCONN, ECONNRESET, EPIPE, ESHUTDOWN, ECHILD};  // the last: of before a fork
  return std::ranges::any_of(
      lost, [&](int number) { return error.system == std::error_code(number, std::generic_category()); });
}

Result<Bus> Bus::open(const BusAddress& address) {
  sd_bus* bus = nullptr;
  int status = open_patiently(address, &bus);
  if (status >= 0) return Bus(bus, false);
  if (address.kind == BusAddress::Kind::system && ::geteuid() == 0 &&
      open_address("unix:path=/run/systemd/private", true, &bus) >= 0) {
    return Bus(bus, true);
  }
  return bus_failure(name_of(address), status);
}

Result<BusMessage> Bus::call_of(const char* method) const {
  sd_bus_message* message = nullptr;
  const int status =
      sd_bus_message_new_method_call(bus_.get(), &message, systemd_name, manager_path, manager_interface, method);
  if (status < 0) return bus_failure(method, status);
  return BusMessage(message);
}

Result<BusMessage> Bus::send(const BusMessage& call, std::string_view what, std::chrono::milliseconds timeout,
                             BusError& error) const {
  const auto time = std::clamp<std::chrono::microseconds>(timeout, 1ms, answer_time);
  sd_bus_message* answer = nullptr;
  const int status =
      sd_bus_call(bus_.get(), call.get(), static_cast<std::uint64_t>(time.count()), error.get(), &answer);
  if (status < 0) return bus_failure(what, status, error);
  return BusMessage(answer);
}

Result<std::string> Bus::text_property(const char* path, const char* interface, const char* name) const {
  BusError error;
  char* text = nullptr;
  const int status = sd_bus_get_property_string(bus_.get(), systemd_name, path, interface, name, error.get(), &text);
  if (status < 0) return bus_failure(std::string("ask for ") + name, status, error);
  const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
  return std::string(text);
}

}  // namespace crunc::cgroups
