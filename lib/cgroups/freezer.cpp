// SPDX-License-Identifier: Apache-2.0
// The two freezers. That of v1 has to be asked again and again: a process that forks, or one that is stuck, can hold it
// in FREEZING, which only a thaw and another try resolves (runc #2774).

#include "cgroups/freezer.hpp"

#include <fcntl.h>

#include "core/text.hpp"
#include "sys/calls.hpp"

namespace crunc::cgroups {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Error not_frozen(const Directory& directory) {
  return Error(Errc::timed_out, directory.path() + " could not be frozen");
}

/// The word in freezer.state.
Result<std::string> read_word(const Directory& directory, std::string_view name) {
  const auto text = directory.read(name);
  if (!text) return text.error();
  return std::string(core::trim(*text));
}

/// One try of freezing on v1. True: frozen.
Result<bool> try_freeze_v1(const Directory& directory) {
  if (const auto written = directory.write("freezer.state", "FROZEN"); !written) return written.error();
  const auto word = read_word(directory, "freezer.state");
  if (!word) return word.error();
  if (*word == "FROZEN" || *word == "FREEZING") return *word == "FROZEN";
  return Error(Errc::malformed_output, directory.path() + "/freezer.state has " + core::quote(*word));
}

/// @source setting of the freezer in libcontainer: 1000 tries, of which each 25th waits and each 50th starts afresh
Result<void> freeze_v1(const Directory& directory, Clock::time_point deadline) {
  constexpr int tries = 1000;
  for (int i = 1; i <= tries; ++i) {
    const auto frozen = try_freeze_v1(directory);
    if (!frozen) return frozen.error();
    if (*frozen) return {};
    if (Clock::now() >= deadline) break;
    if (i % 50 == 0) {
      if (const auto thawed = directory.write("freezer.state", "THAWED"); !thawed) return thawed.error();
      pause_for(milliseconds(10));
    } else if (i % 25 == 0) {
      pause_for(microseconds(10));
    }
  }
  return not_frozen(directory);
}

/// Whether v2 says in cgroup.events that all processes are frozen.
bool says_frozen(std::string_view events) { return events.find("frozen 1") != std::string_view::npos; }

Result<void> freeze_v2(const Directory& directory, Clock::time_point deadline) {
  const auto file = directory.open_file("cgroup.events", O_RDONLY);
  if (!file) return file.error();
  if (const auto written = directory.write("cgroup.freeze", "1"); !written) return written.error();
  for (;;) {
    constexpr size_t longest = 4096;
    const auto text = sys::read_whole(file->get(), longest);
    if (!text) return directory.error("read", "cgroup.events", text.error());
    if (says_frozen(*text)) return {};
    pollfd entry{.fd = file->get(), .events = POLLPRI, .revents = 0};
    if (!poll_until(&entry, 1, deadline)) return not_frozen(directory);
  }
}

Result<FreezerState> state_v1(const Directory& directory) {
  const auto word = read_word(directory, "freezer.state");
  if (!word) return word.error();
  if (*word == "THAWED") return FreezerState::thawed;
  // Frozen, or about to be, only because one around it is.
  const auto by_itself = read_word(directory, "freezer.self_freezing");
  if (by_itself && *by_itself == "0") return FreezerState::thawed;
  return *word == "FROZEN" ? FreezerState::frozen : FreezerState::freezing;
}

Result<FreezerState> state_v2(const Directory& directory) {
  const auto asked = read_word(directory, "cgroup.freeze");
  if (!asked) return asked.error();
  if (*asked == "0") return FreezerState::thawed;
  const auto events = directory.read("cgroup.events");
  if (!events) return events.error();
  return says_frozen(*events) ? FreezerState::frozen : FreezerState::freezing;
}

/// A freezer's file that is not there, while its cgroup is, means that there is no freezer.
Error without_freezer(Error error) {
  if (error.code == Errc::system_error && error.system == std::errc::no_such_file_or_directory) {
    error.code = Errc::controller_unavailable;
  }
  return error;
}

}  // namespace

Result<void> freeze(const Directory& directory, bool is_v2, Clock::time_point deadline) {
  const auto before = freezer_state(directory, is_v2);
  if (!before) return before.error();
  auto frozen = is_v2 ? freeze_v2(directory, deadline) : freeze_v1(directory, deadline);
  if (!frozen && *before != FreezerState::frozen) static_cast<void>(thaw(directory, is_v2));
  return frozen;
}

Result<void> thaw(const Directory& directory, bool is_v2) {
  auto written = is_v2 ? directory.write("cgroup.freeze", "0") : directory.write("freezer.state", "THAWED");
  if (!written) return without_freezer(written.error());
  return {};
}

Result<FreezerState> freezer_state(const Directory& directory, bool is_v2) {
  const auto state = is_v2 ? state_v2(directory) : state_v1(directory);
  if (!state) return without_freezer(state.error());
  return state;
}

}  // namespace crunc::cgroups
