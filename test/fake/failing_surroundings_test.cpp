// SPDX-License-Identifier: Apache-2.0
// The system calls around a call fail in turn, those for documents, owners, signals, stops and the set-up of the child.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <stop_token>
#include <thread>

#include <crunc/crunc.hpp>

#include "support/failing.hpp"
#include "support/fifo.hpp"
#include "support/scenario.hpp"
#include "support/text_file.hpp"
#include "sys/calls.hpp"

using namespace crunc;
using namespace std::chrono_literals;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using test::fail_with;
using test::FakeRuntime;

namespace {

const std::string state_json = R"({"id":"web","pid":42,"status":"running"})";

Result<Container> state_with(const Calls& table) {
  FakeRuntime fake;
  fake.on("*").step("stdout " + test::quote(state_json)).step("exit 0");
  const Runc runc({.command = fake.command()});
  const ReplacedCalls replaced(table);
  return runc.state("web");
}

}  // namespace

TEST_CASE("a document that cannot be written to memory is spawn_failed and nothing is started") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});
  Calls table = kernel_calls();
  table.pwrite = [](int, const void*, size_t, off_t) { return fail_with<ssize_t>(ENOSPC); };
  const ReplacedCalls replaced(table);

  const auto finished = runc.exec("web", oci::Process{.cwd = "/"});

  REQUIRE(finished.has_error());
  CHECK(finished.error().code == Errc::spawn_failed);
  CHECK((finished.error().system == std::errc::no_space_on_device));
  CHECK(fake.calls().empty());
}

TEST_CASE("a document that is written byte by byte and interrupted reaches the runtime whole") {
  static int interruptions;
  interruptions = 0;
  FakeRuntime fake;
  fake.on("*").step("stdin_to " + (fake / "document").string()).step("exit 0");
  const Runc runc({.command = fake.command()});
  Calls table = kernel_calls();
  table.pwrite = [](int fd, const void* bytes, size_t, off_t offset) {
    return interruptions++ % 2 == 0 ? fail_with<ssize_t>(EINTR) : kernel_calls().pwrite(fd, bytes, 1, offset);
  };
  const ReplacedCalls replaced(table);

  CHECK(runc.update("web", oci::LinuxResources{.extra = {{"x", "[1,2]"}}}).has_value());

  CHECK(test::read_text(fake / "document") == R"({"x":[1,2]})");
}

TEST_CASE("a pipe that cannot be given to its owner is an error and closed") {
  Calls table = kernel_calls();
  table.fchown = [](int, uid_t, gid_t) { return fail_with<int>(EPERM); };
  const ReplacedCalls replaced(table);

  const auto pipe = StreamPipe::from_container(StreamOwner{1000, 1000});

  REQUIRE(pipe.has_error());
  CHECK(pipe.error().code == Errc::system_error);
  CHECK((pipe.error().system == std::errc::operation_not_permitted));
  CHECK(pipe.error().message().find("1000") != std::string::npos);
}

TEST_CASE("a container's process that cannot be opened for until_exit is gone or an error") {
  FakeRuntime fake;
  fake.on("state").step("stdout " + test::quote(state_json));
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});
  const auto error_with = [&](int (*pidfd_open)(pid_t)) {
    Calls table = kernel_calls();
    table.pidfd_open = pidfd_open;
    const ReplacedCalls replaced(table);
    return runc.events("web", {.until_exit = true}).error();
  };

  const Error gone = error_with([](pid_t) { return fail_with<int>(ESRCH); });
  const Error going = error_with([](pid_t) { return fail_with<int>(EINVAL); });
  const Error no_room = error_with([](pid_t) { return fail_with<int>(EMFILE); });

  CHECK(gone.code == Errc::not_running);
  CHECK(going.code == Errc::not_running);
  CHECK(no_room.code == Errc::system_error);
  CHECK((no_room.system == std::errc::too_many_files_open));
  CHECK(no_room.container == "web");
}

TEST_CASE("a SIGTERM that cannot be sent is followed by the SIGKILL all the same") {
  FakeRuntime fake;
  fake.on("create").step("hang");
  fake.on("*").step("exit 0");
  std::optional<Errc> refusal;
  Calls table = kernel_calls();
  table.pidfd_send_signal = [](int pidfd, int signo) {
    return signo == SIGKILL ? kernel_calls().pidfd_send_signal(pidfd, signo) : fail_with<int>(EPERM);
  };
  const Runc runc({.command = fake.command(), .kill_grace = 10ms});
  const ReplacedCalls replaced(table);

  const auto created = runc.create("web", "/b", {.timeout = 20ms, .on_spawned = [&](const RuntimeProcess& runtime) {
                                                   refusal = runtime.signal(SIGTERM).error().code;
                                                 }});

  REQUIRE(created.has_error());
  CHECK(created.error().code == Errc::timed_out);
  CHECK(created.error().exit == ExitStatus::signaled(SIGKILL));
  CHECK((refusal == Errc::system_error));
}

TEST_CASE("a stop is noticed also where no descriptor can be had for it") {
  FakeRuntime fake;
  const auto here = fake.make_fifo("here");
  fake.on("*").step("open_write " + here.string()).step("hang");
  const Runc runc({.command = fake.command()});
  Calls table = kernel_calls();
  table.eventfd = [](unsigned, int) { return fail_with<int>(EMFILE); };
  const ReplacedCalls replaced(table);
  std::stop_source stop;
  std::thread stopper([&] {
    test::await_arrival(here);
    stop.request_stop();
  });

  const auto started = runc.start("web", {.stop = stop.get_token()});

  stopper.join();
  CHECK(started.error().code == Errc::cancelled);
}

TEST_CASE("a command that cannot take its caller's signals over starts nothing and leaves the mask as it was") {
  Calls no_mask = kernel_calls();
  no_mask.thread_sigmask = [](int how, const sigset_t* set, sigset_t* old) {
    return how == SIG_BLOCK ? EINVAL : kernel_calls().thread_sigmask(how, set, old);
  };
  Calls no_signalfd = kernel_calls();
  no_signalfd.signalfd = [](int, const sigset_t*, int) { return fail_with<int>(EMFILE); };
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);

  for (const Calls& table : {no_mask, no_signalfd}) {
    FakeRuntime fake;
    fake.on("*").step("exit 0");
    const Runc runc({.command = fake.command()});
    const ReplacedCalls replaced(table);
    CHECK(runc.raw({"list"}, {.stand_in = true}).error().code == Errc::spawn_failed);
    CHECK(fake.calls().empty());
  }

  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signo = 1; signo < 32; ++signo) CHECK(sigismember(&before, signo) == sigismember(&after, signo));
}

TEST_CASE("a runtime that may not be looked at is not found") {
  Calls table = kernel_calls();
  table.stat = [](const char*, struct stat*) { return fail_with<int>(EACCES); };

  CHECK(state_with(table).error().code == Errc::runtime_not_found);
}

TEST_CASE("a private pid file that cannot be removed spoils no call") {
  const test::TempDir dir;
  const char* const was = std::getenv("XDG_RUNTIME_DIR");
  const std::optional<std::string> before = was == nullptr ? std::nullopt : std::optional<std::string>(was);
  ::setenv("XDG_RUNTIME_DIR", dir.path().c_str(), 1);
  FakeRuntime fake;
  fake.on("*").step("pid_file").step("exit 3");
  const Runc runc({.command = fake.command()});
  Calls table = kernel_calls();
  table.unlink = [](const char*) { return fail_with<int>(EROFS); };
  table.rmdir = [](const char*) { return fail_with<int>(EROFS); };
  {
    const ReplacedCalls replaced(table);
    CHECK(runc.exec("web", {"x"}).value().status == ExitStatus::exited(3));
  }
  before ? ::setenv("XDG_RUNTIME_DIR", before->c_str(), 1) : ::unsetenv("XDG_RUNTIME_DIR");
}

TEST_CASE("each further step of the child that fails is told by its own text and leaves no child") {
  struct Row {
    void (*break_it)(Calls&);
    RuncOptions client;
    CreateOptions options;
    const char* words;
  };
  const CreateOptions plain;
  const Row rows[] = {
      {[](Calls& table) { table.child_setpgid = [] { return fail_with<int>(EPERM); }; },
       {.new_process_group = true},
       plain,
       "process group"},
      {[](Calls& table) { table.child_chdir = [](const char*) { return fail_with<int>(EACCES); }; },
       {.work_dir = "/"},
       plain,
       "working directory /"},
      {[](Calls& table) { table.child_dup_above = [](int, int) { return fail_with<int>(EMFILE); }; },
       {},
       {.extra_fds = {1}},
       "file descriptors"},
      {[](Calls& table) { table.child_keep = [](int) { return fail_with<int>(EBADF); }; },
       {},
       {.io = Io::inherit()},
       "file descriptors"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.words);
    FakeRuntime fake;
    fake.on("*").step("exit 0");
    RuncOptions client = row.client;
    client.command = fake.command();
    Calls table = kernel_calls();
    row.break_it(table);
    const ReplacedCalls replaced(table);
    const auto created = Runc(client).create("web", "/b", row.options);
    REQUIRE(created.has_error());
    CHECK(created.error().reason.find(row.words) != std::string::npos);
    CHECK(static_cast<bool>(created.error().system));
    CHECK(fake.calls().empty());
  }
}
