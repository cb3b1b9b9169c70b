// SPDX-License-Identifier: Apache-2.0
// How the outcome of a call that is over is read: each of these gives its value or its Error.
#pragma once

#include <string_view>
#include <vector>

#include <sys/types.h>

#include <crunc/checkpoint.hpp>
#include <crunc/container.hpp>
#include <crunc/oci/features.hpp>
#include <crunc/stats.hpp>

#include "runtime/call.hpp"
#include "runtime/decode.hpp"

namespace crunc::runtime {

using Containers = std::vector<Container>;
using Pids = std::vector<pid_t>;

[[nodiscard]] Result<void> finish_nothing(Call& call);
[[nodiscard]] Result<Output> finish_output(Call& call);
[[nodiscard]] Result<Finished> finish_process(Call& call);
[[nodiscard]] Result<Containers> finish_list(Call& call);
[[nodiscard]] Result<ProcessTable> finish_top(Call& call);
[[nodiscard]] Result<Checkpointed> finish_checkpoint(Call& call);
[[nodiscard]] Result<Restored> finish_restore(Call& call);

/// The Error of a document that could not be read, with the call around it.
[[nodiscard]] Error unreadable(Call& call, Error error);

template <class T, Result<T> (*decode)(std::string_view)>
[[nodiscard]] Result<T> finish_document(Call& call) {
  if (call.error()) return std::move(*call.error());
  const process::Outcome& outcome = call.outcome();
  if (outcome.out_is_cut) {
    return unreadable(call, Error(Errc::malformed_output, "read its output to the end", outcome.out_error));
  }
  Result<T> value = decode(outcome.output.out);
  if (value) return value;
  return unreadable(call, std::move(value).error());
}

}  // namespace crunc::runtime
