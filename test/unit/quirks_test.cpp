// SPDX-License-Identifier: Apache-2.0
// The table of quirks.
#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/quirks.hpp"

using namespace crunc;
using namespace crunc::runtime;

namespace {

Version runtime_named(const char* name, const char* version) {
  Version result;
  result.name = name;
  result.version = version;
  return result;
}

bool is_complete(const Version& runtime, Features needed) { return missing_features(runtime, needed).empty(); }

}  // namespace

TEST_CASE("a pidfd socket needs runc 1.2") {
  CHECK_FALSE(is_complete(runtime_named("runc", "1.1.5+ds1"), {Feature::pidfd_socket}));
  CHECK(is_complete(runtime_named("runc", "1.2.0-rc.1"), {Feature::pidfd_socket}));
  CHECK(is_complete(runtime_named("runc", "1.10.0"), {Feature::pidfd_socket}));
  CHECK_FALSE(is_complete(runtime_named("crun", "1.8.1"), {Feature::pidfd_socket}));
}

TEST_CASE("--criu is for runc before 1.2") {
  CHECK(is_complete(runtime_named("runc", "1.1.15"), {Feature::criu_flag}));
  CHECK_FALSE(is_complete(runtime_named("runc", "1.2.0"), {Feature::criu_flag}));
}

TEST_CASE("crun lacks additional gids and ignore-paused and youki lacks rootless") {
  CHECK_FALSE(is_complete(runtime_named("crun", "1.8.1"), {Feature::additional_gids}));
  CHECK_FALSE(is_complete(runtime_named("crun", "1.8.1"), {Feature::ignore_paused}));
  CHECK_FALSE(is_complete(runtime_named("youki", "0.7.0"), {Feature::rootless_flag}));
  CHECK(is_complete(runtime_named("runc", "1.1.5"), {Feature::additional_gids, Feature::ignore_paused}));
}

TEST_CASE("a runtime that the table does not name is taken at its word") {
  CHECK(is_complete(runtime_named("other", "0.1"), {Feature::pidfd_socket, Feature::criu_flag}));
  CHECK_FALSE(keeps_state_directories(runtime_named("runsc", "1")));
  CHECK(keeps_state_directories(runtime_named("crun", "1.8.1")));
}

TEST_CASE("the state of an id is looked for in the caller's root or else in every known one") {
  CHECK(state_directories("/r", "web", "/run/user/0") == std::vector<std::string>{"/r/web"});
  const auto all = state_directories("", "web", "/run/user/7");
  CHECK(std::ranges::find(all, "/run/runc/web") != all.end());
  CHECK(std::ranges::find(all, "/run/crun/web") != all.end());
  CHECK(std::ranges::find(all, "/run/user/7/runc/web") != all.end());
}
