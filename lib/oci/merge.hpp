// SPDX-License-Identifier: Apache-2.0
// Resources that were given one after the other, as one.
#pragma once

#include <crunc/error.hpp>
#include <crunc/oci/linux_resources.hpp>

namespace crunc::oci {

/// `base` as it is after `changes`: what is absent there stays, and so does what their lists say of other devices,
/// interfaces and page sizes. The rules of devices are one whole. Numbers of unknown members may come to be
/// spelled in another way.
/// @return Errc::invalid_argument as of write()
[[nodiscard]] Result<LinuxResources> merge(const LinuxResources& base, const LinuxResources& changes);

}  // namespace crunc::oci
