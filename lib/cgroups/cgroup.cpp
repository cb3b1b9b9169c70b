// SPDX-License-Identifier: Apache-2.0
// Cgroup: what it is made of, and its calls that are one step.

#include <crunc/cgroups/cgroup.hpp>

#include <array>

#include "cgroups/enable.hpp"
#include "cgroups/freezer.hpp"
#include "cgroups/held.hpp"
#include "cgroups/members.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {
namespace {

constexpr std::array<std::string_view, 4> types{"domain", "domain threaded", "domain invalid", "threaded"};

Error no_v2() { return Error(Errc::unsupported, "this cgroup is not on cgroup v2"); }

Result<const Slot*> freezer_of(const Held& held, std::string_view verb) {
  const Slot* const v1 = held.of(Controller::freezer);
  const Slot* const slot = v1 != nullptr ? v1 : held.unified();
  if (slot == nullptr) return Error(Errc::controller_unavailable, "freezer");
  if (slot->path.is_root()) return refuse_root(*slot, verb);
  return slot;
}

}  // namespace

const char* to_string(FreezerState state) noexcept {
  switch (state) {
    case FreezerState::thawed: break;
    case FreezerState::freezing: return "freezing";
    case FreezerState::frozen: return "frozen";
  }
  return "thawed";
}

Error refuse_root(const Slot& slot, std::string_view verb) {
  return Error(Errc::invalid_argument, "refused to " + std::string(verb) + " " + slot.directory.path() +
                                           ", which is the root of its hierarchy");
}

Cgroup Held::make(std::shared_ptr<const Mounts> mounts, std::vector<Slot> slots) {
  return Cgroup(std::make_unique<Held>(Held{std::move(mounts), std::move(slots)}));
}

const Slot* Held::of(Controller controller) const noexcept {
  for (const Slot& slot : slots) {
    if (slot.has(controller)) return &slot;
  }
  return nullptr;
}

const Slot* Held::unified() const noexcept {
  for (const Slot& slot : slots) {
    if (slot.is_v2()) return &slot;
  }
  return nullptr;
}

const Slot* Held::in(const Mount* mount) const noexcept {
  for (const Slot& slot : slots) {
    if (slot.mount == mount || slot.mount->root.is_same(mount->root)) return &slot;
  }
  return nullptr;
}

const Slot& Held::lister() const noexcept {
  if (const Slot* const freezer = of(Controller::freezer)) return *freezer;
  for (const Slot& slot : slots) {
    if (!is_optional(slot)) return slot;
  }
  return slots.front();
}

Cgroup::Cgroup(std::unique_ptr<Held> held) noexcept : held_(std::move(held)) {}
Cgroup::Cgroup(Cgroup&& other) noexcept = default;
Cgroup& Cgroup::operator=(Cgroup&& other) noexcept = default;
Cgroup::~Cgroup() = default;

const CgroupPath& Cgroup::path() const noexcept { return held_->lister().path; }

std::string Cgroup::logged_path() const {
  const Slot* const slot = held_->of(Controller::memory);
  if (slot == nullptr || slot->path.is_root()) return {};
  return (slot->mount->within == "/" ? "" : slot->mount->within) + slot->path.str();
}

CgroupPaths Cgroup::paths() const {
  CgroupPaths result;
  for (const Slot& slot : held_->slots) {
    for (const std::string& key : slot.mount->keys()) result[key] = slot.mount->directory_of(slot.path);
  }
  return result;
}

ControllerSet Cgroup::controllers() const {
  ControllerSet result;
  for (const Slot& slot : held_->slots) {
    const ControllerSet own = slot.mount->controllers;
    result = result | (slot.is_v2() ? read_controllers(slot.directory, "cgroup.controllers") & own : own);
  }
  return result;
}

const Directory* Cgroup::directory(Controller controller) const noexcept {
  const Slot* const slot = held_->of(controller);
  return slot == nullptr ? nullptr : &slot->directory;
}

const Directory* Cgroup::unified() const noexcept {
  const Slot* const slot = held_->unified();
  return slot == nullptr ? nullptr : &slot->directory;
}

int Cgroup::directory_fd(Controller controller) const noexcept {
  const Directory* const found = directory(controller);
  return found == nullptr ? -1 : found->fd();
}

int Cgroup::unified_fd() const noexcept {
  const Directory* const found = unified();
  return found == nullptr ? -1 : found->fd();
}

bool Cgroup::exists() const noexcept { return !held_->lister().directory.is_gone(); }

Result<std::vector<pid_t>> Cgroup::processes(Recursion recursion) const {
  const Slot& slot = held_->lister();
  return members_of(slot.directory, Members::processes, slot.is_v2(), recursion);
}

Result<std::vector<pid_t>> Cgroup::threads(Recursion recursion) const {
  const Slot& slot = held_->lister();
  return members_of(slot.directory, Members::threads, slot.is_v2(), recursion);
}

Result<void> Cgroup::freeze(std::chrono::milliseconds timeout) {
  const auto slot = freezer_of(*held_, "freeze");
  if (!slot) return slot.error();
  return cgroups::freeze((*slot)->directory, (*slot)->is_v2(), Clock::now() + timeout);
}

Result<void> Cgroup::thaw() {
  const auto slot = freezer_of(*held_, "thaw");
  if (!slot) return slot.error();
  return cgroups::thaw((*slot)->directory, (*slot)->is_v2());
}

Result<FreezerState> Cgroup::state() const {
  const auto slot = freezer_of(*held_, "ask for the freezer of");
  if (!slot) return slot.error();
  return freezer_state((*slot)->directory, (*slot)->is_v2());
}

Result<CgroupType> Cgroup::type() const {
  const Directory* const directory = unified();
  if (directory == nullptr) return no_v2();
  const auto text = directory->read("cgroup.type");
  if (!text) return text.error();
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == core::trim(*text)) return static_cast<CgroupType>(i);
  }
  return Error(Errc::malformed_output, directory->path() + "/cgroup.type has " + core::excerpt(*text));
}

Result<void> Cgroup::set_type(CgroupType type) {
  if (type != CgroupType::threaded) return Error(Errc::invalid_argument, "a cgroup can only be made threaded");
  if (unified() == nullptr) return no_v2();
  return unified()->write("cgroup.type", types[static_cast<std::size_t>(type)]);
}

Result<void> Cgroup::enable(ControllerSet controllers) {
  if (unified() == nullptr) return no_v2();
  return write_subtree_control(*unified(), controllers, '+');
}

Result<void> Cgroup::disable(ControllerSet controllers) {
  if (unified() == nullptr) return no_v2();
  return write_subtree_control(*unified(), controllers, '-');
}

}  // namespace crunc::cgroups
