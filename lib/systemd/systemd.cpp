// SPDX-License-Identifier: Apache-2.0
// Systemd: each call as messages on its bus, again when the connection was lost.

#include <crunc/cgroups/systemd.hpp>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>

#include "systemd/bus.hpp"
#include "systemd/job.hpp"
#include "systemd/properties.hpp"
#include "systemd/unit_calls.hpp"

namespace crunc::cgroups {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;  // for a systemd or a bus that starts anew

/// 252 of "252.39-1~deb12u2" or "v238".
Result<unsigned> parse_version(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('v')) digits.remove_prefix(1);
  unsigned version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error == std::errc{} && version > 0) return version;
  return Error(Errc::malformed_output, "systemd says that its version is \"" + std::string(text.substr(0, 64)) + "\"");
}

}  // namespace

struct Systemd::Connection {
  explicit Connection(BusAddress where) : address(std::move(where)) {}

  BusAddress address;
  std::mutex mutex{};
  std::optional<Bus> bus{};
  bool has_answered = false;  ///< ever, so that it is worth waiting for
  // Of the systemd that this connection is to.
  std::optional<unsigned> version{};
  std::optional<std::string> root{};

  /// Does `what`, on a connection; again on another when it was lost, which `what` is told.
  template <class What>
  std::invoke_result_t<What, const Bus&, bool> with_bus(What&& what) {
    const std::lock_guard lock(mutex);
    const auto give_up = Clock::now() + patience;
    auto pause = 10ms;
    for (bool is_again = false;; is_again = true) {
      auto result = once(what, is_again);
      if (result || !is_worth_another(result.error(), is_again) || Clock::now() + pause > give_up) return result;
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, 500ms);
    }
  }

 private:
  template <class What>
  std::invoke_result_t<What, const Bus&, bool> once(What& what, bool is_again) {
    if (!bus) {
      auto opened = Bus::open(address);
      if (!opened) return opened.error();
      bus.emplace(std::move(*opened));
      version.reset();
      root.reset();
    }
    auto result = what(*bus, is_again);
    const bool is_lost = !result && is_disconnection(result.error());
    if (!is_lost) has_answered = true;
    if (is_lost || bus->is_direct()) bus.reset();
    return result;
  }

  [[nodiscard]] bool is_worth_another(const Error& error, bool is_again) const {
    // On the way back the bus may not be there yet.
    return has_answered && (is_disconnection(error) || (is_again && !bus));
  }
};

Systemd::Systemd(std::unique_ptr<Connection> connection) noexcept : connection_(std::move(connection)) {}
Systemd::~Systemd() = default;

std::shared_ptr<Systemd> Systemd::system() {
  return std::shared_ptr<Systemd>(
      new Systemd(std::make_unique<Connection>(BusAddress{.kind = BusAddress::Kind::system})));
}
std::shared_ptr<Systemd> Systemd::user() {
  return std::shared_ptr<Systemd>(
      new Systemd(std::make_unique<Connection>(BusAddress{.kind = BusAddress::Kind::user})));
}
std::shared_ptr<Systemd> Systemd::at(std::string address) {
  return std::shared_ptr<Systemd>(new Systemd(
      std::make_unique<Connection>(BusAddress{.kind = BusAddress::Kind::text, .text = std::move(address)})));
}

Result<unsigned> Systemd::version() {
  return connection_->with_bus([&](const Bus& bus, bool) -> Result<unsigned> {
    if (connection_->version) return *connection_->version;
    const auto text = bus.text_property(manager_path, manager_interface, "Version");
    if (!text) return text.error();
    auto parsed = parse_version(*text);
    if (parsed) connection_->version = *parsed;
    return parsed;
  });
}

Result<std::string> Systemd::root() {
  return connection_->with_bus([&](const Bus& bus, bool) -> Result<std::string> {
    if (connection_->root) return *connection_->root;
    auto text = bus.text_property(manager_path, manager_interface, "ControlGroup");
    if (text) connection_->root = *text;
    return text;
  });
}

Result<void> Systemd::start(const UnitRequest& request) {
  return connection_->with_bus([&](const Bus& bus, bool is_again) { return start_unit(bus, request, is_again); });
}

Result<void> Systemd::stop(std::string_view unit, std::chrono::milliseconds timeout) {
  return connection_->with_bus([&](const Bus& bus, bool) { return stop_unit(bus, std::string(unit), timeout); });
}

Result<void> Systemd::reset_failed(std::string_view unit) {
  return connection_->with_bus([&](const Bus& bus, bool) { return reset_unit(bus, std::string(unit)); });
}

Result<void> Systemd::set(std::string_view unit, const std::vector<UnitProperty>& properties) {
  return connection_->with_bus([&](const Bus& bus, bool) { return set_unit(bus, std::string(unit), properties); });
}

Result<void> Systemd::attach(std::string_view unit, std::string_view below, const std::vector<pid_t>& pids) {
  return connection_->with_bus(
      [&](const Bus& bus, bool) { return attach_to_unit(bus, std::string(unit), below, pids); });
}

Result<UnitState> Systemd::state(std::string_view unit) {
  return connection_->with_bus([&](const Bus& bus, bool) { return state_of_unit(bus, std::string(unit)); });
}

}  // namespace crunc::cgroups
