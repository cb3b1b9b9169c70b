// SPDX-License-Identifier: Apache-2.0
// The operations by which a container comes to be supervised from its beginning: create and restore.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <crunc/checkpoint.hpp>
#include <crunc/prepared.hpp>
#include <crunc/runc.hpp>

#include "task/birth.hpp"

namespace crunc::task {

class Creation final : public Birth {
 public:
  /// @param restore  from these images; nothing: from the bundle alone
  Creation(Runc runc, std::string_view id, std::filesystem::path bundle, TaskOptions options,
           std::optional<RestoreOptions> restore = {});

 private:
  Result<void> begin() override;
  std::shared_ptr<process::Operation> call(const Io& io, const std::string& console_socket,
                                           const std::string& pid_file) override;
  Result<void> outcome(process::Operation& call) override;
  Result<void> settle(pid_t pid) override;
  std::shared_ptr<process::Operation> undo() override;
  void give_up() noexcept override;

  const Runc runc_;
  const std::string id_;
  const std::filesystem::path bundle_;
  const TaskOptions options_;
  std::optional<RestoreOptions> restore_;
  std::optional<detail::Prepared<Output>> creating_{};
  std::optional<detail::Prepared<Restored>> restoring_{};
  std::optional<detail::Prepared<void>> removing_{};
};

}  // namespace crunc::task
