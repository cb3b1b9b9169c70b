// SPDX-License-Identifier: Apache-2.0
// create and restore.

#include "task/creation.hpp"

#include <utility>

#include "task/directory.hpp"
#include "task/verbs.hpp"

namespace crunc::task {

using process::Operation;

Creation::Creation(Runc runc, std::string_view id, std::filesystem::path bundle, TaskOptions options,
                   std::optional<RestoreOptions> restore)
    : runc_(std::move(runc)),
      id_(id),
      bundle_(std::move(bundle)),
      options_(std::move(options)),
      restore_(std::move(restore)) {
  set_names(restore_ ? "restore" : "create", id_);
}

Result<void> Creation::begin() {
  Result<Directory> directory = make_directory(options_.directory);
  if (!directory) return directory.error();
  std::error_code error;
  const std::string bundle = std::filesystem::absolute(bundle_, error).string();
  supervision_ = std::make_shared<Supervision>(runc_, id_, error ? bundle_.string() : bundle, directory->path,
                                               directory->is_new, options_);
  member_ = std::make_shared<Member>("", options_.io, supervision_);
  if (Result<void> added = supervision_->add(member_); !added) return added;
  return supervision_->save();
}

std::shared_ptr<Operation> Creation::call(const Io& io, const std::string& console_socket,
                                          const std::string& pid_file) {
  if (!restore_) {
    creating_ = Verbs::prepare(runc_, std::string_view(id_), bundle_,
                               CreateOptions{.pid_file = pid_file,
                                             .console_socket = console_socket,
                                             .no_pivot = options_.no_pivot,
                                             .no_new_keyring = options_.no_new_keyring,
                                             .extra_fds = options_.extra_fds,
                                             .io = io,
                                             .timeout = options_.timeout});
    return creating_->operation;
  }
  restore_->pid_file = pid_file;
  restore_->console_socket = console_socket;
  restore_->detach = true;
  restore_->io = io;
  restore_->timeout = options_.timeout;
  restoring_ = Verbs::prepare(runc_, std::string_view(id_), bundle_, *restore_);
  return restoring_->operation;
}

Result<void> Creation::outcome(Operation&) {
  if (creating_) {
    const Result<Output> created = finish(*creating_);
    return created ? Result<void>() : created.error();
  }
  const Result<Restored> restored = finish(*restoring_);
  return restored ? Result<void>() : restored.error();
}

Result<void> Creation::settle(pid_t pid) {
  supervision_->find_cgroup(pid);
  if (Result<void> saved = supervision_->save(); !saved) return saved;
  supervision_->tell({.kind = TaskEvent::Kind::created, .pid = pid});
  // A created process may be killed before it is started: its exit is then told without a start.
  supervision_->settled("", restore_.has_value());
  supervision_->drive(member_);
  supervision_->drive_oom();
  return {};
}

std::shared_ptr<Operation> Creation::undo() {
  removing_ = Verbs::prepare(runc_, std::string_view(id_), RemoveOptions{.force = true});
  return removing_->operation;
}

void Creation::give_up() noexcept {
  if (supervision_) supervision_->clean_up();
}

}  // namespace crunc::task
