// SPDX-License-Identifier: Apache-2.0
// The flags that create and run have in common.
#pragma once

#include "command/command.hpp"

namespace crunc::cli {

/// @param options  CreateOptions or RunOptions
template <class Options>
void declare_creation(CLI::App& app, Path& bundle, Options& options) {
  add_path(app, "--bundle,-b", bundle, "the bundle's directory; by default the working directory");
  add_path(app, "--console-socket", options.console_socket, "unix socket that receives the terminal's master");
  add_path(app, "--pidfd-socket", options.pidfd_socket, "unix socket that receives a pidfd (runc 1.2)");
  add_path(app, "--pid-file", options.pid_file, "file that gets the container's pid");
  add_flag(app, "--no-pivot", options.no_pivot, "no pivot_root, for a root on a ramdisk");
  add_flag(app, "--no-new-keyring", options.no_new_keyring, "keep the session keyring");
  app.add_option("--preserve-fds", options.preserve_fds, "hand on so many descriptors from 3")
      ->type_name("N")
      ->take_last();
}

}  // namespace crunc::cli
