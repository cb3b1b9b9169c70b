// SPDX-License-Identifier: Apache-2.0
// Which controller has which files of statistics.

#include "cgroups/stat_files.hpp"

namespace crunc::cgroups {

std::span<const StatFile> files_of(Controller controller, bool on_v2) noexcept {
  switch (controller) {
    case Controller::cpu: return on_v2 ? v2::cpu_files() : v1::cpu_files();
    case Controller::cpuacct: return on_v2 ? std::span<const StatFile>{} : v1::cpuacct_files();
    case Controller::cpuset: return on_v2 ? std::span<const StatFile>{} : v1::cpuset_files();
    case Controller::memory: return on_v2 ? v2::memory_files() : v1::memory_files();
    case Controller::io: return on_v2 ? v2::io_files() : v1::io_files();
    case Controller::pids: return on_v2 ? v2::pids_files() : v1::pids_files();
    case Controller::hugetlb: return on_v2 ? v2::hugetlb_files() : v1::hugetlb_files();
    case Controller::misc: return on_v2 ? v2::misc_files() : std::span<const StatFile>{};
    case Controller::rdma: return rdma_files();
    default: return {};
  }
}

}  // namespace crunc::cgroups
