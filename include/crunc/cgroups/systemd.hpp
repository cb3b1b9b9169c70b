// SPDX-License-Identifier: Apache-2.0
// Systemd: the units of a systemd that runs, by D-Bus. Of the component `systemd` (crunc::systemd), which is there
// where libsystemd was when crunc was built.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/cgroups/units.hpp>
#include <crunc/config.hpp>
#include <crunc/error.hpp>

namespace crunc::cgroups {

/// Asks systemd by its bus. The connection is opened by the first call and kept; one that is lost is opened again, and
/// the call repeated, for up to five seconds, so that systemd and its bus may start anew in between. Each process opens
/// its own: after fork(2) the child's first call does.
///
/// A job that systemd has accepted is waited for by its signal, and should that be lost, by looking at the unit each
/// second.
/// @note go-systemd, libcontainer: a connection that is lost while a job is waited for is waited for in vain
/// @threads safe, one call after the other
/// @source org.freedesktop.systemd1(5); sd-bus(3)
class CRUNC_API Systemd final : public UnitManager {
 public:
  /// That of the machine, by the system bus ($DBUS_SYSTEM_BUS_ADDRESS, else its usual socket), or for root without such
  /// a bus by systemd's private socket.
  [[nodiscard]] static std::shared_ptr<Systemd> system();
  /// That of the calling user, by the session bus: $DBUS_SESSION_BUS_ADDRESS, else $XDG_RUNTIME_DIR/bus, as they are at
  /// the first call.
  [[nodiscard]] static std::shared_ptr<Systemd> user();
  /// One by the address of a bus, such as "unix:path=/run/user/1000/bus".
  /// @source D-Bus specification, "Server Addresses"
  [[nodiscard]] static std::shared_ptr<Systemd> at(std::string address);

  ~Systemd() override;

  [[nodiscard]] Result<unsigned> version() override;
  [[nodiscard]] Result<std::string> root() override;
  [[nodiscard]] Result<void> start(const UnitRequest& request) override;
  [[nodiscard]] Result<void> stop(std::string_view unit, std::chrono::milliseconds timeout) override;
  [[nodiscard]] Result<void> reset_failed(std::string_view unit) override;
  [[nodiscard]] Result<void> set(std::string_view unit, const std::vector<UnitProperty>& properties) override;
  [[nodiscard]] Result<void> attach(std::string_view unit, std::string_view below,
                                    const std::vector<pid_t>& pids) override;
  [[nodiscard]] Result<UnitState> state(std::string_view unit) override;

 private:
  struct Connection;
  explicit Systemd(std::unique_ptr<Connection> connection) noexcept;
  std::unique_ptr<Connection> connection_;
};

}  // namespace crunc::cgroups
