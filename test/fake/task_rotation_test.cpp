// SPDX-License-Identifier: Apache-2.0
// Log files that are put aside: no byte is lost or doubled, whoever else touches them, and whatever fails.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "support/failing.hpp"
#include "support/temp_dir.hpp"
#include "support/text_file.hpp"
#include "sys/calls.hpp"
#include "task/rotated_file.hpp"

using namespace crunc;
using sys::Calls;
using sys::kernel_calls;
using sys::ReplacedCalls;
using task::FileOutlet;
using task::Outlet;
using test::fail_with;
using test::read_text;
using test::TempDir;
using test::write_text;

namespace fs = std::filesystem;

namespace {

std::unique_ptr<Outlet> open(const fs::path& path, Rotation rotation) {
  auto outlet = FileOutlet::open(path, rotation);
  REQUIRE(outlet.has_value());
  return std::move(*outlet);
}

void put(Outlet& outlet, std::string_view bytes) {
  const Result<std::size_t> taken = outlet.write(bytes);
  REQUIRE(taken.has_value());
  CHECK(*taken == bytes.size());
}

fs::path numbered(const fs::path& path, unsigned number) { return path.string() + "." + std::to_string(number); }

/// The files from the oldest on, as one text; none may be larger than `most`.
std::string whole(const fs::path& path, unsigned kept, std::uintmax_t most) {
  std::string result;
  for (unsigned i = kept; i > 0; --i) {
    if (!fs::exists(numbered(path, i))) continue;
    CHECK(fs::file_size(numbered(path, i)) <= most);
    result += read_text(numbered(path, i));
  }
  CHECK(fs::file_size(path) <= most);
  return result + read_text(path);
}

}  // namespace

TEST_CASE("a full file is put aside and the oldest goes") {
  const TempDir dir;
  const fs::path log = dir / "log";
  const auto outlet = open(log, {.max_bytes = 10, .keep = 2});

  for (const char* const line : {"first  1\n", "second 2\n", "third  3\n", "fourth 4\n"}) put(*outlet, line);

  CHECK(read_text(log) == "fourth 4\n");
  CHECK(read_text(numbered(log, 1)) == "third  3\n");
  CHECK(read_text(numbered(log, 2)) == "second 2\n");
  CHECK_FALSE(fs::exists(numbered(log, 3)));
}

TEST_CASE("a file may be exactly as large as is allowed") {
  const TempDir dir;
  const auto outlet = open(dir / "log", {.max_bytes = 4, .keep = 1});

  put(*outlet, "ab\n");
  put(*outlet, "c");
  CHECK_FALSE(fs::exists(numbered(dir / "log", 1)));
  put(*outlet, "d");

  CHECK(read_text(numbered(dir / "log", 1)) == "ab\nc");
  CHECK(read_text(dir / "log") == "d");
}

TEST_CASE("with nothing to be kept a full file is emptied") {
  const TempDir dir;
  const auto outlet = open(dir / "log", {.max_bytes = 8, .keep = 0});

  put(*outlet, "old one\n");
  put(*outlet, "new\n");

  CHECK(read_text(dir / "log") == "new\n");
  CHECK_FALSE(fs::exists(numbered(dir / "log", 1)));
}

TEST_CASE("what was in the file before counts and its mode is the next one's") {
  const TempDir dir;
  const fs::path log = dir / "log";
  write_text(log, "before\n");
  REQUIRE(::chmod(log.c_str(), 0600) == 0);
  const auto outlet = open(log, {.max_bytes = 10, .keep = 1});

  put(*outlet, "after\n");

  CHECK(read_text(numbered(log, 1)) == "before\n");
  CHECK(read_text(log) == "after\n");
  CHECK(fs::status(log).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("lines stay whole when many come at once") {
  const TempDir dir;
  const auto outlet = open(dir / "log", {.max_bytes = 8, .keep = 3});

  put(*outlet, "aa\nbbb\ncccc\nd\n");

  CHECK(read_text(numbered(dir / "log", 1)) == "aa\nbbb\n");
  CHECK(read_text(dir / "log") == "cccc\nd\n");
}

TEST_CASE("a line that is longer than a file is cut") {
  const TempDir dir;
  const auto outlet = open(dir / "log", {.max_bytes = 4, .keep = 9});

  put(*outlet, "0123456789\n");

  CHECK(read_text(numbered(dir / "log", 2)) == "0123");
  CHECK(whole(dir / "log", 9, 4) == "0123456789\n");
}

TEST_CASE("many rotations lose nothing") {
  const TempDir dir;
  const auto outlet = open(dir / "log", {.max_bytes = 1000, .keep = 200});
  std::string all;

  for (int i = 0; i < 1000; ++i) {
    const std::string chunk(static_cast<std::size_t>(i % 173 + 1), static_cast<char>('a' + i % 26));
    all += chunk + "\n";
    put(*outlet, chunk + "\n");
  }

  CHECK(fs::exists(numbered(dir / "log", 80)));
  CHECK(whole(dir / "log", 200, 1000) == all);
}

TEST_CASE("a file that somebody else renames or removes or empties is begun anew") {
  const TempDir dir;
  const fs::path log = dir / "log";
  const auto outlet = open(log, {.max_bytes = 10, .keep = 1});

  put(*outlet, "one\n");
  fs::rename(log, dir / "taken");
  put(*outlet, "two\n");
  CHECK(read_text(dir / "taken") == "one\n");
  CHECK(read_text(log) == "two\n");
  fs::remove(log);
  put(*outlet, "three\n");
  CHECK(read_text(log) == "three\n");
  fs::resize_file(log, 0);
  put(*outlet, "four four\n");

  CHECK(read_text(log) == "four four\n");
  CHECK_FALSE(fs::exists(numbered(log, 1)));
}

TEST_CASE("two outputs in one file keep to its limit together") {
  const TempDir dir;
  const Rotation rotation{.max_bytes = 10'000, .keep = 100};
  const auto write_lines = [&](const std::string& line) {
    const auto outlet = open(dir / "log", rotation);
    for (int i = 0; i < 2000; ++i) put(*outlet, line);
  };
  {
    const std::jthread out(write_lines, "this is said on stdout\n");
    const std::jthread err(write_lines, "and this on stderr\n");
  }

  const std::string all = whole(dir / "log", 100, 10'000);
  CHECK(all.size() == 2000 * (std::strlen("this is said on stdout\n") + std::strlen("and this on stderr\n")));
}

TEST_CASE("a full disk is an error and the file goes on when there is room") {
  const TempDir dir;
  const auto outlet = open(dir / "log", {.max_bytes = 1000, .keep = 1});
  static std::size_t room;
  room = 7;
  Calls full = kernel_calls();
  full.write = [](int fd, const void* bytes, size_t size) {
    if (room == 0) return fail_with<ssize_t>(ENOSPC);
    const ssize_t put = kernel_calls().write(fd, bytes, std::min(size, room));
    room -= static_cast<std::size_t>(put);
    return put;
  };
  {
    const ReplacedCalls replaced(full);
    CHECK(outlet->write("0123456789").value() == 7);
    const Error error = outlet->write("789").error();
    CHECK(error.code == Errc::system_error);
    CHECK((error.system == std::errc::no_space_on_device));
    CHECK(error.reason == "write to " + (dir / "log").string());
  }
  put(*outlet, "again\n");

  CHECK(read_text(dir / "log") == "0123456again\n");
}

TEST_CASE("writes that are short or interrupted are gone on with") {
  const TempDir dir;
  const auto outlet = open(dir / "log", {.max_bytes = 8, .keep = 1});
  static int calls;
  calls = 0;
  Calls slow = kernel_calls();
  slow.write = [](int fd, const void* bytes, size_t) {
    return ++calls % 2 == 0 ? fail_with<ssize_t>(EINTR) : kernel_calls().write(fd, bytes, 1);
  };
  {
    const ReplacedCalls replaced(slow);
    put(*outlet, "abc\ndef\nghi\n");
  }

  CHECK(whole(dir / "log", 1, 8) == "abc\ndef\nghi\n");
}

TEST_CASE("a rotation that fails halfway is finished by the next write") {
  const TempDir dir;
  const fs::path log = dir / "log";
  const auto outlet = open(log, {.max_bytes = 4, .keep = 3});
  for (const char* const line : {"1\n\n\n", "2\n\n\n", "3\n\n\n"}) put(*outlet, line);
  static int renames;
  renames = 0;
  Calls failing = kernel_calls();
  failing.rename = [](const char* from, const char* to) {
    return ++renames == 2 ? fail_with<int>(EIO) : kernel_calls().rename(from, to);
  };
  {
    const ReplacedCalls replaced(failing);
    const Error error = outlet->write("4\n\n\n").error();
    CHECK((error.system == std::errc::io_error));
    CHECK(error.reason == "rename " + numbered(log, 1).string() + " to " + numbered(log, 2).string());
  }
  put(*outlet, "4\n\n\n");

  CHECK(whole(log, 3, 4) == "1\n\n\n2\n\n\n3\n\n\n4\n\n\n");
}

TEST_CASE("a new file that cannot be opened is tried again and the full one is put aside only once") {
  const TempDir dir;
  const fs::path log = dir / "log";
  const auto outlet = open(log, {.max_bytes = 4, .keep = 2});
  put(*outlet, "old\n");
  Calls none_left = kernel_calls();
  none_left.open = [](const char*, int, mode_t) { return fail_with<int>(EMFILE); };
  {
    const ReplacedCalls replaced(none_left);
    for (int i = 0; i < 3; ++i) {
      const Error error = outlet->write("new\n").error();
      CHECK((error.system == std::errc::too_many_files_open));
      CHECK(error.reason == "open " + log.string());
    }
  }
  put(*outlet, "new\n");

  CHECK(read_text(log) == "new\n");
  CHECK(read_text(numbered(log, 1)) == "old\n");
  CHECK_FALSE(fs::exists(numbered(log, 2)));
}

TEST_CASE("what is no regular file is not rotated") {
  CHECK(FileOutlet::open("/dev/null", {.max_bytes = 10}).error().code == Errc::invalid_argument);
  const TempDir dir;
  CHECK(
      (FileOutlet::open(dir / "no" / "log", {.max_bytes = 10}).error().system == std::errc::no_such_file_or_directory));
}
