// SPDX-License-Identifier: Apache-2.0
// Statistics of cgroups where system calls fail, or the kernel does what it seldom does.
#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>

#include <crunc/cgroups/stat_reader.hpp>

#include "support/cgroup_tree.hpp"
#include "support/failing.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::CgroupTree;
using test::fail_with;

namespace {

CgroupTree small_tree() {
  CgroupTree tree;
  tree.put("memory.current", "1\n").put("memory.max", "2\n").put("memory.stat", "anon 3\n");
  tree.put("cpu.stat", "usage_usec 4\n").put("pids.current", "5\n");
  return tree;
}

}  // namespace

TEST_CASE("files that vanish while the cgroup stays are opened anew") {
  static int vanishing;
  vanishing = 0;
  Calls table = kernel_calls();
  table.pread = [](int fd, void* to, size_t size, off_t at) {
    return vanishing-- > 0 ? fail_with<ssize_t>(ENODEV) : kernel_calls().pread(fd, to, size, at);
  };
  const ReplacedCalls replaced(table);
  CgroupTree tree = small_tree();
  StatReader reader = StatReader::open(tree.unified(), StatMask::cri | StatMask::pids_limit).value();
  CHECK(reader.descriptors() == 5);
  tree.put("pids.max", "9\n");

  vanishing = 1;
  Sample sample;
  REQUIRE(reader.read(sample).has_value());

  CHECK(sample.errors.empty());
  CHECK(sample.stats.memory->usage->usage_bytes == 1);
  CHECK(sample.stats.pids->limit == Limit(9));
  CHECK(reader.descriptors() == 6);
}

TEST_CASE("a reader without directories of its own has lost what vanishes") {
  static int vanishing;
  vanishing = 0;
  Calls table = kernel_calls();
  table.pread = [](int fd, void* to, size_t size, off_t at) {
    return vanishing-- > 0 ? fail_with<ssize_t>(ENODEV) : kernel_calls().pread(fd, to, size, at);
  };
  const ReplacedCalls replaced(table);
  const CgroupTree tree = small_tree();
  const auto fd = test::open_directory(tree.path());
  StatReader reader = StatReader::open(Directories::unified(fd->fd()), StatMask::cri).value();

  vanishing = 1;
  Sample sample;
  REQUIRE(reader.read(sample).has_value());
  CHECK(sample.errors.size() == 1);
  CHECK(sample.errors.front().error.code == Errc::cgroup_gone);
  vanishing = 5;
  CHECK(reader.read(sample).error().code == Errc::cgroup_gone);
}

TEST_CASE("a cgroup made anew under the same name is not the one that is read") {
  CgroupTree tree;
  tree.put("web/memory.current", "1\n");
  static bool gone;
  gone = false;
  Calls table = kernel_calls();
  table.pread = [](int fd, void* to, size_t size, off_t at) {
    return gone ? fail_with<ssize_t>(ENODEV) : kernel_calls().pread(fd, to, size, at);
  };
  const ReplacedCalls replaced(table);
  StatReader reader = StatReader::open(test::unified_directories(tree.path() / "web"), StatMask::cri).value();

  std::filesystem::remove_all(tree.path() / "web");
  tree.put("web/memory.current", "2\n");
  gone = true;

  Sample sample;
  CHECK(reader.read(sample).error().code == Errc::cgroup_gone);
}

TEST_CASE("B26 a sample starts no process and one by kept files opens none either") {
  static int processes;
  static int opened;
  processes = opened = 0;
  Calls table = kernel_calls();
  table.clone = [](int (*)(void*), void*, int, void*, int*) { return ++processes, fail_with<int>(EAGAIN); };
  table.openat = [](int dirfd, const char* name, int flags, mode_t mode) {
    return ++opened, kernel_calls().openat(dirfd, name, flags, mode);
  };
  const CgroupTree tree = small_tree();
  const ReplacedCalls replaced(table);
  StatReader reader = StatReader::open(tree.unified(), StatMask::cri).value();
  const int opened_at_first = opened;
  CHECK(opened_at_first > 0);

  Sample sample;
  for (int i = 0; i < 3; ++i) REQUIRE(reader.read(sample).has_value());

  CHECK(sample.stats.cpu->usage->total == CpuTime(4000));
  CHECK(processes == 0);
  CHECK(opened == opened_at_first);
}

TEST_CASE("descriptors that cannot be had are an error of opening and none is left") {
  static int left;
  left = 3;
  Calls table = kernel_calls();
  table.openat = [](int dirfd, const char* name, int flags, mode_t mode) {
    return left-- > 0 ? kernel_calls().openat(dirfd, name, flags, mode) : fail_with<int>(EMFILE);
  };
  const CgroupTree tree = small_tree();
  const Directories directories = tree.unified();
  const ReplacedCalls replaced(table);

  const auto reader = StatReader::open(directories, StatMask::cri);

  CHECK(reader.error().code == Errc::system_error);
  CHECK((reader.error().system == std::errc::too_many_files_open));
}

TEST_CASE("a file that may not be read is named and costs nothing else") {
  Calls table = kernel_calls();
  table.openat = [](int dirfd, const char* name, int flags, mode_t mode) {
    return std::strcmp(name, "memory.stat") == 0 ? fail_with<int>(EACCES)
                                                 : kernel_calls().openat(dirfd, name, flags, mode);
  };
  const CgroupTree tree = small_tree();
  const Directories directories = tree.unified();
  const ReplacedCalls replaced(table);

  const Sample sample = read_stats(directories, StatMask::cri).value();

  CHECK(sample.errors.size() == 1);
  CHECK(sample.errors.front().file == "memory.stat");
  CHECK((sample.errors.front().error.system == std::errc::permission_denied));
  CHECK(sample.stats.pids->current == 5);
}

TEST_CASE("if nothing can be read that is an error") {
  Calls table = kernel_calls();
  table.pread = [](int, void*, size_t, off_t) { return fail_with<ssize_t>(EIO); };
  const CgroupTree tree = small_tree();
  const Directories directories = tree.unified();
  const ReplacedCalls replaced(table);

  CHECK(read_stats(directories).error().code == Errc::system_error);
}

TEST_CASE("pressure that is turned off is absent") {
  Calls table = kernel_calls();
  table.openat = [](int dirfd, const char* name, int flags, mode_t mode) {
    return std::strcmp(name, "cpu.pressure") == 0 ? fail_with<int>(EOPNOTSUPP)
                                                  : kernel_calls().openat(dirfd, name, flags, mode);
  };
  const CgroupTree tree = small_tree();
  const Directories directories = tree.unified();
  const ReplacedCalls replaced(table);

  const Sample sample = read_stats(directories, StatMask::all).value();

  CHECK(sample.errors.empty());
  CHECK_FALSE(sample.stats.cpu->psi.has_value());
}

TEST_CASE("reading that is interrupted by signals goes on") {
  static int interruptions;
  interruptions = 0;
  Calls table = kernel_calls();
  table.openat = [](int dirfd, const char* name, int flags, mode_t mode) {
    return interruptions++ % 2 == 0 ? fail_with<int>(EINTR) : kernel_calls().openat(dirfd, name, flags, mode);
  };
  table.pread = [](int fd, void* to, size_t size, off_t at) {
    return interruptions++ % 2 == 0 ? fail_with<ssize_t>(EINTR) : kernel_calls().pread(fd, to, size, at);
  };
  const CgroupTree tree = small_tree();
  const Directories directories = tree.unified();
  const ReplacedCalls replaced(table);

  const Sample sample = read_stats(directories, StatMask::cri).value();

  CHECK(sample.errors.empty());
  CHECK(sample.stats.memory->raw.at("anon") == 3);
}

TEST_CASE("a file larger than a page and than the buffer is read to its end") {
  CgroupTree tree;
  std::string procs;
  for (int pid = 10000; pid < 20000; ++pid) procs += std::to_string(pid) + "\n";
  tree.put("cgroup.procs", procs);
  std::string stat;
  for (int key = 0; key < 400; ++key) stat += "some_long_name_of_a_counter_" + std::to_string(key) + " 1\n";
  tree.put("memory.stat", stat);

  const Sample sample = read_stats(tree.unified(), StatMask::all).value();

  CHECK(sample.stats.pids->current == 10000);
  CHECK(sample.stats.memory->raw.size() == 400);
}
