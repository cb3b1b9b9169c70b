// SPDX-License-Identifier: Apache-2.0
// Each system call that a Runc call makes fails in turn: a typed Error or a success comes of it, and nothing is left.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cerrno>

#include <crunc/crunc.hpp>

#include "support/failing.hpp"
#include "support/scenario.hpp"
#include "sys/calls.hpp"

using namespace crunc;
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

Errc create_with(const Calls& table) {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});
  const ReplacedCalls replaced(table);
  return runc.create("web", "/b").error().code;
}

}  // namespace

TEST_CASE("no descriptors left is spawn_failed with its errno at whatever step it strikes") {
  Calls no_pipe = kernel_calls();
  no_pipe.pipe2 = [](int*, int) { return fail_with<int>(EMFILE); };
  Calls no_memfd = kernel_calls();
  no_memfd.memfd_create = [](const char*, unsigned) { return fail_with<int>(EMFILE); };
  Calls no_open = kernel_calls();
  no_open.open = [](const char*, int, mode_t) { return fail_with<int>(ENFILE); };
  Calls no_clone = kernel_calls();
  no_clone.clone = [](int (*)(void*), void*, int, void*, int*) { return fail_with<int>(EAGAIN); };

  for (const Calls& table : {no_pipe, no_memfd, no_open, no_clone}) {
    const auto state = state_with(table);
    REQUIRE(state.has_error());
    CHECK(state.error().code == Errc::spawn_failed);
    CHECK(static_cast<bool>(state.error().system));
  }
  CHECK(create_with(no_open) == Errc::spawn_failed);
}

TEST_CASE("each step of the child fails with its own text") {
  Calls no_dup = kernel_calls();
  no_dup.child_dup_to = [](int, int) { return fail_with<int>(EBUSY); };
  Calls no_range = kernel_calls();
  no_range.child_cloexec_range = [](unsigned, unsigned) { return fail_with<int>(ENOSYS); };
  no_range.child_open_directory = [](const char*) { return fail_with<int>(ENOMEM); };
  Calls no_exec = kernel_calls();
  no_exec.child_execve = [](const char*, char* const*, char* const*) { return fail_with<int>(E2BIG); };

  CHECK(state_with(no_dup).error().reason.find("file descriptors") != std::string::npos);
  CHECK((state_with(no_range).error().system == std::errc::not_enough_memory));
  CHECK((state_with(no_exec).error().system == std::errc::argument_list_too_long));
}

TEST_CASE("a call interrupted by a signal is made again") {
  static int interruptions;
  interruptions = 0;
  Calls interrupted = kernel_calls();
  interrupted.read = [](int fd, void* buffer, size_t size) {
    return interruptions++ % 2 == 0 ? fail_with<ssize_t>(EINTR) : kernel_calls().read(fd, buffer, size);
  };
  interrupted.poll = [](pollfd* fds, nfds_t count, const timespec* timeout) {
    return interruptions++ % 2 == 0 ? fail_with<int>(EINTR) : kernel_calls().poll(fds, count, timeout);
  };
  interrupted.waitid = [](int type, unsigned id, siginfo_t* info, int options, rusage* usage) {
    return interruptions++ % 2 == 0 ? fail_with<int>(EINTR) : kernel_calls().waitid(type, id, info, options, usage);
  };
  interrupted.open = [](const char* path, int flags, mode_t mode) {
    return interruptions++ % 2 == 0 ? fail_with<int>(EINTR) : kernel_calls().open(path, flags, mode);
  };

  CHECK(state_with(interrupted).value().pid == 42);
  CHECK(interruptions > 4);
}

TEST_CASE("output that comes byte by byte is put together") {
  Calls slow = kernel_calls();
  slow.read = [](int fd, void* buffer, size_t) { return kernel_calls().read(fd, buffer, 1); };
  slow.pread = [](int fd, void* buffer, size_t, off_t offset) { return kernel_calls().pread(fd, buffer, 1, offset); };

  CHECK(state_with(slow).value().pid == 42);
}

TEST_CASE("output that cannot be read to its end is truncated and no document is taken from it") {
  Calls broken = kernel_calls();
  broken.read = [](int fd, void* buffer, size_t size) {
    struct stat what {};
    const bool is_pipe = ::fstat(fd, &what) == 0 && S_ISFIFO(what.st_mode);
    return is_pipe ? fail_with<ssize_t>(EIO) : kernel_calls().read(fd, buffer, size);
  };
  FakeRuntime fake;
  fake.on("exec").step("pid_file").step("stdout out").step("exit 3");

  const Result<Container> state = state_with(broken);
  REQUIRE(state.has_error());
  CHECK(state.error().code == Errc::malformed_output);
  CHECK((state.error().system == std::errc::io_error));

  const ReplacedCalls replaced(broken);
  const Result<Finished> finished = Runc({.command = fake.command()}).exec("web", {"x"}, {.io = Io::capture()});
  REQUIRE(finished.has_value());
  CHECK(finished->status == ExitStatus::exited(3));
  CHECK(finished->output.truncated);
}

TEST_CASE("a poll that fails for want of memory slows a call down and no more") {
  Calls no_poll = kernel_calls();
  no_poll.poll = [](pollfd*, nfds_t, const timespec*) { return fail_with<int>(ENOMEM); };

  CHECK(state_with(no_poll).value().pid == 42);
}

TEST_CASE("a stolen status is recovered from the kernel or honestly lost") {
  Calls stolen = kernel_calls();
  stolen.waitid = [](int type, unsigned id, siginfo_t* info, int options, rusage* usage) {
    // The thief is here first and keeps what it found.
    const int result = kernel_calls().waitid(type, id, info, options, usage);
    return result == 0 && info->si_pid != 0 ? fail_with<int>(ECHILD) : result;
  };
  Calls lost = stolen;
  lost.ioctl = [](int fd, unsigned long request, void* argument) {
    constexpr unsigned long pidfd_get_info = 0xC040FF0B;
    return request == pidfd_get_info ? fail_with<int>(ENOTTY) : kernel_calls().ioctl(fd, request, argument);
  };

  const auto recovered = state_with(stolen);
  const auto gone = state_with(lost);

  if (recovered.has_value()) {
    CHECK(recovered->pid == 42);  // Linux 6.15 and later
  } else {
    CHECK(recovered.error().code == Errc::status_lost);
  }
  REQUIRE(gone.has_error());
  CHECK(gone.error().code == Errc::status_lost);
  CHECK(gone.error().exit == ExitStatus::lost());
}

TEST_CASE("a private pid file that cannot be made is an error that names the places") {
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});
  Calls table = kernel_calls();
  table.mkdtemp = [](char*) -> char* {
    errno = EROFS;
    return nullptr;
  };
  const ReplacedCalls replaced(table);

  const auto finished = runc.exec("web", {"x"});

  REQUIRE(finished.has_error());
  CHECK(finished.error().code == Errc::system_error);
  CHECK((finished.error().system == std::errc::read_only_file_system));
}

TEST_CASE("a call without captured output reads from no descriptor that it does not have") {
  static int reads_of_nothing;
  reads_of_nothing = 0;
  Calls watched = kernel_calls();
  watched.read = [](int fd, void* buffer, size_t size) {
    if (fd < 0) ++reads_of_nothing;
    return kernel_calls().read(fd, buffer, size);
  };
  FakeRuntime fake;
  fake.on("*").step("exit 0");
  const Runc runc({.command = fake.command()});
  const ReplacedCalls replaced(watched);

  CHECK(runc.create("web", "/b").has_value());

  CHECK(reads_of_nothing == 0);
}
