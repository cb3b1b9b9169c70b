// SPDX-License-Identifier: Apache-2.0
// crunc beside the real runc: the same words, the same codes, the same containers.
#include <doctest/doctest.h>

#include "bundle/bundle.hpp"
#include "command_path.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"

using crunc::test::ProgramResult;
using crunc::test::run_program;
using Argv = std::vector<std::string>;

namespace {

bool skip_unless_runc() { return crunc::test::skip_unless_root() || crunc::test::skip_unless_runtime("runc"); }

ProgramResult with(const std::string& program, const std::string& root, const Argv& line) {
  Argv argv{"/usr/bin/env", program, "--root", root};  // by name: runc's words have its argv[0] in them
  argv.insert(argv.end(), line.begin(), line.end());
  return run_program(argv);
}

}  // namespace

TEST_CASE("crunc run in the foreground prints what the container prints and ends with its exit code") {
  if (skip_unless_runc()) return;
  const crunc::test::TempDir dir;
  crunc::fixtures::make_bundle(dir / "b", {.args = {"sh", "-c", "echo out; echo err >&2; exit 7"}});

  const ProgramResult result = with(crunc::test::command_path(), dir / "root", {"run", "--bundle", dir / "b", "job"});

  CHECK(result.status == 7);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
}

TEST_CASE("runc and crunc see the same containers from create to delete") {
  if (skip_unless_runc()) return;
  const crunc::test::TempDir dir;
  const std::string root = dir / "root";
  crunc::fixtures::make_bundle(dir / "b", {.args = {"sleep", "1000"}});
  const std::string runc = "runc";
  const auto crunc_does = [&](const Argv& line) { return with(crunc::test::command_path(), root, line).status; };

  CHECK(crunc_does({"create", "--bundle", dir / "b", "web"}) == 0);
  CHECK(with(runc, root, {"state", "web"}).out == with(crunc::test::command_path(), root, {"state", "web"}).out);
  CHECK(with(runc, root, {"start", "web"}).status == 0);
  CHECK(with(crunc::test::command_path(), root, {"exec", "web", "sh", "-c", "echo in; exit 5"}).status == 5);
  CHECK(crunc_does({"kill", "web", "KILL"}) == 0);
  CHECK(crunc_does({"delete", "--force", "web"}) == 0);
  CHECK(with(runc, root, {"list", "-q"}).out == "");
}

TEST_CASE("crunc finds runc with an empty environment as podman calls it") {
  if (skip_unless_runc()) return;
  const ProgramResult result = run_program({crunc::test::command_path(), "--version"}, {.inherit_env = false});
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("runc version "));
}
