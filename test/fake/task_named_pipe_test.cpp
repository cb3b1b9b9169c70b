// SPDX-License-Identifier: Apache-2.0
// Named pipes of the caller's: what is refused, and which end says what.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "support/raw_fifo.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"
#include "task/named_pipe.hpp"

using namespace crunc;
using task::open_held;
using task::open_reader;
using test::TempDir;

namespace {

short events_of(const sys::Fd& fd) {
  pollfd entry{.fd = fd.get(), .events = POLLIN, .revents = 0};
  ::poll(&entry, 1, 0);
  return entry.revents;
}

bool is_nonblocking(const sys::Fd& fd) { return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) != 0; }

}  // namespace

TEST_CASE("the ends do not wait and a held end keeps a reader from its end") {
  const TempDir dir;
  const std::string path = dir / "in";
  test::make_fifo(path);

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
}

TEST_CASE("an end of what is no pipe is refused") {
  const TempDir dir;
  const std::string path = dir / "file";
  test::write_text(path, "");

  CHECK(open_reader(path).error().code == Errc::invalid_argument);
  CHECK(open_held(dir / "none").error().reason.find("none") != std::string::npos);
}
