// SPDX-License-Identifier: Apache-2.0
// From the time of a file to the ticks of a process.

#include "task/start_time.hpp"

#include <ctime>

#include <sys/stat.h>
#include <unistd.h>

#include "sys/calls.hpp"

namespace crunc::task {
namespace {

using std::chrono::nanoseconds;

nanoseconds to_nanoseconds(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

nanoseconds now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return to_nanoseconds(time);
}

/// Files are stamped by the tick before, and ticks of processes are coarse too.
constexpr nanoseconds grain = std::chrono::milliseconds(100);

}  // namespace

StartTime StartTime::before_pid_file(const std::string& path, std::chrono::system_clock::time_point called_at) {
  struct stat status {};
  if (sys::calls().stat(path.c_str(), &status) != 0) return {};
  const nanoseconds written = to_nanoseconds(status.st_mtim);
  const nanoseconds age = now(CLOCK_REALTIME) - written;
  if (written + grain < called_at.time_since_epoch() || age < -grain)
    return {};  // another machine's clock, or ours set
  const nanoseconds latest = now(CLOCK_BOOTTIME) - age + grain;
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return {.latest_ticks = static_cast<std::uint64_t>(latest.count()) / (1'000'000'000 / ticks_per_second)};
}

}  // namespace crunc::task
