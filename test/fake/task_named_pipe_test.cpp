// SPDX-License-Identifier: Apache-2.0
// Named pipes: whose they are, what is refused, and which end says what.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "support/failing.hpp"
#include "support/requirements.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"
#include "sys/calls.hpp"
#include "task/named_pipe.hpp"

using namespace crunc;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using task::make_named_pipe;
using task::open_held;
using task::open_reader;
using task::open_writer;
using test::fail_with;
using test::TempDir;

namespace {

struct stat status_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

short events_of(const sys::Fd& fd) {
  pollfd entry{.fd = fd.get(), .events = POLLIN, .revents = 0};
  ::poll(&entry, 1, 0);
  return entry.revents;
}

bool is_nonblocking(const sys::Fd& fd) { return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) != 0; }

}  // namespace

TEST_CASE("a named pipe is this user's alone") {
  const TempDir dir;
  const std::string path = dir / "out";

  REQUIRE(make_named_pipe(path, {}).has_value());

  CHECK(S_ISFIFO(status_of(path).st_mode));
  CHECK((status_of(path).st_mode & 07777) == 0600);
  CHECK(status_of(path).st_uid == ::geteuid());
}

TEST_CASE("a named pipe may be another user's") {
  if (test::skip_unless_root()) return;
  const TempDir dir;
  const std::string path = dir / "out";

  REQUIRE(make_named_pipe(path, StreamOwner{.uid = 1234, .gid = 5678}).has_value());

  CHECK(status_of(path).st_uid == 1234);
  CHECK(status_of(path).st_gid == 5678);
  CHECK(open_reader(path).has_value());
  CHECK(make_named_pipe(path, StreamOwner{.uid = 1234, .gid = 5678}).has_value());
}

TEST_CASE("a pipe that was left behind is replaced and its writers do not come along") {
  const TempDir dir;
  const std::string path = dir / "out";
  REQUIRE(make_named_pipe(path, {}).has_value());
  const sys::Fd old_end = open_held(path).value();
  const ino_t old_inode = status_of(path).st_ino;

  REQUIRE(make_named_pipe(path, {}).has_value());

  CHECK(status_of(path).st_ino != old_inode);
  CHECK(::write(old_end.get(), "stale", 5) == 5);
  const sys::Fd reader = open_reader(path).value();
  std::array<char, 8> buffer{};
  CHECK(::read(reader.get(), buffer.data(), buffer.size()) == 0);
}

TEST_CASE("what is there and is no pipe of ours is left alone") {
  const TempDir dir;
  const std::string file = dir / "file";
  const std::string link = dir / "link";
  test::write_text(file, "precious");
  REQUIRE(::symlink(file.c_str(), link.c_str()) == 0);

  for (const std::string& path : {file, link}) {
    const Result<void> made = make_named_pipe(path, {});
    REQUIRE(made.has_error());
    CHECK(made.error().code == Errc::already_exists);
    CHECK(made.error().reason.find(path) != std::string::npos);
  }
  CHECK(test::read_text(file) == "precious");
}

TEST_CASE("a pipe that cannot be made or given away leaves nothing and says why") {
  const TempDir dir;
  const std::string path = dir / "out";
  Calls no_pipe = kernel_calls();
  no_pipe.mkfifo = [](const char*, mode_t) { return fail_with<int>(EROFS); };
  Calls no_owner = kernel_calls();
  no_owner.fchownat = [](int, const char*, uid_t, gid_t, int) { return fail_with<int>(EPERM); };
  {
    const ReplacedCalls replaced(no_pipe);
    const Error error = make_named_pipe(path, {}).error();
    CHECK(error.code == Errc::system_error);
    CHECK((error.system == std::errc::read_only_file_system));
  }
  {
    const ReplacedCalls replaced(no_owner);
    const Error error = make_named_pipe(path, StreamOwner{.uid = 7, .gid = 7}).error();
    CHECK((error.system == std::errc::operation_not_permitted));
    CHECK(error.reason == "give the named pipe " + path + " to user 7");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the ends do not wait and a held end keeps a reader from its end") {
  const TempDir dir;
  const std::string path = dir / "in";
  REQUIRE(make_named_pipe(path, {}).has_value());
  CHECK((open_writer(path).error().system == std::errc::no_such_device_or_address));

  const sys::Fd reader = open_reader(path).value();
  CHECK(is_nonblocking(reader));
  CHECK(events_of(reader) == 0);  // at its end, but nothing to be woken for
  sys::Fd held = open_held(path).value();
  CHECK(is_nonblocking(held));
  std::array<char, 8> buffer{};
  CHECK(::read(reader.get(), buffer.data(), buffer.size()) == -1);
  CHECK(errno == EAGAIN);
  held.reset();

  CHECK(events_of(reader) == POLLHUP);
  CHECK(::read(reader.get(), buffer.data(), buffer.size()) == 0);
  CHECK(open_writer(path).has_value());
}

TEST_CASE("an end of what is no pipe is refused") {
  const TempDir dir;
  const std::string path = dir / "file";
  test::write_text(path, "");

  CHECK(open_reader(path).error().code == Errc::invalid_argument);
  CHECK(open_held(dir / "none").error().reason.find("none") != std::string::npos);
}
