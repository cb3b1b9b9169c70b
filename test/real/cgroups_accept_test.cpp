// SPDX-License-Identifier: Apache-2.0
// What this kernel takes into the files of a cgroup and what it refuses, as the plans take it to do.
#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <crunc/cgroups/cgroup.hpp>

#include "support/requirements.hpp"
#include "support/test_cgroup.hpp"

using namespace crunc::cgroups;

namespace test = crunc::test;

namespace {

constexpr bool v1 = false;
constexpr bool v2 = true;

struct Row {
  Controller controller;
  bool on_v2;
  const char* file;
  const char* value;
  int error;
  const char* reads = nullptr;  ///< what the file begins with afterwards
};

constexpr Row rows[] = {
    {Controller::memory, v2, "memory.max", "100M", 0, "104857600\n"},
    {Controller::memory, v2, "memory.max", "1.5", EINVAL},
    {Controller::memory, v2, "memory.max", "-1", EINVAL},
    {Controller::memory, v2, "memory.max", "max", 0, "max\n"},
    {Controller::memory, v2, "memory.low", "-1", EINVAL},
    {Controller::memory, v2, "memory.high", "1000000", 0, "999424\n"},
    {Controller::memory, v2, "memory.oom.group", "2", EINVAL},
    {Controller::cpu, v2, "cpu.max", "20000 50000", 0, "20000 50000\n"},
    {Controller::cpu, v2, "cpu.max", "10000", 0, "10000 50000\n"},
    {Controller::cpu, v2, "cpu.max", "max", 0, "max 50000\n"},
    {Controller::cpu, v2, "cpu.max", "-1", EINVAL},
    {Controller::cpu, v2, "cpu.max", "999", EINVAL},
    {Controller::cpu, v2, "cpu.weight", "0", ERANGE},
    {Controller::cpu, v2, "cpu.weight", "10001", ERANGE},
    {Controller::pids, v2, "pids.max", "-1", EINVAL},
    {Controller::pids, v2, "pids.max", "max", 0, "max\n"},
    {Controller::pids, v2, "cgroup.freeze", "2", ERANGE},
    {Controller::io, v2, "io.max", "4000:1 rbps=1", ENODEV},
    {Controller::memory, v1, "memory.limit_in_bytes", "max", EINVAL},
    {Controller::memory, v1, "memory.limit_in_bytes", "-1", 0, "9223372036854771712\n"},
    {Controller::memory, v1, "memory.swappiness", "201", EINVAL},
    {Controller::memory, v1, "memory.oom_control", "2", EINVAL},
    {Controller::cpu, v1, "cpu.shares", "0", 0, "2\n"},
    {Controller::cpu, v1, "cpu.shares", "262145", 0, "262144\n"},
    {Controller::cpu, v1, "cpu.cfs_quota_us", "-5", 0, "-1\n"},
    {Controller::cpu, v1, "cpu.cfs_quota_us", "999", EINVAL},
    {Controller::cpu, v1, "cpu.cfs_period_us", "999", EINVAL},
    {Controller::cpu, v1, "cpu.cfs_period_us", "1000001", EINVAL},
    {Controller::freezer, v1, "freezer.state", "frozen", EINVAL},
    {Controller::freezer, v1, "freezer.state", "FREEZING", EINVAL},
    {Controller::pids, v1, "pids.max", "-1", EINVAL},
    {Controller::pids, v1, "pids.max", "max", 0, "max\n"},
    {Controller::io, v1, "blkio.throttle.read_bps_device", "4000:1 1", ENODEV},
};

int write_to(int directory, const Row& row) {
  const int fd = ::openat(directory, row.file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::write(fd, row.value, std::strlen(row.value)) < 0 ? errno : 0;
  ::close(fd);
  return error;
}

std::string read_from(int directory, const char* file) {
  char text[256] = {};
  const int fd = ::openat(directory, file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "cannot be opened";
  const ssize_t size = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  return {text, static_cast<std::size_t>(size < 0 ? 0 : size)};
}

}  // namespace

TEST_CASE("this kernel takes and refuses the values that the plans were made for") {
  if (test::skip_unless_root()) return;
  const test::TestCgroup own;
  int tried = 0;
  for (const Row& row : rows) {
    const int directory = own.cgroup.directory_fd(row.controller);
    const bool has = own.cgroup.controllers().contains(row.controller);
    if (!has || (directory == own.cgroup.unified_fd()) != row.on_v2) continue;
    CAPTURE(std::string(row.file));
    CAPTURE(std::string(row.value));
    CHECK(write_to(directory, row) == row.error);
    if (row.reads != nullptr) CHECK(read_from(directory, row.file) == row.reads);
    ++tried;
  }
  if (test::skip_unless(tried > 0, "a cgroup here gets none of these controllers")) return;
}
