// SPDX-License-Identifier: Apache-2.0
// Which process is watched under which pid, and which exits nobody asked for yet.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include <crunc/monitor.hpp>

namespace crunc::process {

/// Attributes exits, which come as pids, to processes.
/// @threads safe
class ExitTable {
 public:
  explicit ExitTable(std::size_t remembered) : remembered_(remembered) {}

  /// Make a child and know it before any exit is taken for nobody's.
  void start(const ProcessMonitor::Make& make);
  void follow(const std::shared_ptr<Process>& process);
  [[nodiscard]] std::optional<ExitStatus> recall(pid_t pid);

  /// A new process has this pid: what is remembered of it was another's.
  void forget(pid_t pid);
  void forget_all();

  /// What `take` returns is how the process `pid` ended; it is called once, when no child can be about to get known,
  /// and returns nothing if somebody was faster. False if nobody watched it: then it is remembered.
  using Take = std::function<std::optional<ExitStatus>()>;
  bool attribute(pid_t pid, const Take& take);

 private:
  struct Exit {
    pid_t pid;
    ExitStatus status;
  };
  [[nodiscard]] std::vector<std::shared_ptr<Process>> watched(pid_t pid);
  void add(const std::shared_ptr<Process>& process);

  const std::size_t remembered_;
  std::shared_mutex gate_{};  ///< shared: a child is being made; exclusive: none is
  std::mutex taking_{};       ///< held while an exit is neither a zombie nor remembered
  std::mutex mutex_{};
  /// Several of one pid: those that were reaped before, in order of birth, and at most one that was not.
  std::unordered_map<pid_t, std::vector<std::weak_ptr<Process>>> watched_{};
  std::size_t next_sweep_ = 256;
  std::deque<Exit> recent_{};
};

}  // namespace crunc::process
