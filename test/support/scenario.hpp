// SPDX-License-Identifier: Apache-2.0
//
// A fake runtime in a directory of its own, with the scenario that it plays written in the test itself. The
// format of the lines is told in fixtures/runtime/scenario.hpp. Link with CRUNC_FAKE_RUNTIME_PATH defined.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "temp_dir.hpp"

namespace crunc::test {

/// `text` as a word of a scenario: quoted, whatever bytes it holds.
[[nodiscard]] std::string quote(std::string_view text);

class FakeRuntime {
 public:
  /// Copy the fake runtime to `<own directory>/<name>`. A copy, no link: what is remembered about a binary by
  /// its inode must not pass from one test to the next.
  explicit FakeRuntime(const std::string& name = "runc");

  /// Start a rule: `words` as they stand after `on`.
  FakeRuntime& on(const std::string& words);

  /// Add a step to the last rule.
  FakeRuntime& step(const std::string& line);

  /// Calls are recorded unless this says otherwise.
  FakeRuntime& recording(bool wanted);

  /// Write the scenario, at once for those who start a call meanwhile; later rules may follow.
  void write();

  /// The program, its scenario written.
  [[nodiscard]] std::filesystem::path command();

  /// The calls so far, oldest first; the keys are told in fixtures/runtime/record.hpp.
  [[nodiscard]] std::vector<boost::json::object> records() const;

  /// argv[1..] of each call so far.
  [[nodiscard]] std::vector<std::vector<std::string>> calls() const;

  /// Make a fifo in the directory.
  [[nodiscard]] std::filesystem::path make_fifo(std::string_view name) const;

  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const { return dir_ / name; }

 private:
  TempDir dir_;
  std::filesystem::path command_;
  std::string rules_;
  bool recording_ = true;
  bool written_ = false;
};

}  // namespace crunc::test
