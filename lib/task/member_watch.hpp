// SPDX-License-Identifier: Apache-2.0
// The operations by which a task goes on by itself: one for each process, and one for OOM kills.
#pragma once

#include <memory>
#include <optional>

#include <crunc/exit_status.hpp>

#include "process/operation.hpp"
#include "sys/fd.hpp"
#include "task/member.hpp"
#include "task/pump.hpp"

namespace crunc::task {

class Supervision;

/// Moves the output of one process, and tells how it ended once all of it is handed on. Goes on after that for as long
/// as others have the streams open.
class MemberWatch final : public process::Operation {
 public:
  MemberWatch(std::shared_ptr<Supervision> supervision, std::shared_ptr<Member> member);

  bool step() override;
  [[nodiscard]] process::Interest interest() const override;
  void cancel(process::Urgency urgency) override;

 private:
  void move_bytes(std::optional<Pump>& pump);
  void look_for_end();
  void look_at_output();
  [[nodiscard]] bool is_drained() const;
  [[nodiscard]] bool has_output_left() const;

  std::shared_ptr<Supervision> supervision_;
  std::shared_ptr<Member> member_;
  Pumps pumps_;
  sys::Fd pidfd_{};  ///< of its own, for the reactor takes a descriptor only once
  std::optional<ExitStatus> status_{};
  std::optional<process::Clock::time_point> deadline_{};  ///< of what is waited for once it has ended
  bool has_told_end_ = false;
  bool cancelled_ = false;
};

/// Tells of OOM kills until the cgroup is gone.
class OomWatch final : public process::Operation {
 public:
  explicit OomWatch(std::shared_ptr<Supervision> supervision) : supervision_(std::move(supervision)) {}

  bool step() override;
  [[nodiscard]] process::Interest interest() const override;
  void cancel(process::Urgency urgency) override;

 private:
  std::shared_ptr<Supervision> supervision_;
  bool cancelled_ = false;
};

}  // namespace crunc::task
