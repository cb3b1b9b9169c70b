// SPDX-License-Identifier: Apache-2.0
// What stands behind the public handle of a running runtime.
#pragma once

#include <utility>

#include <sys/types.h>

#include <crunc/io.hpp>

#include "sys/fd.hpp"

/// The child's pid and pidfd, shared with whoever holds a RuntimeProcess.
class crunc::RuntimeProcess::State {
 public:
  State(pid_t child, sys::Fd handle) noexcept : pid(child), pidfd(std::move(handle)) {}
  const pid_t pid;
  const sys::Fd pidfd;
};
