// SPDX-License-Identifier: Apache-2.0
// Which exits of a task's processes may be told, and in which order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crunc::task {

/// The order that a task keeps: no exit before its start has been told, and the first process' last of all. The id of
/// the first process is empty.
///
/// Not thread-safe.
class ExitOrder {
 public:
  /// A call that starts this process is under way: its exit is held back until settled().
  void starting(std::string_view id);
  /// That call is over, and what it did has been told. Without `runs` there is no such process.
  void settled(std::string_view id, bool runs);
  /// The process was running already when it came to be known.
  void running(std::string_view id);

  /// The process has ended and all its output is handed on.
  void ended(std::string_view id);
  /// Do not hold the first process' exit back any longer, whatever becomes of the others.
  void wait_no_longer() noexcept { is_patient_ = false; }

  /// Those whose exits may be told now, in order. Each is given once.
  [[nodiscard]] std::vector<std::string> take();

 private:
  struct Entry {
    std::string id;
    bool is_starting = false;
    bool has_ended = false;
    bool is_told = false;
  };
  [[nodiscard]] Entry& entry(std::string_view id);
  [[nodiscard]] bool may_be_told(const Entry& entry) const;

  std::vector<Entry> entries_{};
  bool is_patient_ = true;
};

}  // namespace crunc::task
