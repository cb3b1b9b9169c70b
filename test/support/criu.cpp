// SPDX-License-Identifier: Apache-2.0
//
// Asks support/find-criu, which tries a dump: a CRIU that passes its check may still be unable to dump.
#include "support/criu.hpp"

#include <doctest/doctest.h>

#include "support/requirements.hpp"
#include "support/run_program.hpp"

namespace crunc::test {

const std::optional<std::filesystem::path>& working_criu() {
  static const std::optional<std::filesystem::path> found = []() -> std::optional<std::filesystem::path> {
    const std::filesystem::path finder = std::filesystem::path(CRUNC_FIXTURES_PATH) / "../test/support/find-criu";
    const auto ran = run_program({"bash", finder.string()}, {.timeout = std::chrono::minutes(3)});
    MESSAGE(ran.err);
    std::string path = ran.out;
    while (path.ends_with('\n')) path.pop_back();
    if (path.empty()) return std::nullopt;
    return path;
  }();
  return found;
}

bool skip_unless_criu() { return skip_unless(working_criu().has_value(), "no CRIU works here"); }

}  // namespace crunc::test
