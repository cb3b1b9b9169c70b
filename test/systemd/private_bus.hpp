// SPDX-License-Identifier: Apache-2.0
//
// A bus of its own for one test: dbus-daemon in a directory that goes with it.
#pragma once

#include <sys/types.h>

#include <string>

#include "support/temp_dir.hpp"

namespace crunc::test {

class PrivateBus {
 public:
  PrivateBus() { start(); }
  ~PrivateBus() { stop(); }
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;

  [[nodiscard]] std::string address() const { return "unix:path=" + (directory_ / "bus").string(); }
  /// All connections are lost.
  void stop();
  /// At the same address as before; returns when it takes connections.
  void start();

 private:
  TempDir directory_{};
  pid_t daemon_ = -1;
};

}  // namespace crunc::test
