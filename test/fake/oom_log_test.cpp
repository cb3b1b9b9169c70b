// SPDX-License-Identifier: Apache-2.0
// OOM kills of cgroups that are gone, by a kernel's log that the test writes.
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <crunc/cgroups/events.hpp>

#include "cgroups/oom_log.hpp"
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

/// As Linux 6.1 prints it for a container of runc.
std::string record_of(std::string_view cgroup, unsigned priority = 6) {
  return std::to_string(priority) +
         ",831,95461526,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=web,mems_allowed=0,oom_memcg=" +
         std::string(cgroup) + ",task_memcg=" + std::string(cgroup) + ",task=tail,pid=1843,uid=0\n";
}

/// Its log, of which each read gives one record, and a machine whose cgroups can be taken away.
class PlayedKernel {
 public:
  PlayedKernel() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    reader = ends[0];
    writer_ = ends[1];
    is_removed = false;
  }
  ~PlayedKernel() {
    ::close(reader);
    ::close(writer_);
  }
  PlayedKernel(const PlayedKernel&) = delete;
  PlayedKernel& operator=(const PlayedKernel&) = delete;

  void logs(std::string_view record) const {
    REQUIRE(::write(writer_, record.data(), record.size()) == static_cast<ssize_t>(record.size()));
  }
  static void removes_the_cgroup() { is_removed = true; }

  static Calls calls() {
    Calls table = kernel_calls();
    table.open = [](const char* path, int flags, mode_t mode) {
      return std::string_view(path) == "/dev/kmsg" ? ::dup(reader) : kernel_calls().open(path, flags, mode);
    };
    table.lseek = [](int, off_t, int) -> off_t { return 0; };
    table.epoll_ctl = [](int, int, int, epoll_event*) { return 0; };
    table.pread = [](int fd, void* bytes, size_t size, off_t offset) {
      return is_removed ? fail_with<ssize_t>(ENODEV) : kernel_calls().pread(fd, bytes, size, offset);
    };
    return table;
  }

 private:
  static inline int reader = -1;
  static inline bool is_removed = false;
  int writer_ = -1;
};

CgroupTree counting(int kills) {
  CgroupTree tree;
  tree.put("memory.events", "oom_kill " + std::to_string(kills) + "\n");
  return tree;
}

Directories at(const CgroupTree& tree, std::string_view path) {
  Directories directories = tree.unified();
  directories.set_logged_path(std::string(path));
  return directories;
}

}  // namespace

TEST_CASE("a record of the kernel's log names the cgroup of who was killed") {
  CHECK(cgroup_of_oom_record(record_of("/system.slice/web.scope")) == "/system.slice/web.scope");
  CHECK(cgroup_of_oom_record("6,1,2,-,caller=T12;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=a,"
                             "mems_allowed=0-1,oom_memcg=/pod,task_memcg=/pod/a\\x5cx2db.scope,task=sh,pid=7,uid=0\n"
                             " SUBSYSTEM=memory\n") == "/pod/a\\x2db.scope");
  CHECK(cgroup_of_oom_record(record_of("/comma,task=x")) == "/comma,task=x");
}

TEST_CASE("what is no record of a kill or was written by a user names no cgroup") {
  CHECK(cgroup_of_oom_record(record_of("/web", 14)) == std::nullopt);
  CHECK(cgroup_of_oom_record("6,1,2,-;oom-kill:constraint=CONSTRAINT_NONE,global_oom,task=sh,pid=7,uid=0\n") ==
        std::nullopt);
  CHECK(cgroup_of_oom_record(record_of("/two\\x0alines")) == std::nullopt);
  CHECK(cgroup_of_oom_record("6,1,2,-;eth0: oom-kill:,task_memcg=/web,task=sh\n") == std::nullopt);
  for (const char* const text : {"", ";", "6", "6,1,2,-;", "6,1,2,-;oom-kill:", "6,1,2,-;oom-kill:,task=,task_memcg=",
                                 "x,1,2,-;oom-kill:,task_memcg=/web,task=sh", "\x80,1;oom-kill:"}) {
    INFO(text);
    CHECK(cgroup_of_oom_record(text) == std::nullopt);
  }
}

TEST_CASE("a kill that was not read before its cgroup went is told from the log and once") {
  const PlayedKernel kernel;
  const Calls table = PlayedKernel::calls();
  const ReplacedCalls replaced(table);
  const CgroupTree tree = counting(0);
  MemoryEvents events = MemoryEvents::open(at(tree, "/a/web.scope")).value();

  kernel.logs("4,7,8,-;something else\n");
  kernel.logs(record_of("/a/other.scope"));
  kernel.logs(record_of("/a/web.scope"));
  kernel.logs(record_of("/a/web.scope/below"));
  kernel.logs(record_of("/a/web.scope2"));
  CHECK(events.read().value().oom_kills == 0);
  PlayedKernel::removes_the_cgroup();

  const MemoryEvent last = events.read().value();
  CHECK(last.removed);
  CHECK(last.oom_kills == 2);
  CHECK(events.read().value().oom_kills == 0);
}

TEST_CASE("a kill that was read is not told from the log again") {
  const PlayedKernel kernel;
  const Calls table = PlayedKernel::calls();
  const ReplacedCalls replaced(table);
  CgroupTree tree = counting(3);
  MemoryEvents events = MemoryEvents::open(at(tree, "/web")).value();

  kernel.logs(record_of("/web"));
  tree.put("memory.events", "oom_kill 4\n");
  CHECK(events.read().value().oom_kills == 1);
  kernel.logs(record_of("/web"));
  PlayedKernel::removes_the_cgroup();

  CHECK(events.read().value().oom_kills == 1);
}

TEST_CASE("kills since the cgroup was made are told once whether they were logged or counted") {
  const PlayedKernel kernel;
  const Calls table = PlayedKernel::calls();
  const ReplacedCalls replaced(table);
  const CgroupTree tree = counting(3);
  MemoryEvents events = MemoryEvents::open(at(tree, "/web"), {.since_creation = true}).value();
  MemoryEvents late = MemoryEvents::open(at(tree, "/web"), {.since_creation = true}).value();

  CHECK(events.read().value().oom_kills == 3);
  kernel.logs(record_of("/web"));
  PlayedKernel::removes_the_cgroup();

  CHECK(events.read().value().oom_kills == 1);
  CHECK(late.read().value().oom_kills == 1);
}

TEST_CASE("records that were overwritten before they were read are passed over") {
  const PlayedKernel kernel;
  static bool has_overflowed = false;
  Calls table = PlayedKernel::calls();
  table.read = [](int fd, void* bytes, size_t size) {
    return !std::exchange(has_overflowed, true) ? fail_with<ssize_t>(EPIPE) : kernel_calls().read(fd, bytes, size);
  };
  const ReplacedCalls replaced(table);
  const CgroupTree tree = counting(0);
  MemoryEvents events = MemoryEvents::open(at(tree, "/web")).value();
  has_overflowed = false;

  kernel.logs(record_of("/web"));
  PlayedKernel::removes_the_cgroup();

  CHECK(events.read().value().oom_kills == 1);
}

TEST_CASE("without a log kills are counted as long as the cgroup is there") {
  Calls table = PlayedKernel::calls();
  table.open = [](const char*, int, mode_t) { return fail_with<int>(EPERM); };
  const PlayedKernel kernel;
  const ReplacedCalls replaced(table);
  CgroupTree tree = counting(0);
  MemoryEvents events = MemoryEvents::open(at(tree, "/web")).value();

  tree.put("memory.events", "oom_kill 1\n");
  CHECK(events.read().value().oom_kills == 1);
  PlayedKernel::removes_the_cgroup();
  CHECK(events.read().value() == MemoryEvent{.removed = true});
}
