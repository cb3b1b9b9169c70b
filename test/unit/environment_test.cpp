// SPDX-License-Identifier: Apache-2.0
// The environment of a child.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "process/environment.hpp"

using crunc::process::EnvironmentChange;
using crunc::process::make_environment;

namespace {

std::vector<std::string> made(const EnvironmentChange& change, std::vector<const char*> present) {
  present.push_back(nullptr);
  std::vector<std::string> result;
  for (const char* const entry : make_environment(change, present.data(), 42).entries) {
    if (entry != nullptr) result.emplace_back(entry);
  }
  return result;
}

}  // namespace

TEST_CASE("the environment is handed on without what belongs to the service") {
  CHECK(made({}, {"A=1", "NOTIFY_SOCKET=/n", "LISTEN_FDS=1", "LISTEN_PID=2", "LISTEN_FDNAMES=x", "LISTEN_FDSX=3"}) ==
        std::vector<std::string>{"A=1", "LISTEN_FDSX=3"});
}

TEST_CASE("keep_service leaves the service's variables where they are") {
  CHECK(made({.keep_service = true}, {"NOTIFY_SOCKET=/n", "B=2"}) ==
        std::vector<std::string>{"NOTIFY_SOCKET=/n", "B=2"});
}

TEST_CASE("an added variable takes the place of the present one and the last of one key wins") {
  CHECK(made({.add = {"A=2", "C=", "A=3"}}, {"A=1", "B=2"}) == std::vector<std::string>{"B=2", "C=", "A=3"});
}

TEST_CASE("a removed variable is gone") {
  CHECK(made({.remove = {"A"}}, {"A=1", "AB=2"}) == std::vector<std::string>{"AB=2"});
}

TEST_CASE("a LISTEN_PID that names this process is the child's to write and any other stays") {
  const crunc::process::EnvironmentChange keep{.keep_service = true};
  const char* const ours[] = {"A=1", "LISTEN_PID=42", "LISTEN_FDS=1", nullptr};
  auto environment = make_environment(keep, ours, 42);
  REQUIRE(environment.own_pid() != nullptr);
  CHECK(std::string(environment.entries[1]) == "LISTEN_PID=");
  std::copy_n("1234567890", 11, environment.own_pid());
  CHECK(std::string(environment.entries[1]) == "LISTEN_PID=1234567890");

  for (const char* const other :
       {"LISTEN_PID=421", "LISTEN_PID=4", "LISTEN_PID=", "LISTEN_PID=042", "LISTEN_PIDS=42"}) {
    const char* const present[] = {other, nullptr};
    auto kept = make_environment(keep, present, 42);
    CHECK(kept.own_pid() == nullptr);
    CHECK(kept.entries[0] == other);
  }
  CHECK(make_environment({}, ours, 42).own_pid() == nullptr);
  CHECK(made({.add = {"LISTEN_PID=7"}, .keep_service = true}, {"LISTEN_PID=42"}) ==
        std::vector<std::string>{"LISTEN_PID=7"});
}
