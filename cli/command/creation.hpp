// SPDX-License-Identifier: Apache-2.0
// The flags that create and run have in common.
#pragma once

#include "command/command.hpp"

namespace crunc::cli {

/// @param options  CreateOptions or RunOptions
template <class Options>
void declare_creation(FlagTable& flags, Path& bundle, Options& options) {
  flags.add_path("--bundle,-b", bundle, "the bundle's directory; by default the working directory");
  flags.add_path("--console-socket", options.console_socket, "unix socket that receives the terminal's master");
  flags.add_path("--pidfd-socket", options.pidfd_socket, "unix socket that receives a pidfd (runc 1.2)");
  flags.add_path("--pid-file", options.pid_file, "file that gets the container's pid");
  flags.add_flag("--no-pivot", options.no_pivot, "no pivot_root, for a root on a ramdisk");
  flags.add_flag("--no-new-keyring", options.no_new_keyring, "keep the session keyring");
  flags.add_number("--preserve-fds", options.preserve_fds, "hand on so many descriptors from 3");
}

}  // namespace crunc::cli
