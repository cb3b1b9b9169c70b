// SPDX-License-Identifier: Apache-2.0
// The operation by which a further process comes to run in a supervised container.
#pragma once

#include <optional>
#include <string>

#include <crunc/oci/process.hpp>
#include <crunc/prepared.hpp>

#include "task/birth.hpp"

namespace crunc::task {

class Execution final : public Birth {
 public:
  Execution(std::shared_ptr<Supervision> supervision, std::string_view exec_id, Exactly<oci::Process> process,
            TaskExecOptions options);

 private:
  Result<void> begin() override;
  std::shared_ptr<process::Operation> call(const Io& io, const std::string& console_socket,
                                           const std::string& pid_file) override;
  Result<void> outcome(process::Operation& call) override;
  Result<void> settle(pid_t pid) override;
  std::shared_ptr<process::Operation> undo() override;
  void give_up() noexcept override;

  const std::string exec_id_;
  const Exactly<oci::Process> process_;
  const TaskExecOptions options_;
  bool is_added_ = false;
  std::optional<detail::Prepared<Finished>> executing_{};
};

}  // namespace crunc::task
