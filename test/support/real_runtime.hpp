// SPDX-License-Identifier: Apache-2.0
//
// The real runtime under test, with a root of its own and bundles that it can run. Which one, the environment says:
// CRUNC_REAL_RUNTIME (default runc), CRUNC_REAL_SYSTEMD=1 for the systemd cgroup driver,
// CRUNC_REAL_NO_CGROUPS=1 for crun without cgroups.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <crunc/crunc.hpp>

#include "bundle/bundle.hpp"
#include "support/temp_dir.hpp"

namespace crunc::test {

/// True when the suite cannot run here; the reason is printed and the case counted as skipped.
[[nodiscard]] bool skip_unless_real_runtime();

/// Whether the runtime is to leave cgroups alone (CRUNC_REAL_NO_CGROUPS).
[[nodiscard]] bool cgroups_disabled();

class RealRuntime {
 public:
  RealRuntime();
  /// Deletes every container that is left below the root.
  ~RealRuntime();
  RealRuntime(const RealRuntime&) = delete;
  RealRuntime& operator=(const RealRuntime&) = delete;

  [[nodiscard]] const Runc& runc() const noexcept { return runc_; }
  const Runc* operator->() const noexcept { return &runc_; }
  [[nodiscard]] bool is_crun() const;

  /// A bundle whose process is `args`.
  std::filesystem::path bundle(const std::vector<std::string>& args, fixtures::BundleOptions options = {});

  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const { return dir_ / name; }
  [[nodiscard]] RuncOptions options() const;

 private:
  TempDir dir_{};
  int bundles_ = 0;
  Runc runc_;
};

}  // namespace crunc::test
