// SPDX-License-Identifier: Apache-2.0
// A view: something that is sampled again and again, as a table or as JSON lines.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "deadline.hpp"
#include "view/keys.hpp"
#include "view/table.hpp"

namespace crunc::cli {

/// By what a view can be sorted: a key on a terminal, a word of --sort.
struct Sorting {
  char key;
  std::string_view word;
};

/// What a table is for.
struct Shape {
  bool live = false;        ///< one of many in one place, and not a log of them
  std::size_t columns = 0;  ///< of the terminal
};

class View {
 public:
  View() = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  virtual ~View() = default;

  /// Take a sample; false when all that was to be shown has ended. Throws TimeIsOver and std::runtime_error.
  [[nodiscard]] virtual bool sample(const Deadline& deadline) = 0;
  /// What the last sample was, sorted and filtered.
  [[nodiscard]] virtual Table table(const Order& order, const Shape& shape) const = 0;
  [[nodiscard]] virtual std::vector<std::string> json_lines(const Order& order) const = 0;
  /// "3 containers".
  [[nodiscard]] virtual std::string summary() const = 0;
  [[nodiscard]] virtual std::span<const Sorting> sortings() const = 0;
  /// As lines each sample is a table of its own, with titles; else all are one.
  [[nodiscard]] virtual bool separates_samples() const { return false; }
};

}  // namespace crunc::cli
