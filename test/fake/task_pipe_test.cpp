// SPDX-License-Identifier: Apache-2.0
// The pipes of supervised processes: made, and found again by way of who has them open.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "support/failing.hpp"
#include "support/requirements.hpp"
#include "sys/calls.hpp"
#include "task/pipe.hpp"

using namespace crunc;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using task::find_pipe;
using task::make_input_pipe;
using task::make_output_pipe;
using task::TaskPipe;
using test::fail_with;

namespace {

bool waits(const sys::Fd& fd) { return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0; }

std::string read_all(const sys::Fd& fd) {
  std::array<char, 64> buffer{};
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
}

}  // namespace

TEST_CASE("what is written to an output pipe waits there while nobody reads and is found again") {
  TaskPipe pipe = make_output_pipe({}).value();
  CHECK_FALSE(waits(pipe.ours));
  CHECK(waits(pipe.childs));
  pipe.ours.reset();
  REQUIRE(::write(pipe.childs.get(), "kept", 4) == 4);  // and no SIGPIPE

  const sys::Fd again = find_pipe(pipe.inode, {::getpid()}, O_RDONLY).value();
  CHECK_FALSE(waits(again));
  CHECK(read_all(again) == "kept");
  CHECK(read_all(again) == "nothing");
  pipe.childs.reset();
  CHECK(read_all(again) == "");
}

TEST_CASE("an input pipe is at its end when our end is closed") {
  TaskPipe pipe = make_input_pipe({}).value();
  CHECK_FALSE(waits(pipe.ours));
  CHECK(waits(pipe.childs));
  REQUIRE(::write(pipe.ours.get(), "in", 2) == 2);
  CHECK(read_all(pipe.childs) == "in");
  sys::Fd again = find_pipe(pipe.inode, {::getpid()}, O_RDWR).value();
  pipe.ours.reset();
  REQUIRE(::write(again.get(), "on", 2) == 2);
  CHECK(read_all(pipe.childs) == "on");
  again.reset();
  CHECK(read_all(pipe.childs) == "");
}

TEST_CASE("a pipe that nobody has open any more is not found and nothing else is taken for it") {
  std::uint64_t inode = 0;
  {
    const TaskPipe pipe = make_output_pipe({}).value();
    inode = pipe.inode;
  }
  CHECK_FALSE(find_pipe(inode, {::getpid(), 1 << 22}, O_RDONLY).value());
}

TEST_CASE("a pipe may be another user's") {
  if (test::skip_unless_root()) return;
  const TaskPipe pipe = make_output_pipe(StreamOwner{.uid = 7, .gid = 8}).value();
  struct stat status {};
  REQUIRE(::fstat(pipe.childs.get(), &status) == 0);
  CHECK(status.st_uid == 7);
  CHECK(status.st_gid == 8);
}

TEST_CASE("a pipe that cannot be made or given away says why") {
  Calls calls = kernel_calls();
  std::string reason;
  SUBCASE("made") {
    calls.pipe2 = [](int*, int) { return fail_with<int>(EMFILE); };
    reason = "make a pipe";
  }
  SUBCASE("given away") {
    calls.fchown = [](int, uid_t, gid_t) { return fail_with<int>(EPERM); };
    reason = "give a pipe to the container's user";
  }
  SUBCASE("opened anew") {
    calls.open = [](const char*, int, mode_t) { return fail_with<int>(ENFILE); };
    reason = "open a pipe for both directions";
  }
  const ReplacedCalls replaced(calls);
  CHECK(make_output_pipe(StreamOwner{.uid = 7, .gid = 8}).error().reason == reason);
}
