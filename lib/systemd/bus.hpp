// SPDX-License-Identifier: Apache-2.0
// A connection to the bus of a systemd, and messages on it, with sd-bus' handles owned.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <systemd/sd-bus.h>

#include <crunc/cgroups/units.hpp>
#include <crunc/error.hpp>

namespace crunc::cgroups {

struct BusDeleter {
  void operator()(sd_bus* bus) const noexcept { sd_bus_flush_close_unref(bus); }
};
struct BusMessageDeleter {
  void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
struct BusSlotDeleter {
  void operator()(sd_bus_slot* slot) const noexcept { sd_bus_slot_unref(slot); }
};
using BusMessage = std::unique_ptr<sd_bus_message, BusMessageDeleter>;
using BusSlot = std::unique_ptr<sd_bus_slot, BusSlotDeleter>;

/// An sd_bus_error, freed.
class BusError {
 public:
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  ~BusError() { sd_bus_error_free(&error_); }
  [[nodiscard]] sd_bus_error* get() noexcept { return &error_; }
  [[nodiscard]] std::string_view name() const noexcept { return error_.name == nullptr ? "" : error_.name; }
  [[nodiscard]] std::string_view words() const noexcept { return error_.message == nullptr ? "" : error_.message; }

 private:
  sd_bus_error error_{};  // as SD_BUS_ERROR_NULL, which is C99 that clang refuses in C++
};

/// Which bus: the system's, the user's, or one by address.
struct BusAddress {
  enum class Kind { system, user, text };
  Kind kind = Kind::system;
  std::string text{};
};

inline constexpr const char* systemd_name = "org.freedesktop.systemd1";
inline constexpr const char* manager_path = "/org/freedesktop/systemd1";
inline constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";

class Bus {
 public:
  [[nodiscard]] static Result<Bus> open(const BusAddress& address);

  [[nodiscard]] sd_bus* get() const noexcept { return bus_.get(); }
  /// By systemd's own socket, with no bus in between. Signals that nobody reads would pile up there.
  [[nodiscard]] bool is_direct() const noexcept { return is_direct_; }

  /// A call of systemd's Manager, to be filled.
  [[nodiscard]] Result<BusMessage> call_of(const char* method) const;
  /// The answer to a call. `error` gets the name of systemd's refusal, for whoever looks for a certain one.
  [[nodiscard]] Result<BusMessage> send(const BusMessage& call, std::string_view what,
                                        std::chrono::milliseconds timeout, BusError& error) const;
  /// A property that is a string.
  [[nodiscard]] Result<std::string> text_property(const char* path, const char* interface, const char* name) const;

 private:
  Bus(sd_bus* bus, bool is_direct) noexcept : bus_(bus), is_direct_(is_direct) {}
  std::unique_ptr<sd_bus, BusDeleter> bus_;
  bool is_direct_;
};

/// The Error of an answer or of sd-bus' own negative errno.
[[nodiscard]] Error bus_failure(std::string_view what, int status, const BusError& error);
[[nodiscard]] Error bus_failure(std::string_view what, int status);

/// Whether the connection is lost, so that another may do.
[[nodiscard]] bool is_disconnection(const Error& error) noexcept;

}  // namespace crunc::cgroups
