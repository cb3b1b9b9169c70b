// SPDX-License-Identifier: Apache-2.0
// Events of cgroups on made up trees, with the kernel's part played by the test: a plain file cannot be polled, so what
// would watch it is told that it may.
#include <doctest/doctest.h>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <thread>

#include <crunc/cgroups/events.hpp>

#include "support/cgroup_tree.hpp"
#include "support/failing.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::CgroupTree;
using test::fail_with;

namespace {

/// Whether `fd` is a plain file, as in a made up tree.
bool is_plain(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

Calls calls_for_trees() {
  Calls table = kernel_calls();
  table.epoll_ctl = [](int epoll, int operation, int fd, epoll_event* event) {
    return is_plain(fd) ? 0 : kernel_calls().epoll_ctl(epoll, operation, fd, event);
  };
  // A trigger is written into the file that is read, which only the kernel keeps apart.
  table.write = [](int fd, const void* bytes, size_t size) {
    return is_plain(fd) && size > 5 && static_cast<const char*>(bytes)[size - 1] == '\0'
               ? static_cast<ssize_t>(size)
               : kernel_calls().write(fd, bytes, size);
  };
  table.poll = [](pollfd* fds, nfds_t count, const timespec* timeout) {
    return count == 1 && is_plain(fds->fd) ? 0 : kernel_calls().poll(fds, count, timeout);
  };
  return table;
}

void count_v2(CgroupTree& tree, int max, int oom, int oom_kill) {
  tree.put("memory.events", "low 0\nhigh 0\nmax " + std::to_string(max) + "\noom " + std::to_string(oom) +
                                "\noom_kill " + std::to_string(oom_kill) + "\n");
}

void count_v1(CgroupTree& tree, int under_oom, int oom_kill, int disabled = 0) {
  tree.put("memory/memory.oom_control", "oom_kill_disable " + std::to_string(disabled) + "\nunder_oom " +
                                            std::to_string(under_oom) + "\noom_kill " + std::to_string(oom_kill) +
                                            "\n");
}

/// What the kernel does at an event of v1: counts the eventfd up that was registered.
void notify(const CgroupTree& tree) {
  const std::string line = test::read_text(tree.path() / "memory/cgroup.event_control");
  int fd = -1;
  std::from_chars(line.data(), line.data() + line.size(), fd);
  const std::uint64_t one = 1;
  REQUIRE(::write(fd, &one, sizeof one) == sizeof one);
}

CgroupTree v1_tree() {
  CgroupTree tree;
  tree.put("memory/cgroup.event_control", "").put("memory/memory.usage_in_bytes", "4096\n");
  tree.put("memory/memory.pressure_level", "");
  count_v1(tree, 0, 0);
  return tree;
}

}  // namespace

TEST_CASE("8A-16 a change of memory.events without a kill is no OOM and each kill is told once") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree;
  count_v2(tree, 5, 3, 2);
  MemoryEvents events = MemoryEvents::open(tree.unified()).value();
  CHECK(events.read().value() == MemoryEvent{});

  count_v2(tree, 9, 3, 2);
  CHECK(events.wait({.timeout = 0ms}).error().code == Errc::timed_out);
  count_v2(tree, 9, 4, 3);
  const MemoryEvent killed = events.wait({.timeout = 0ms}).value();
  count_v2(tree, 20, 4, 3);
  const MemoryEvent later = events.read().value();

  CHECK(killed.oom_kills == 1);
  CHECK(killed.max == 4);
  CHECK(killed.ooms == 1);
  CHECK(later.oom_kills == 0);
  CHECK(later.max == 11);
}

TEST_CASE("8B failed reclaims that kill nothing end a wait only if every count is wanted") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree;
  count_v2(tree, 0, 0, 0);
  MemoryEvents kills = MemoryEvents::open(tree.unified()).value();
  MemoryEvents all = MemoryEvents::open(tree.unified(), {.every_count = true}).value();

  count_v2(tree, 1, 1, 0);

  CHECK(kills.wait({.timeout = 0ms}).error().code == Errc::timed_out);
  CHECK(all.wait({.timeout = 0ms}).value().ooms == 1);
}

TEST_CASE("kills from before are told if they are wanted") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree;
  count_v2(tree, 0, 0, 2);
  CgroupTree old = v1_tree();
  count_v1(old, 0, 3);

  MemoryEvents events = MemoryEvents::open(tree.unified(), {.since_creation = true}).value();
  MemoryEvents old_events = MemoryEvents::open(old.v1(), {.since_creation = true}).value();
  MemoryEvents later = MemoryEvents::open(old.v1()).value();

  CHECK(events.read().value().oom_kills == 2);
  CHECK(events.read().value().oom_kills == 0);
  CHECK(old_events.wait({.timeout = 10s}).value().oom_kills == 3);
  CHECK(later.read().value().oom_kills == 0);
}

TEST_CASE("the kill that empties a cgroup comes with the word that it is empty") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree;
  count_v2(tree, 0, 0, 0);
  tree.put("cgroup.events", "populated 1\nfrozen 0\n");
  MemoryEvents events = MemoryEvents::open(tree.unified()).value();

  tree.put("cgroup.events", "populated 0\nfrozen 0\n");
  count_v2(tree, 1, 1, 1);

  const MemoryEvent event = events.wait({.timeout = 0ms}).value();
  CHECK(event.emptied);
  CHECK(event.oom_kills == 1);
  CHECK(events.read().value() == MemoryEvent{});
}

TEST_CASE("a cgroup's own events are those of the local file") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree;
  count_v2(tree, 0, 0, 0);
  tree.put("memory.events.local", "oom_kill 0\n");
  MemoryEvents events = MemoryEvents::open(tree.unified(), {.local = true}).value();

  count_v2(tree, 0, 0, 1);
  CHECK(events.read().value().oom_kills == 0);
  tree.put("memory.events.local", "oom_kill 1\n");
  CHECK(events.read().value().oom_kills == 1);
}

TEST_CASE("a kill that v1 counts after it has told of it is found without another wake") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree = v1_tree();
  MemoryEvents events = MemoryEvents::open(tree.v1()).value();

  notify(tree);
  pollfd entry{events.fd(), events.poll_events(), 0};
  CHECK(::poll(&entry, 1, 10000) == 1);
  CHECK(events.read().value() == MemoryEvent{.ooms = 1});
  count_v1(tree, 0, 1);

  CHECK(events.wait({.timeout = 10s}).value().oom_kills == 1);
  CHECK(events.read().value() == MemoryEvent{});
}

TEST_CASE("processes that wait for memory are told of once where the killer is turned off") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree = v1_tree();
  MemoryEvents events = MemoryEvents::open(tree.v1()).value();

  count_v1(tree, 1, 0, 1);
  notify(tree);

  CHECK(events.wait({.timeout = 10s}).value().under_oom);
  CHECK(events.wait({.timeout = 0ms}).error().code == Errc::timed_out);
}

TEST_CASE("a counter that falls tells of nothing and what comes then is counted from its height") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree;
  count_v2(tree, 5, 5, 5);
  MemoryEvents events = MemoryEvents::open(tree.unified()).value();

  count_v2(tree, 0, 0, 1);
  CHECK(events.read().value() == MemoryEvent{});
  count_v2(tree, 0, 0, 6);
  CHECK(events.read().value().oom_kills == 1);
}

TEST_CASE("a removed cgroup ends its events and had lost its last process before") {
  static bool gone;
  gone = false;
  Calls table = calls_for_trees();
  table.pread = [](int fd, void* to, size_t size, off_t at) {
    return gone && is_plain(fd) ? fail_with<ssize_t>(ENODEV) : kernel_calls().pread(fd, to, size, at);
  };
  const ReplacedCalls replaced(table);
  CgroupTree tree = v1_tree();
  tree.put("cgroup.events", "populated 1\n");
  tree.put("memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
  count_v2(tree, 0, 0, 0);
  MemoryEvents fresh = MemoryEvents::open(tree.unified()).value();
  MemoryEvents old = MemoryEvents::open(tree.v1()).value();
  MemoryNotices notices = MemoryNotices::at_usage(tree.v1(), 1024).value();
  PopulatedEvents populated = PopulatedEvents::open(tree.unified()).value();
  PressureTrigger trigger = PressureTrigger::open(tree.unified()).value();
  CHECK(populated.read().value() == PopulatedEvent{.populated = true});

  gone = true;

  CHECK(fresh.wait().value() == MemoryEvent{.emptied = true, .removed = true});
  CHECK(fresh.wait().value() == MemoryEvent{.removed = true});
  CHECK(old.wait().value().removed);
  CHECK(notices.wait().value().removed);
  CHECK(populated.wait().value() == PopulatedEvent{.changed = true, .removed = true});
  CHECK(populated.wait().value() == PopulatedEvent{.removed = true});
  CHECK(trigger.wait().value().removed);
  CHECK(MemoryEvents::open(tree.unified()).error().code == Errc::cgroup_gone);
}

TEST_CASE("notices of v1 register what was asked for and count") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree = v1_tree();
  const auto registered = [&] { return test::read_text(tree.path() / "memory/cgroup.event_control"); };
  MemoryNotices usage = MemoryNotices::at_usage(tree.v1(), 65536).value();
  CHECK(registered().ends_with(" 65536"));
  notify(tree);
  notify(tree);
  CHECK(usage.wait().value() == MemoryNotice{.times = 2});
  CHECK(usage.read().value() == MemoryNotice{});

  const CgroupTree other = v1_tree();
  const auto pressure = MemoryNotices::at_pressure(other.v1(), PressureLevel::critical, PressureScope::local);
  CHECK(pressure.has_value());
  CHECK(test::read_text(other.path() / "memory/cgroup.event_control").ends_with(" critical,local"));
  CHECK(MemoryNotices::at_usage(tree.v1(), 1, Counted::memory_and_swap).error().code == Errc::unsupported);
  CHECK(MemoryNotices::at_usage(tree.unified(), 1).error().code == Errc::unsupported);
}

TEST_CASE("what a kernel or a host lacks is told as such") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree bare;
  bare.put("memory/memory.oom_control", "oom_kill 0\n");

  CHECK(MemoryEvents::open(bare.v1()).error().code == Errc::unsupported);
  CHECK(MemoryEvents::open(bare.unified()).error().code == Errc::controller_unavailable);
  CHECK(MemoryEvents::open(Directories{}).error().code == Errc::controller_unavailable);
  CHECK(PressureTrigger::open(bare.v1()).error().code == Errc::unsupported);
  CHECK(PressureTrigger::open(bare.unified()).error().code == Errc::unsupported);
  CHECK(PopulatedEvents::open(bare.v1()).error().code == Errc::unsupported);
  CHECK(PopulatedEvents::open(bare.unified()).error().code == Errc::unsupported);
}

TEST_CASE("a wait for events can be stopped from another thread") {
  const Calls table = calls_for_trees();
  const ReplacedCalls replaced(table);
  CgroupTree tree = v1_tree();
  MemoryEvents events = MemoryEvents::open(tree.v1()).value();
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });

  CHECK(events.wait({.stop = stop.get_token()}).error().code == Errc::cancelled);
}

TEST_CASE("each call of opening events that fails is a system_error with its errno and leaves nothing open") {
  Calls no_epoll = calls_for_trees();
  no_epoll.epoll_create1 = [](int) { return fail_with<int>(EMFILE); };
  Calls no_watch = calls_for_trees();
  no_watch.epoll_ctl = [](int, int, int, epoll_event*) { return fail_with<int>(ENOSPC); };
  Calls no_event = calls_for_trees();
  no_event.eventfd = [](unsigned, int) { return fail_with<int>(EMFILE); };
  Calls no_file = calls_for_trees();
  no_file.openat = [](int, const char*, int, mode_t) { return fail_with<int>(EACCES); };
  Calls no_read = calls_for_trees();
  no_read.pread = [](int, void*, size_t, off_t) { return fail_with<ssize_t>(EIO); };
  Calls no_write = calls_for_trees();
  no_write.write = [](int, const void*, size_t) { return fail_with<ssize_t>(EPERM); };
  CgroupTree tree = v1_tree();
  count_v2(tree, 0, 0, 0);
  const Directories old = tree.v1();
  const Directories fresh = tree.unified();

  for (const Calls& table : {no_epoll, no_watch, no_event, no_file, no_read, no_write}) {
    const ReplacedCalls replaced(table);
    CHECK(MemoryEvents::open(old).error().code == Errc::system_error);
    CHECK(static_cast<bool>(MemoryEvents::open(old).error().system));
  }
  for (const Calls& table : {no_epoll, no_watch, no_file, no_read}) {
    const ReplacedCalls replaced(table);
    CHECK(MemoryEvents::open(fresh).error().code == Errc::system_error);
  }
}

TEST_CASE("without a timer a late kill of v1 is told by the next look") {
  Calls table = calls_for_trees();
  table.timerfd_create = [](int, int) { return fail_with<int>(EMFILE); };
  const ReplacedCalls replaced(table);
  CgroupTree tree = v1_tree();
  MemoryEvents events = MemoryEvents::open(tree.v1()).value();

  notify(tree);
  CHECK(events.read().value() == MemoryEvent{.ooms = 1});
  count_v1(tree, 0, 1);

  CHECK(events.read().value().oom_kills == 1);
}

TEST_CASE("a threshold of pressure that the kernel does not take is invalid_argument") {
  Calls table = calls_for_trees();
  table.write = [](int, const void*, size_t) { return fail_with<ssize_t>(EINVAL); };
  const ReplacedCalls replaced(table);
  CgroupTree tree;
  tree.put("memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");

  CHECK(PressureTrigger::open(tree.unified()).error().code == Errc::invalid_argument);
}
