// SPDX-License-Identifier: Apache-2.0
// The way from a task to the calls of Runc, before they begin.
#pragma once

#include <crunc/prepared.hpp>
#include <crunc/runc.hpp>

namespace crunc::task {

struct Verbs {
  /// What Runc would drive for these operands and options; their types pick the verb.
  template <class... Operands>
  [[nodiscard]] static auto prepare(const Runc& runc, const Operands&... operands) {
    return runc.prepare(operands...);
  }
};

/// The outcome of what was prepared, once it is over.
template <class T>
[[nodiscard]] Result<T> finish(const detail::Prepared<T>& prepared) {
  return prepared.finish(*prepared.operation);
}

}  // namespace crunc::task
