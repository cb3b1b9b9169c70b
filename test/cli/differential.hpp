// SPDX-License-Identifier: Apache-2.0
// Command lines that are given to runc and to crunc, each in a world of its own, and what became of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

namespace crunc::test {

/// A command line as a shell has it, by blanks and single quotes alone, behind the program's name. %D% is the world's
/// directory, which has the bundles sleep, exits, prints and broken; `@web` a container's id that no other world has.
struct Typed {
  const char* line;
  const char* input = "";
};

/// What is to be the same in both worlds.
struct Answer {
  int status = 0;
  std::string out{};
  std::string err{};
  std::string files{};  ///< the working directory, with what stands in its files
  bool operator==(const Answer&) const = default;
};

/// A directory with bundles, a runtime's root and a working directory. Containers that are left are deleted at its end.
class World {
 public:
  /// @param letter  makes its ids its own
  World(std::string program, char letter);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] Answer answer(const Typed& typed);

 private:
  [[nodiscard]] std::vector<std::string> words(std::string_view line) const;
  [[nodiscard]] std::string same_everywhere(std::string text) const;
  [[nodiscard]] std::string files() const;

  std::string program_;
  std::string id_prefix_;
  TempDir dir_;
};

/// Gives the lines one after another to runc and to crunc, and checks that they answer the same.
void check_same_answers(const std::vector<Typed>& lines);

}  // namespace crunc::test
