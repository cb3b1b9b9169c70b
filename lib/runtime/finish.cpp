// SPDX-License-Identifier: Apache-2.0
// Outcomes into values.

#include "runtime/finish.hpp"

#include <algorithm>

#include "runtime/args.hpp"
#include "runtime/container_table.hpp"
#include "runtime/diagnose.hpp"
#include "runtime/process_table.hpp"

namespace crunc::runtime {
namespace {

template <class Figures>
std::optional<Figures> figures_of(const Call& call, Result<Figures> (*read)(const std::filesystem::path&)) {
  const std::string& directory = call.plan().work_path;
  if (directory.empty()) return std::nullopt;
  Result<Figures> figures = read(directory);
  return figures ? std::optional(*figures) : std::nullopt;
}

/// runc 1.3 fails where its root has not been made yet; earlier ones, and we, take it for one without containers.
bool has_no_root_yet(Call& call) {
  const std::string root = resolve(call.plan().client->options.root, call.plan().base);
  return !root.empty() && call.error()->reason == "open " + root + ": no such file or directory";
}

void keep_id(Container& container) {
  Container id_alone;
  id_alone.id = std::move(container.id);
  container = std::move(id_alone);
}

}  // namespace

Error unreadable(Call& call, Error error) {
  Error described = call.describe(std::move(error));
  described.code = Errc::malformed_output;
  described.exit = call.outcome().status;
  described.stderr_tail = tail_of(call.outcome().output.err);
  return described;
}

Result<void> finish_nothing(Call& call) {
  if (call.error()) return std::move(*call.error());
  return {};
}

Result<Output> finish_output(Call& call) {
  if (call.error()) return std::move(*call.error());
  return std::move(call.outcome().output);
}

Result<Finished> finish_process(Call& call) {
  if (call.error()) return std::move(*call.error());
  return Finished{call.outcome().status, std::move(call.outcome().output)};
}

Result<Containers> finish_list(Call& call) {
  const std::vector<std::string>& flags = call.plan().arguments.flags;
  const bool is_quiet = std::ranges::find(flags, "--quiet") != flags.end();
  if (call.error() && has_no_root_yet(call)) return Containers{};
  if (!call.error() && is_container_table(call.outcome().output.out)) {
    Result<Containers> found = finish_document<Containers, decode_container_table>(call);
    if (found && is_quiet) std::ranges::for_each(*found, keep_id);
    return found;
  }
  return is_quiet ? finish_document<Containers, decode_ids>(call) : finish_document<Containers, decode_list>(call);
}

Result<ProcessTable> finish_top(Call& call) {
  if (!call.is_substituted()) return finish_document<ProcessTable, decode_process_table>(call);
  const Result<Pids> pids = finish_document<Pids, decode_ps>(call);
  if (!pids) return pids.error();
  return read_process_table(*pids);
}

Result<Checkpointed> finish_checkpoint(Call& call) {
  if (call.error()) return std::move(*call.error());
  return Checkpointed{figures_of(call, read_criu_dump)};
}

Result<Restored> finish_restore(Call& call) {
  if (call.error()) return std::move(*call.error());
  return Restored{call.outcome().status, std::move(call.outcome().output), figures_of(call, read_criu_restore)};
}

}  // namespace crunc::runtime
