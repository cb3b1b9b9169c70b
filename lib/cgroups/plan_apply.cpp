// SPDX-License-Identifier: Apache-2.0
// The writes of a plan, one after the other.

#include "cgroups/plan_apply.hpp"

#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

bool is(const Error& error, std::errc what) { return error.system == what; }

/// How much memory is in use, in words; empty when that cannot be read.
std::string usage_of(const ControllerFiles& files) {
  std::string words;
  for (const auto& [file, name] : {std::pair("memory.usage_in_bytes", "in use"), std::pair("memory.current", "in use"),
                                   std::pair("memory.memsw.usage_in_bytes", "in use with swap"),
                                   std::pair("memory.max_usage_in_bytes", "at most so far")}) {
    const Result<std::string> text = files.read(Controller::memory, file);
    if (!text) continue;
    words += words.empty() ? "" : ", ";
    words += std::string(core::trim(*text)) + " bytes " + name;
  }
  return words;
}

/// The error of a write, with what it means.
Error explain(Error error, const FileWrite& write, const ControllerFiles& files) {
  error.reason = write.field + ": " + error.reason;
  if (is(error, std::errc::device_or_resource_busy) && write.controller == Controller::memory) {
    error.code = Errc::cgroup_busy;
    if (const std::string words = usage_of(files); !words.empty()) error.reason += " (" + words + ")";
  }
  if (is(error, std::errc::no_such_file_or_directory) && write.field == "/memory/swap") {
    error.reason += " (the kernel does not count swap)";
  }
  // A file that goes by the name of a controller that is unknown here, such as dmem.max.
  const bool absent = is(error, std::errc::no_such_file_or_directory) || is(error, std::errc::operation_not_permitted);
  if (absent && !write.controller && !write.file.starts_with("cgroup.") && error.code != Errc::cgroup_gone) {
    error.code = Errc::controller_unavailable;
  }
  return error;
}

class Application {
 public:
  explicit Application(ControllerFiles& files) noexcept : files_(&files) {}

  Result<void> write(const FileWrite& write) {
    if (!deferred_.empty() && deferred_.front().write->controller != write.controller) {
      if (Result<void> done = finish(); !done) return done;
    }
    Result<void> done = files_->write(write.controller, write.file, write.value);
    if (done) {
      retry();
      return {};
    }
    Error error = done.error();
    if (write.on_failure.ignore_missing && is(error, std::errc::no_such_file_or_directory)) return {};
    if (write.on_failure.retry_invalid && is(error, std::errc::invalid_argument)) {
      deferred_.push_back({&write, std::move(error)});
      return {};
    }
    return explain(std::move(error), write, *files_);
  }

  /// What is still deferred has failed.
  Result<void> finish() {
    if (deferred_.empty()) return {};
    return explain(std::move(deferred_.front().error), *deferred_.front().write, *files_);
  }

 private:
  struct Deferred {
    const FileWrite* write;
    Error error;
  };

  /// Try again what was deferred, in order, for as long as one of them succeeds.
  void retry() {
    for (bool progress = true; progress && !deferred_.empty();) {
      progress = false;
      for (auto it = deferred_.begin(); it != deferred_.end();) {
        const FileWrite& write = *it->write;
        if (const Result<void> done = files_->write(write.controller, write.file, write.value); done) {
          it = deferred_.erase(it);
          progress = true;
        } else {
          it->error = done.error();
          ++it;
        }
      }
    }
  }

  ControllerFiles* files_;
  std::vector<Deferred> deferred_{};
};

Result<void> attach_program(const Plan& plan, ControllerFiles& files) {
  Result<void> done = files.attach(*plan.device_program);
  if (done || (plan.device_program_is_optional && is(done.error(), std::errc::operation_not_permitted))) return {};
  Error error = done.error();
  error.reason = "/devices: " + error.reason;
  return error;
}

/// The kernel drops some rules without a word, so what is in force is looked at.
Result<void> check_devices(const DeviceRules& wanted, const ControllerFiles& files) {
  const Result<std::string> list = files.read(Controller::devices, "devices.list");
  if (!list) return list.error();
  const Result<DeviceRules> now = DeviceRules::parse(*list);
  if (!now) return now.error();
  if (wanted.reads_as(*now)) return {};
  return Error(Errc::system_error, "/devices: after all was written devices.list tells something else",
               std::make_error_code(std::errc::io_error));
}

}  // namespace

Result<void> apply(const Plan& plan, ControllerFiles& files, PlanPart part) {
  const bool with_devices = part != PlanPart::after_join;
  if (with_devices && plan.device_program) {
    if (Result<void> done = attach_program(plan, files); !done) return done;
  }
  Application application(files);
  for (const FileWrite& write : plan.writes) {
    if (part != PlanPart::all && write.before_join != (part == PlanPart::before_join)) continue;
    if (Result<void> done = application.write(write); !done) return done;
  }
  if (Result<void> done = application.finish(); !done) return done;
  if (with_devices && plan.devices) return check_devices(*plan.devices, files);
  return {};
}

}  // namespace crunc::cgroups
