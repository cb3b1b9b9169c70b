// SPDX-License-Identifier: Apache-2.0
// Statistics and events of real containers and cgroups, on whatever versions of cgroups are mounted.
#include <doctest/doctest.h>

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <crunc/async.hpp>
#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/events.hpp>
#include <crunc/cgroups/stat_reader.hpp>
#include <crunc/cgroups/stats_compat.hpp>
#include <crunc/crunc.hpp>

#include "support/real_runtime.hpp"
#include "support/requirements.hpp"

using namespace crunc;
using namespace crunc::cgroups;
using namespace std::chrono_literals;
using test::RealRuntime;
using test::skip_unless_real_runtime;

namespace {

bool skip_without_container_cgroups() {
  return skip_unless_real_runtime() ||
         test::skip_unless(!test::cgroups_disabled(), "the runtime makes no cgroups here");
}

/// There the counters may be gone before anybody can read them, however soon that is.
bool skip_where_the_cgroup_goes_at_once() {
  return test::skip_unless(std::getenv("CRUNC_REAL_SYSTEMD") == nullptr,
                           "systemd removes a scope with its last process");
}

bool skip_without_kernel_log() {
  const Descriptor log(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  return test::skip_unless(log.fd() >= 0, "the kernel's log cannot be read");
}

bool skip_without_memory_controller() {
  return test::skip_unless_root() ||
         test::skip_unless(Hierarchy::system().value().has(Controller::memory), "no memory controller");
}

Directories directories_of_container(const RealRuntime& runtime, const std::string& id) {
  const pid_t pid = runtime->state(id).value().pid;
  return directories_of(std::make_shared<const Cgroup>(Cgroup::load(Hierarchy::system().value(), pid).value()));
}

Descriptor pidfd_of(const RealRuntime& runtime, const std::string& id) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, runtime->state(id).value().pid, 0)));
}

bool wait_for_exit(const Descriptor& pidfd) {
  pollfd entry{pidfd.fd(), POLLIN, 0};
  return ::poll(&entry, 1, 60000) == 1;
}

/// A container that is made, but whose process has yet to start; it will ask for more memory than it may have.
void create_greedy(RealRuntime& runtime) {
  const auto bundle = runtime.bundle({"tail", "/dev/zero"}, {.memory_limit_bytes = 16 << 20});
  REQUIRE(runtime->create("web", bundle).has_value());
}

/// The members in which two samples differ.
std::string difference_of(const Stats& a, const Stats& b) {
  std::string names;
  if (a.cpu != b.cpu) names += " cpu";
  if (a.cpuset != b.cpuset) names += " cpuset";
  if (a.memory->usage != b.memory->usage) names += " memory.usage";
  if (a.memory->swap != b.memory->swap) names += " memory.swap";
  if (a.memory->kernel != b.memory->kernel) names += " memory.kernel";
  for (const auto& [key, value] : a.memory->raw) {
    // Pages of runc's own file may be the container's, which it started; they are mapped while it looks.
    if (key.find("mapped") != std::string::npos) continue;
    const auto other = b.memory->raw.find(key);
    if (other != b.memory->raw.end() && other->second == value) continue;
    names += " memory.raw." + key + "=" + std::to_string(value) + "/" +
             (other == b.memory->raw.end() ? "none" : std::to_string(other->second));
  }
  if (a.memory->cache_bytes != b.memory->cache_bytes) names += " memory.cache";
  if (a.pids != b.pids) names += " pids";
  if (a.blkio != b.blkio) names += " blkio";
  if (a.hugetlb != b.hugetlb) names += " hugetlb";
  return names;
}

/// An empty cgroup of the test's own, removed with it.
class OwnCgroup {
 public:
  explicit OwnCgroup(const std::string& name)
      : path_(CgroupPath::parse("/" + name + std::to_string(::getpid())).value()),
        cgroup_(std::make_shared<Cgroup>(Cgroup::create(Hierarchy::system().value(), path_).value())) {}
  ~OwnCgroup() { static_cast<void>(cgroup_->remove()); }
  OwnCgroup(const OwnCgroup&) = delete;
  OwnCgroup& operator=(const OwnCgroup&) = delete;

  [[nodiscard]] Directories directories() const { return directories_of(std::shared_ptr<const Cgroup>(cgroup_)); }
  [[nodiscard]] const CgroupPath& path() const { return path_; }
  void remove() const { REQUIRE(cgroup_->remove().has_value()); }

 private:
  CgroupPath path_;
  std::shared_ptr<Cgroup> cgroup_;
};

}  // namespace

TEST_CASE("native statistics of a container are those of runc events") {
  if (skip_without_container_cgroups()) return;
  RealRuntime runtime;
  if (test::skip_unless(!runtime.is_crun(), "crun has no events")) return;
  const auto bundle = runtime.bundle({"sleep", "1000"}, {.memory_limit_bytes = 64 << 20, .pids_limit = 64});
  REQUIRE(runtime->run("web", bundle, {.detach = true}).has_value());
  const Directories directories = directories_of_container(runtime, "web");

  // The container sleeps, so sooner or later nothing moves while all three look.
  std::string ours;
  std::string difference = "it never stood still";
  for (int i = 0; i < 100 && !difference.empty(); ++i) {
    const Sample before = read_stats(directories, StatMask::runc).value();
    const Stats printed = runtime->stats("web").value();
    const Sample after = read_stats(directories, StatMask::runc).value();
    CHECK(before.errors.empty());
    if (before.stats != after.stats) continue;
    ours = to_runc_line(before, "web");
    difference = difference_of(to_runc_event(before, "web").stats.value(), printed);
  }
  INFO(ours);
  CHECK(difference == "");
}

TEST_CASE("a hot reader sees a container at work and that it is gone") {
  if (skip_without_container_cgroups()) return;
  RealRuntime runtime;
  const auto bundle = runtime.bundle({"sh", "-c", "while true; do :; done"}, {.memory_limit_bytes = 64 << 20});
  REQUIRE(runtime->run("web", bundle, {.detach = true}).has_value());
  StatReader reader = StatReader::open(directories_of_container(runtime, "web"), StatMask::cri).value();
  CHECK(reader.descriptors() == 5);

  Sample sample;
  REQUIRE(reader.read(sample).has_value());
  const CpuTime begin = sample.stats.cpu->usage->total.value();
  CpuTime now = begin;
  for (const auto until = std::chrono::steady_clock::now() + 60s; now <= begin;) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    REQUIRE(reader.read(sample).has_value());
    now = sample.stats.cpu->usage->total.value();
  }
  CHECK(sample.stats.memory->usage->limit_bytes == Limit(64 << 20));
  CHECK(sample.stats.pids->current == 1);

  REQUIRE(runtime->remove("web", {.force = true}).has_value());
  CHECK(reader.read(sample).error().code == Errc::cgroup_gone);
}

TEST_CASE("an OOM kill is known exactly once to who notices the exit first") {
  if (skip_without_container_cgroups()) return;
  RealRuntime runtime;
  create_greedy(runtime);
  MemoryEvents events = MemoryEvents::open(directories_of_container(runtime, "web")).value();
  const Descriptor pidfd = pidfd_of(runtime, "web");

  REQUIRE(runtime->start("web").has_value());
  REQUIRE(wait_for_exit(pidfd));

  CHECK(events.read().value().oom_kills == 1);
  CHECK(events.read().value().oom_kills == 0);
}

TEST_CASE("an OOM kill ends a wait exactly once") {
  if (skip_without_container_cgroups() || skip_where_the_cgroup_goes_at_once()) return;
  RealRuntime runtime;
  create_greedy(runtime);
  const Directories directories = directories_of_container(runtime, "web");
  MemoryEvents events = MemoryEvents::open(directories).value();
  const Descriptor pidfd = pidfd_of(runtime, "web");

  REQUIRE(runtime->start("web").has_value());
  const MemoryEvent event = events.wait({.timeout = 60s}).value();

  CHECK(event.oom_kills == 1);
  REQUIRE(wait_for_exit(pidfd));
  CHECK(events.read().value().oom_kills == 0);
  MemoryEvents late = MemoryEvents::open(directories, {.since_creation = true}).value();
  CHECK(late.wait({.timeout = 60s}).value().oom_kills == 1);
  REQUIRE(runtime->remove("web", {.force = true}).has_value());
  // On v2 the cgroup may first be told to be empty.
  MemoryEvent last = events.wait({.timeout = 60s}).value();
  if (!last.removed) last = events.wait({.timeout = 60s}).value();
  CHECK(last.removed);
  CHECK(last.oom_kills == 0);
}

TEST_CASE("an OOM kill is known after its cgroup is gone") {
  if (skip_without_container_cgroups() || skip_without_kernel_log()) return;
  RealRuntime runtime;
  create_greedy(runtime);
  const Directories directories = directories_of_container(runtime, "web");
  MemoryEvents read_before = MemoryEvents::open(directories).value();
  MemoryEvents events = MemoryEvents::open(directories).value();
  const Descriptor pidfd = pidfd_of(runtime, "web");

  REQUIRE(runtime->start("web").has_value());
  REQUIRE(wait_for_exit(pidfd));
  const std::uint64_t kills_before = read_before.read().value().oom_kills;
  REQUIRE(runtime->remove("web", {.force = true}).has_value());

  CHECK(kills_before == 1);
  CHECK(read_before.read().value().oom_kills == 0);
  const MemoryEvent last = events.read().value();
  CHECK(last.removed);
  CHECK(last.oom_kills == 1);
  CHECK(events.read().value().oom_kills == 0);
}

TEST_CASE("a coroutine waits for an OOM kill") {
  if (skip_without_container_cgroups() || skip_where_the_cgroup_goes_at_once()) return;
  RealRuntime runtime;
  create_greedy(runtime);
  MemoryEvents events = MemoryEvents::open(directories_of_container(runtime, "web")).value();
  boost::asio::io_context context;
  std::uint64_t kills = 0;
  Errc second = Errc::none;

  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        WaitOptions options;
        options.timeout = 60s;
        kills = (co_await events.async_wait(options, boost::asio::use_awaitable)).value().oom_kills;
        options.timeout = 1ms;
        for (;;) {
          const auto next = co_await events.async_wait(options, boost::asio::use_awaitable);
          if (next) kills += next->oom_kills;
          if (!next) second = next.error().code;
          if (!next) break;
        }
      },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
  REQUIRE(runtime->start("web").has_value());
  context.run();

  CHECK(kills == 1);
  CHECK(second == Errc::timed_out);
}

TEST_CASE("a threshold of memory on v1 is told of") {
  if (skip_without_container_cgroups() || test::skip_unless_cgroup_v1()) return;
  RealRuntime runtime;
  create_greedy(runtime);
  const Directories directories = directories_of_container(runtime, "web");
  MemoryNotices notices = MemoryNotices::at_usage(directories, 12 << 20).value();
  const auto pressure = MemoryNotices::at_pressure(directories, PressureLevel::low);

  REQUIRE(runtime->start("web").has_value());

  CHECK(notices.wait({.timeout = 60s}).value().times >= 1);
  CHECK((pressure.has_value() || pressure.error().code == Errc::unsupported));
}

TEST_CASE("the last process of a container is told of where there is cgroup v2") {
  if (skip_without_container_cgroups()) return;
  RealRuntime runtime;
  REQUIRE(runtime->run("web", runtime.bundle({"sleep", "1000"}), {.detach = true}).has_value());
  const Directories directories = directories_of_container(runtime, "web");
  auto opened = PopulatedEvents::open(directories);
  if (test::skip_unless(opened.has_value(), "the container has no cgroup on v2")) return;
  CHECK(opened->read().value().populated);
  MemoryEvents memory = MemoryEvents::open(directories).value();

  REQUIRE(runtime->kill("web", SIGKILL).has_value());

  const PopulatedEvent event = opened->wait({.timeout = 60s}).value();
  CHECK(event.changed);
  CHECK_FALSE(event.populated);
  CHECK(memory.wait({.timeout = 60s}).value().emptied);
}

TEST_CASE("a removed cgroup ends its events and its reader also if one of the same name is made") {
  if (skip_without_memory_controller()) return;
  const OwnCgroup own("crunc-test-gone");
  const Directories directories = own.directories();
  MemoryEvents memory = MemoryEvents::open(directories).value();
  StatReader reader = StatReader::open(directories, StatMask::cri).value();
  std::optional<PopulatedEvents> populated;
  if (directories.unified_fd() >= 0) populated.emplace(PopulatedEvents::open(directories).value());
  std::optional<MemoryNotices> notices;
  if (auto made = MemoryNotices::at_usage(directories, 4096)) notices.emplace(std::move(*made));

  own.remove();
  const OwnCgroup again("crunc-test-gone");
  Sample sample;

  CHECK(memory.wait({.timeout = 60s}).value().removed);
  if (populated) CHECK(populated->wait({.timeout = 60s}).value().removed);
  if (notices) CHECK(notices->wait({.timeout = 60s}).value().removed);
  CHECK(reader.read(sample).error().code == Errc::cgroup_gone);
  CHECK(read_stats(directories).error().code == Errc::cgroup_gone);
  CHECK(read_stats(again.directories()).has_value());
}

TEST_CASE("events and readers that are opened a hundred times leave nothing behind") {
  if (skip_without_memory_controller()) return;
  const OwnCgroup own("crunc-test-many");
  const Directories directories = own.directories();
  for (int i = 0; i < 100; ++i) {
    const auto events = MemoryEvents::open(directories);
    const auto reader = StatReader::open(directories);
    CHECK(events.has_value());
    CHECK(reader.has_value());
  }
}

TEST_CASE("pressure on processors fires a trigger") {
  if (test::skip_unless_root()) return;
  PressureThreshold threshold;
  threshold.resource = PressureResource::cpu;
  threshold.stalled = 1ms;
  auto opened = PressureTrigger::open_system(threshold);
  if (test::skip_unless(opened.has_value() || opened.error().code != Errc::unsupported, "pressure is not counted"))
    return;
  REQUIRE(opened.has_value());
  std::atomic<bool> done = false;
  std::vector<std::jthread> busy;
  for (unsigned i = 0; i < 4 * std::thread::hardware_concurrency(); ++i) {
    busy.emplace_back([&] {
      while (!done) {
      }
    });
  }

  const Result<PressureEvent> event = opened->wait({.timeout = 60s});
  boost::asio::io_context context;
  Result<PressureEvent> second = Error(Errc::none);
  WaitOptions options;
  options.timeout = 60s;
  opened->async_wait(
      options, boost::asio::bind_executor(context, [&](Result<PressureEvent> result) { second = std::move(result); }));
  context.run();
  done = true;

  CHECK(event.value().fired);
  CHECK(event->pressure.some.has_value());
  CHECK(second.value().fired);
}

TEST_CASE("8B pressure windows that the kernel refuses are invalid_argument") {
  if (test::skip_unless_root()) return;
  PressureThreshold threshold;
  threshold.window = 1h;
  const auto opened = PressureTrigger::open_system(threshold);
  if (test::skip_unless(opened.error().code != Errc::unsupported, "pressure is not counted")) return;

  CHECK(opened.error().code == Errc::invalid_argument);
}
