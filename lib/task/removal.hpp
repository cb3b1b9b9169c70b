// SPDX-License-Identifier: Apache-2.0
// The operation by which a supervised container is deleted.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <crunc/prepared.hpp>
#include <crunc/task.hpp>

#include "process/sequence.hpp"
#include "task/supervision.hpp"

namespace crunc::task {

/// What runs is killed, if it may be, and its exit told while its cgroup is still there to be asked for OOM kills; then
/// the runtime deletes, all exits are waited for, and the task's own things go.
class Removal final : public process::Steps<Removal> {
 public:
  Removal(std::shared_ptr<Supervision> supervision, TaskRemoveOptions options)
      : Steps(&Removal::begin), supervision_(std::move(supervision)), options_(std::move(options)) {}

  [[nodiscard]] Result<void> result() const { return error_ ? Result<void>(*error_) : Result<void>(); }

 private:
  std::shared_ptr<process::Operation> begin();
  std::shared_ptr<process::Operation> call_runtime();
  std::shared_ptr<process::Operation> after_runtime();
  std::shared_ptr<process::Operation> wait_for_next();
  [[nodiscard]] bool must_be_waited_for() const;

  std::shared_ptr<Supervision> supervision_;
  TaskRemoveOptions options_;
  std::optional<detail::Prepared<void>> removing_{};
  std::vector<std::shared_ptr<Member>> waiting_{};
  std::optional<Error> error_{};
};

}  // namespace crunc::task
