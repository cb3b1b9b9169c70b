// SPDX-License-Identifier: Apache-2.0
// The lists of rates of block devices, and by which names each version has them.

#include "cgroups/planner.hpp"

namespace crunc::cgroups {

const ThrottleList throttle_lists[4] = {
    {&oci::BlockIo::throttle_read_bps_device, "throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps"},
    {&oci::BlockIo::throttle_write_bps_device, "throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps"},
    {&oci::BlockIo::throttle_read_iops_device, "throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops"},
    {&oci::BlockIo::throttle_write_iops_device, "throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops"},
};

}  // namespace crunc::cgroups
