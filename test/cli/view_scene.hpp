// SPDX-License-Identifier: Apache-2.0
// Containers of the real runc for the views to show.
#pragma once

#include <doctest/doctest.h>

#include <unistd.h>

#include <string>
#include <vector>

#include "bundle/bundle.hpp"
#include "command_path.hpp"
#include "support/requirements.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"

namespace crunc::test {

[[nodiscard]] inline bool skip_unless_runc() { return skip_unless_root() || skip_unless_runtime("runc"); }

/// Deletes its containers at the end. Their ids are this process' own, since cgroups are named after them.
class ViewScene {
 public:
  ViewScene() = default;
  ~ViewScene() {
    for (const std::string& id : ids_) static_cast<void>(runc({"delete", "--force", id}));
  }
  ViewScene(const ViewScene&) = delete;
  ViewScene& operator=(const ViewScene&) = delete;

  /// Make a container, and start it unless `verb` is "create"; gives its id.
  std::string add(const std::string& name, fixtures::BundleOptions options,
                  const std::vector<std::string>& verb = {"run", "--detach"}) {
    const std::string id = name + "-" + std::to_string(::getpid());
    fixtures::make_bundle(dir_ / id, options);
    std::vector<std::string> words = verb;
    words.insert(words.end(), {"--bundle", dir_ / id, id});
    const ProgramResult result = runc(words);
    CAPTURE(result.err);
    REQUIRE(result.status == 0);
    ids_.push_back(id);
    return id;
  }
  std::string add_busy(const std::string& name) { return add(name, {.args = {"sh", "-c", "while :; do :; done"}}); }
  std::string add_idle(const std::string& name) { return add(name, {.args = {"sleep", "1000"}}); }

  [[nodiscard]] ProgramResult runc(std::vector<std::string> words) const {
    words.insert(words.begin(), {"/usr/bin/env", "runc", "--root", root()});
    return run_program(words);
  }
  /// crunc's argv.
  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& words) const {
    std::vector<std::string> argv{command_path(), "--root", root()};
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
  }
  [[nodiscard]] ProgramResult crunc(const std::vector<std::string>& words) const { return run_program(command(words)); }
  /// A shell with $CRUNC and $RUNC, both on this root, and $ID.
  [[nodiscard]] ProgramResult shell(const std::string& id, const std::string& script) const {
    return run_program({"bash", "-c", script}, {.env = {"CRUNC=" + command_path() + " --root " + root(),
                                                        "RUNC=runc --root " + root(), "ID=" + id}});
  }
  [[nodiscard]] std::string root() const { return dir_ / "root"; }

 private:
  TempDir dir_{};
  std::vector<std::string> ids_{};
};

}  // namespace crunc::test
