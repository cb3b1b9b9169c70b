// SPDX-License-Identifier: Apache-2.0
//
// Sets up the runtime that the real suite is run with.
#include "support/real_runtime.hpp"

#include <cstdlib>

#include "support/requirements.hpp"

namespace crunc::test {
namespace {

std::string chosen_runtime() {
  const char* const name = std::getenv("CRUNC_REAL_RUNTIME");
  return name == nullptr || *name == '\0' ? "runc" : name;
}

bool systemd_driver() {
  const char* const chosen = std::getenv("CRUNC_REAL_SYSTEMD");
  return chosen != nullptr && std::string(chosen) == "1";
}

}  // namespace

// crun 1.8 refuses hybrid hosts; with-crun-cgroup2 gives it a cgroup2 mount that it must not manage.
bool cgroups_disabled() { return std::getenv("CRUNC_REAL_NO_CGROUPS") != nullptr; }

bool skip_unless_real_runtime() { return skip_unless_root() || skip_unless_runtime(chosen_runtime()); }

RealRuntime::RealRuntime() : runc_(options()) {}

RealRuntime::~RealRuntime() {
  const auto left = runc_.list();
  if (!left) return;
  for (const Container& container : *left) static_cast<void>(runc_.remove(container.id, {.force = true}));
}

bool RealRuntime::is_crun() const { return chosen_runtime() == "crun"; }

RuncOptions RealRuntime::options() const {
  RuncOptions options{.command = chosen_runtime(), .root = dir_ / "root", .systemd_cgroup = systemd_driver()};
  if (cgroups_disabled()) options.extra_args = {"--cgroup-manager=disabled"};
  return options;
}

std::filesystem::path RealRuntime::bundle(const std::vector<std::string>& args, fixtures::BundleOptions options) {
  const std::string name = "b" + std::to_string(++bundles_);
  options.args = args;
  if (cgroups_disabled()) {
    options.linux_resources = false;
    options.memory_limit_bytes.reset();
    options.pids_limit.reset();
  }
  const bool is_for_systemd = options.cgroups_path.find(':') != std::string::npos;
  if (systemd_driver() && !is_for_systemd)
    options.cgroups_path = "system.slice:crunc-test:" + dir_.path().filename().string() + name;
  fixtures::make_bundle(dir_ / name, options);
  return dir_ / name;
}

}  // namespace crunc::test
