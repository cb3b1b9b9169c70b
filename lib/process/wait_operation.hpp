// SPDX-License-Identifier: Apache-2.0
// The operation of waiting for a process' end.
#pragma once

#include <memory>
#include <optional>

#include <crunc/monitor.hpp>

#include "process/operation.hpp"
#include "sys/fd.hpp"

namespace crunc::process {

/// What to wait for until `process` may have ended. `pidfd` stands for the process' own.
void add_end_of(const Process& process, int pidfd, Interest& interest);

class WaitOperation final : public Operation {
 public:
  WaitOperation(std::shared_ptr<const Process> process, Timeout timeout)
      : process_(std::move(process)), timeout_(timeout) {}

  bool step() override;
  [[nodiscard]] Interest interest() const override;
  void cancel(Urgency urgency) override;

  /// Valid once step() has said that it is over.
  [[nodiscard]] Result<ExitStatus> result() const;

 private:
  void begin();

  std::shared_ptr<const Process> process_;
  Timeout timeout_;
  bool begun_ = false;
  bool cancelled_ = false;
  std::optional<Clock::time_point> deadline_{};
  std::optional<ExitStatus> status_{};
  sys::Fd pidfd_{};  ///< of its own: a reactor takes a descriptor only once, and several may wait
};

}  // namespace crunc::process
