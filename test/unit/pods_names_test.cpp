// SPDX-License-Identifier: Apache-2.0
// What pods' cgroups are called, and limits of memory.
#include <doctest/doctest.h>

#include <cstdint>

#include <crunc/cgroups/pods.hpp>

#include "cgroups/pods/names.hpp"
#include "cgroups/pods/process_stats.hpp"

using namespace crunc;
using namespace crunc::cgroups;

namespace {

CgroupPath path(std::string_view text) { return CgroupPath::parse(text).value(); }

std::string slice(std::string_view parent, std::string_view root = "/") {
  return pods::parse_slice(parent, path(root)).value();
}

Error slice_error(std::string_view parent, std::string_view root = "/") {
  return pods::parse_slice(parent, path(root)).error();
}

bool says(const Error& error, std::string_view words) { return error.reason.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a pod's slice is given by its name or by its path") {
  CHECK(slice("kubepods-pod1.slice") == "kubepods-pod1.slice");
  CHECK(slice("/kubepods.slice/kubepods-pod1.slice") == "kubepods-pod1.slice");
  CHECK(slice("kubepods.slice/kubepods-pod1.slice/") == "kubepods-pod1.slice");
  CHECK(slice("/a.slice") == "a.slice");
  CHECK(slice("-.slice") == "-.slice");
}

TEST_CASE("a slice of a user's systemd may be given with and without that") {
  constexpr std::string_view user = "/user.slice/user-1.slice/user@1.service";
  CHECK(slice("/a.slice/a-b.slice", user) == "a-b.slice");
  CHECK(slice(std::string(user) + "/a.slice/a-b.slice", user) == "a-b.slice");
  CHECK(slice("a-b.slice", user) == "a-b.slice");
}

TEST_CASE("a path that is not where systemd has the slice is refused and that place is told") {
  const Error error = slice_error("/other.slice/a-b.slice");
  CHECK(error.code == Errc::invalid_argument);
  CHECK(says(error, "/other.slice/a-b.slice"));
  CHECK(says(error, "which is /a.slice/a-b.slice"));
  CHECK(says(slice_error("/a-b.slice"), "which is /a.slice/a-b.slice"));
}

TEST_CASE("cri-o 1284 a path with systemd is refused and the error says what to change") {
  for (const std::string_view parent : {"/kubepods/pod1", "kubepods", "/", "/a.slice/b"}) {
    CAPTURE(parent);
    const Error error = slice_error(parent);
    CHECK(error.code == Errc::invalid_argument);
    CHECK(says(error, parent));
    CHECK(says(error, "choose the manager \"cgroupfs\""));
    CHECK(says(error, "cgroupDriver be \"systemd\""));
  }
  for (const std::string_view parent : {".slice", "a--b.slice", "-a.slice"}) {
    CHECK(slice_error(parent).code == Errc::invalid_argument);
  }
}

TEST_CASE("cri-o 842 a slice with cgroupfs is refused and the error says what to change") {
  for (const std::string_view parent : {"kubepods-pod1.slice", "/kubepods.slice/kubepods-pod1.slice", "/a.slice/"}) {
    CAPTURE(parent);
    const Error error = pods::parse_parent(parent).error();
    CHECK(error.code == Errc::invalid_argument);
    CHECK(says(error, "choose the manager \"systemd\""));
    CHECK(says(error, "cgroupDriver be \"cgroupfs\""));
  }
}

TEST_CASE("a pod's path begins at the root with a slash or without") {
  CHECK(pods::parse_parent("/kubepods/pod1").value().str() == "/kubepods/pod1");
  CHECK(pods::parse_parent("kubepods/pod1/").value().str() == "/kubepods/pod1");
  CHECK(pods::parse_parent("/").value().str() == "/");
  CHECK(pods::parse_parent("/a.slice/b").value().str() == "/a.slice/b");
  CHECK(pods::parse_parent("../a").error().code == Errc::invalid_argument);
  CHECK(pods::parse_parent("/sys/fs/cgroup/a").error().code == Errc::invalid_argument);
}

TEST_CASE("an id is a part of a name and of a cgroupsPath") {
  CHECK(pods::check_part("id", "0a1b").has_value());
  CHECK(pods::check_part("id", "a_b.c-d").has_value());
  for (const std::string_view id : {"", "a/b", "..", "a:b", "a.slice", "a\nb"}) {
    CAPTURE(id);
    CHECK(pods::check_part("id", id).error().code == Errc::invalid_argument);
  }
}

TEST_CASE("a limit of memory is enough or says how much would be") {
  CHECK(verify_memory_is_enough(4096, 4096).has_value());
  CHECK(verify_memory_is_enough(4096, 0).has_value());
  CHECK(verify_memory_is_enough(INT64_MAX, 4096).has_value());
  const Error error = verify_memory_is_enough(4095, 4096).error();
  CHECK(error.code == Errc::invalid_argument);
  CHECK(says(error, "4095"));
  CHECK(says(error, "at least 4096"));
}

TEST_CASE("no limit of memory is enough whether it is told by zero or by minus one") {
  CHECK(verify_memory_is_enough(0, 4096).has_value());
  CHECK(verify_memory_is_enough(-1, 4096).has_value());
}

TEST_CASE("memory of a machine is counted in units") {
  CHECK(pods::least_of(1000, 10, 1) == 10);
  CHECK(pods::least_of(1000, 10, 4096) == 1000);
  CHECK(pods::least_of(50'000, 10, 4096) == 40'960);
  CHECK(pods::least_of(7, 10, 0) == 7);
  CHECK(pods::least_of(UINT64_MAX, UINT64_MAX / 2, 4) == UINT64_MAX);
}

TEST_CASE("a limit beyond this machine's memory is that memory") {
  const std::uint64_t all = memory_limit_given_system(UINT64_MAX);
  CHECK(all > 1024UL * 1024);
  CHECK(all < UINT64_MAX);
  CHECK(memory_limit_given_system(all) == all);
  CHECK(memory_limit_given_system(4096) == 4096);
}

TEST_CASE("the soft limit of open files is read from a process' limits") {
  CHECK(pods::open_files_limit("Limit                     Soft Limit           Hard Limit           Units     \n"
                               "Max processes             63468                63468                processes \n"
                               "Max open files            1024                 1048576              files     \n") ==
        1024);
  CHECK_FALSE(pods::open_files_limit("Max open files            unlimited            unlimited  files\n").has_value());
  CHECK_FALSE(pods::open_files_limit("").has_value());
}
