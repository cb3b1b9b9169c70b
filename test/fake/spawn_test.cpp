// SPDX-License-Identifier: Apache-2.0
// What a child gets and what it does not: descriptors, signals, directory, process group. And what a failed start says.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "support/scenario.hpp"
#include "support/text_file.hpp"
#include "sys/process_ref.hpp"
#include "sys/spawn.hpp"

using namespace crunc;
using sys::FdMapping;
using sys::SpawnRequest;
using sys::SpawnResult;
using sys::SpawnStage;
using test::FakeRuntime;
namespace json = boost::json;

namespace {

const char* const no_environment[] = {nullptr};

/// Spawns a program and reaps it.
SpawnResult run(SpawnRequest request, const std::string& program) {
  const char* const argv[] = {program.c_str(), nullptr};
  request.executable = program.c_str();
  request.argv = argv;
  if (request.environment == nullptr) request.environment = no_environment;
  SpawnResult result = sys::spawn(request);
  if (result.pid > 0) sys::ProcessRef::of_child(result.pid, std::move(result.pidfd)).reap();
  return result;
}

json::object recorded_run(SpawnRequest request) {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  REQUIRE(run(request, fake.command()).failed_at == SpawnStage::none);
  return fake.records().at(0);
}

std::map<int, std::string> fds_of(const json::object& record) {
  std::map<int, std::string> result;
  for (const json::value& fd : record.at("fds").as_array()) {
    result[static_cast<int>(fd.at("fd").as_int64())] = std::string(fd.at("target").as_string());
  }
  return result;
}

}  // namespace

TEST_CASE("a child gets exactly the descriptors that were named and under their numbers") {
  const test::TempDir dir;
  std::vector<sys::Fd> files;
  for (const char* const name : {"a", "b", "c", "d"}) {
    files.emplace_back(::open((dir / name).c_str(), O_RDWR | O_CREAT, 0600));  // not close-on-exec, on purpose
  }
  const std::vector<FdMapping> mappings{{files[2].get(), 0}, {files[0].get(), 5}, {files[1].get(), 9}};

  const auto fds = fds_of(recorded_run({.fds = mappings}));

  CHECK(fds == std::map<int, std::string>{{0, dir / "c"}, {5, dir / "a"}, {9, dir / "b"}});
}

TEST_CASE("descriptors can change places with each other") {
  const test::TempDir dir;
  const sys::Fd a(::open((dir / "a").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const sys::Fd b(::open((dir / "b").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  std::vector<FdMapping> mappings{{a.get(), b.get()}, {b.get(), a.get()}, {a.get(), b.get() + 1}};
  std::ranges::sort(mappings, {}, &FdMapping::to);

  const auto fds = fds_of(recorded_run({.fds = mappings}));

  CHECK(fds == std::map<int, std::string>{{a.get(), dir / "b"}, {b.get(), dir / "a"}, {b.get() + 1, dir / "a"}});
}

TEST_CASE("a descriptor that is its own target loses close-on-exec in the child only") {
  const test::TempDir dir;
  const sys::Fd a(::open((dir / "a").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const std::vector<FdMapping> mappings{{a.get(), a.get()}};

  CHECK(fds_of(recorded_run({.fds = mappings})) == std::map<int, std::string>{{a.get(), dir / "a"}});
  CHECK(::fcntl(a.get(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("inherit_fds leaves what is not close-on-exec") {
  const test::TempDir dir;
  const sys::Fd open(::open((dir / "a").c_str(), O_RDWR | O_CREAT, 0600));
  const sys::Fd closed(::open((dir / "b").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));

  const auto fds = fds_of(recorded_run({.inherit_fds = true}));

  CHECK(fds.contains(open.get()));
  CHECK_FALSE(fds.contains(closed.get()));
}

namespace {

/// The signals that this process ignores, as sixteen digits: more than a test set where the suite was started in the
/// background.
std::string ignored_here() {
  const std::string status = test::read_text("/proc/self/status");
  const std::string_view member = "SigIgn:\t";
  return status.substr(status.find(member) + member.size(), 16);
}

}  // namespace

TEST_CASE("B33 a child has no blocked and no ignored signals") {
  sigset_t block;
  sigset_t before;
  sigemptyset(&block);
  sigaddset(&block, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &block, &before);
  const auto old_handler = ::signal(SIGPIPE, SIG_IGN);
  const auto old_child = ::signal(SIGHUP, SIG_IGN);
  const std::string ignored = ignored_here();

  const json::object record = recorded_run({});
  const json::object kept = recorded_run({.keep_ignored_signals = true, .signal_mask = &block});

  ::signal(SIGPIPE, old_handler);
  ::signal(SIGHUP, old_child);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(record.at("sigblk").as_string() == "0000000000000000");
  CHECK(record.at("sigign").as_string() == "0000000000000000");
  CHECK(kept.at("sigblk").as_string() == "0000000000000200");
  CHECK(kept.at("sigign").as_string() == ignored);
  constexpr unsigned long long hangup_and_pipe = 0x1001;
  CHECK((std::stoull(ignored, nullptr, 16) & hangup_and_pipe) == hangup_and_pipe);
}

TEST_CASE("working directory and process group are as asked") {
  const test::TempDir dir;
  const json::object own = recorded_run({});
  const json::object other = recorded_run({.directory = dir.path().c_str(), .new_process_group = true});

  CHECK(own.at("pgid").as_int64() == ::getpgrp());
  CHECK(other.at("pgid") == other.at("pid"));
  CHECK(other.at("cwd").as_string() == dir.path().string());
}

TEST_CASE("a failed start says at which step and why and leaves no child") {
  const test::TempDir dir;
  test::write_text(dir / "text", "no program\n");
  ::chmod((dir / "text").c_str(), 0755);
  test::write_text(dir / "plain", "");
  test::write_text(dir / "script", "#!/nonexistent/interpreter\n");
  ::chmod((dir / "script").c_str(), 0755);
  const std::vector<FdMapping> bad_fd{{9999, 3}};

  const auto check = [](const SpawnResult& result, SpawnStage stage, int error) {
    CHECK(result.failed_at == stage);
    CHECK(result.error.value() == error);
    CHECK(result.pid == -1);
    CHECK_FALSE(static_cast<bool>(result.pidfd));
  };
  check(run({}, "/nonexistent"), SpawnStage::exec, ENOENT);
  check(run({}, dir / "plain"), SpawnStage::exec, EACCES);
  check(run({}, dir / "text"), SpawnStage::exec, ENOEXEC);
  check(run({}, dir / "script"), SpawnStage::exec, ENOENT);
  check(run({.directory = "/nonexistent"}, "/bin/true"), SpawnStage::directory, ENOENT);
  check(run({.fds = bad_fd}, "/bin/true"), SpawnStage::descriptors, EBADF);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

namespace {
std::atomic<int> handled_here{0};
std::atomic<int> handled_elsewhere{0};
pid_t test_process = 0;
void count_signal(int) { ++(::getpid() == test_process ? handled_here : handled_elsewhere); }
}  // namespace

TEST_CASE("no signal handler of the parent ever runs in a child") {
  test_process = ::getpid();
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = count_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &action, &before);
  // Signals to the whole group hit a vfork'd child between clone and exec, unless it blocks them.
  std::atomic<bool> stop{false};
  std::thread storm([&] {
    while (!stop) {
      ::kill(test_process, SIGUSR1);
      std::this_thread::yield();
    }
  });

  for (int i = 0; i < 200; ++i) CHECK(run({}, "/bin/true").failed_at == SpawnStage::none);

  stop = true;
  storm.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  CHECK(handled_here > 0);
  CHECK(handled_elsewhere == 0);
}

TEST_CASE("an entry of the environment can name the child itself") {
  char entry[] = "SELF=0000000000";
  const char* const environment[] = {"A=1", entry, nullptr};

  const json::object record = recorded_run({.environment = environment, .own_pid = entry + 5});

  const std::string expected = "SELF=" + std::to_string(record.at("pid").as_int64());
  CHECK(record.at("env").as_array().at(1).as_string() == expected);
}
