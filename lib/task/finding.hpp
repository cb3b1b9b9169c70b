// SPDX-License-Identifier: Apache-2.0
// The operation by which a container that is there comes to be supervised: attach and reattach.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <crunc/prepared.hpp>

#include "process/sequence.hpp"
#include "task/logger.hpp"
#include "task/supervision.hpp"

namespace crunc::task {

class Finding final : public process::Steps<Finding> {
 public:
  /// @param id  of a container that somebody else has made; nothing: the one in the options' directory
  Finding(Runc runc, std::optional<std::string> id, TaskOptions options);

  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
  [[nodiscard]] const std::shared_ptr<Supervision>& supervision() const noexcept { return supervision_; }

 private:
  std::shared_ptr<process::Operation> begin();
  std::shared_ptr<process::Operation> after_state();
  std::shared_ptr<process::Operation> heal();
  std::shared_ptr<process::Operation> after_healing();
  std::shared_ptr<process::Operation> start_logger();
  std::shared_ptr<process::Operation> after_logger();
  std::shared_ptr<process::Operation> fail(Error error);
  [[nodiscard]] bool was_never_made() const;
  void clean_up() const;
  [[nodiscard]] Result<void> adopt(const Container& container);
  [[nodiscard]] Result<void> take_up(const Container& container);
  [[nodiscard]] Result<std::shared_ptr<Member>> take_up(const ProcessRecord& record, const Container& container);
  void begin_supervision();

  const Runc runc_;
  const bool is_ours_;
  const TaskOptions options_;
  Record record_{};
  std::optional<detail::Prepared<Container>> looking_{};
  std::optional<detail::Prepared<void>> removing_{};
  std::shared_ptr<LoggerStart> logger_{};
  std::shared_ptr<Member> logged_{};  ///< whose output it gets
  std::shared_ptr<Supervision> supervision_{};
  std::vector<std::pair<std::shared_ptr<Member>, std::optional<ExitStatus>>> members_{};
  std::optional<Error> error_{};
};

}  // namespace crunc::task
