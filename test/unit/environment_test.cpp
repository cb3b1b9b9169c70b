// SPDX-License-Identifier: Apache-2.0
// The environment of a child.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "process/environment.hpp"

using crunc::process::EnvironmentChange;
using crunc::process::make_environment;

namespace {

std::vector<std::string> made(const EnvironmentChange& change, std::vector<const char*> present) {
  present.push_back(nullptr);
  std::vector<std::string> result;
  for (const char* const entry : make_environment(change, present.data())) {
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
