// SPDX-License-Identifier: Apache-2.0
// class Runc: each verb is its options and operands, made into a call; what is particular to it stands in prepare.hpp.

#include <crunc/runc.hpp>

#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>

#include "process/operation.hpp"
#include "runtime/event_source.hpp"
#include "runtime/prepare.hpp"

namespace crunc {

namespace fs = std::filesystem;
using detail::Prepared;
using process::block;
using runtime::Argv;
using runtime::Containers;
using runtime::make_argv;
using runtime::Pids;
using runtime::prepare_call;

Runc::Runc(RuncOptions options) : client_(std::make_shared<const runtime::Client>(std::move(options))) {}

const RuncOptions& Runc::options() const noexcept { return client_->options; }

Prepared<Output> Runc::prepare(std::string_view id, const fs::path& bundle, const CreateOptions& options) const {
  return prepare_call(client_, options, id, bundle);
}
Result<Output> Runc::create(std::string_view id, const fs::path& bundle, const CreateOptions& options) const {
  return block(prepare(id, bundle, options));
}
Result<Argv> Runc::argv(std::string_view id, const fs::path& bundle, const CreateOptions& options) const {
  return make_argv(*client_, options, id, bundle);
}

Prepared<Finished> Runc::prepare(std::string_view id, const fs::path& bundle, const RunOptions& options) const {
  return prepare_call(client_, options, id, bundle);
}
Result<Finished> Runc::run(std::string_view id, const fs::path& bundle, const RunOptions& options) const {
  return block(prepare(id, bundle, options));
}
Result<Argv> Runc::argv(std::string_view id, const fs::path& bundle, const RunOptions& options) const {
  return make_argv(*client_, options, id, bundle);
}

Prepared<void> Runc::prepare(std::string_view id, const StartOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<void> Runc::start(std::string_view id, const StartOptions& options) const { return block(prepare(id, options)); }
Result<Argv> Runc::argv(std::string_view id, const StartOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<Finished> Runc::prepare(std::string_view id, const Argv& command, const ExecOptions& options) const {
  return prepare_call(client_, options, id, command);
}
Result<Finished> Runc::exec(std::string_view id, const Argv& command, const ExecOptions& options) const {
  return block(prepare(id, command, options));
}
Result<Argv> Runc::argv(std::string_view id, const Argv& command, const ExecOptions& options) const {
  return make_argv(*client_, options, id, command);
}

Prepared<Finished> Runc::prepare(std::string_view id, const Exactly<oci::Process>& process,
                                 const ExecOptions& options) const {
  return prepare_call(client_, options, id, process.get());
}
Result<Finished> Runc::exec(std::string_view id, const Exactly<oci::Process>& process,
                            const ExecOptions& options) const {
  return block(prepare(id, process, options));
}
Result<Argv> Runc::argv(std::string_view id, const Exactly<oci::Process>& process, const ExecOptions& options) const {
  return make_argv(*client_, options, id, process.get());
}

Prepared<Container> Runc::prepare(std::string_view id, const StateOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<Container> Runc::state(std::string_view id, const StateOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const StateOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<Containers> Runc::prepare(const ListOptions& options) const { return prepare_call(client_, options); }
Result<Containers> Runc::list(const ListOptions& options) const { return block(prepare(options)); }
Result<Argv> Runc::argv(const ListOptions& options) const { return make_argv(*client_, options); }

Prepared<void> Runc::prepare(std::string_view id, Signal signal, const KillOptions& options) const {
  return prepare_call(client_, options, id, signal);
}
Result<void> Runc::kill(std::string_view id, Signal signal, const KillOptions& options) const {
  return block(prepare(id, signal, options));
}
Result<Argv> Runc::argv(std::string_view id, Signal signal, const KillOptions& options) const {
  return make_argv(*client_, options, id, signal);
}

Prepared<void> Runc::prepare(std::string_view id, const RemoveOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<void> Runc::remove(std::string_view id, const RemoveOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const RemoveOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<Pids> Runc::prepare(std::string_view id, const PsOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<Pids> Runc::ps(std::string_view id, const PsOptions& options) const { return block(prepare(id, options)); }
Result<Argv> Runc::argv(std::string_view id, const PsOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<ProcessTable> Runc::prepare(std::string_view id, const TopOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<ProcessTable> Runc::top(std::string_view id, const TopOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const TopOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<void> Runc::prepare(std::string_view id, const PauseOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<void> Runc::pause(std::string_view id, const PauseOptions& options) const { return block(prepare(id, options)); }
Result<Argv> Runc::argv(std::string_view id, const PauseOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<void> Runc::prepare(std::string_view id, const ResumeOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<void> Runc::resume(std::string_view id, const ResumeOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const ResumeOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<void> Runc::prepare(std::string_view id, const UpdateOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<void> Runc::update(std::string_view id, const UpdateOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const UpdateOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<void> Runc::prepare(std::string_view id, const Exactly<oci::LinuxResources>& resources,
                             const UpdateOptions& options) const {
  return prepare_call(client_, options, id, resources.get());
}
Result<void> Runc::update(std::string_view id, const Exactly<oci::LinuxResources>& resources,
                          const UpdateOptions& options) const {
  return block(prepare(id, resources, options));
}
Result<Argv> Runc::argv(std::string_view id, const Exactly<oci::LinuxResources>& resources,
                        const UpdateOptions& options) const {
  return make_argv(*client_, options, id, resources.get());
}

Prepared<Checkpointed> Runc::prepare(std::string_view id, const CheckpointOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<Checkpointed> Runc::checkpoint(std::string_view id, const CheckpointOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const CheckpointOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<Restored> Runc::prepare(std::string_view id, const fs::path& bundle, const RestoreOptions& options) const {
  return prepare_call(client_, options, id, bundle);
}
Result<Restored> Runc::restore(std::string_view id, const fs::path& bundle, const RestoreOptions& options) const {
  return block(prepare(id, bundle, options));
}
Result<Argv> Runc::argv(std::string_view id, const fs::path& bundle, const RestoreOptions& options) const {
  return make_argv(*client_, options, id, bundle);
}

Prepared<Stats> Runc::prepare(std::string_view id, const StatsOptions& options) const {
  return prepare_call(client_, options, id);
}
Result<Stats> Runc::stats(std::string_view id, const StatsOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const StatsOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<oci::Features> Runc::prepare(const FeaturesOptions& options) const { return prepare_call(client_, options); }
Result<oci::Features> Runc::features(const FeaturesOptions& options) const { return block(prepare(options)); }
Result<Argv> Runc::argv(const FeaturesOptions& options) const { return make_argv(*client_, options); }

Prepared<void> Runc::prepare(const fs::path& bundle, const SpecOptions& options) const {
  return prepare_call(client_, options, bundle);
}
Result<void> Runc::spec(const fs::path& bundle, const SpecOptions& options) const {
  return block(prepare(bundle, options));
}
Result<Argv> Runc::argv(const fs::path& bundle, const SpecOptions& options) const {
  return make_argv(*client_, options, bundle);
}

Prepared<Version> Runc::prepare(const VersionOptions& options) const { return prepare_call(client_, options); }
Result<Version> Runc::version(const VersionOptions& options) const { return block(prepare(options)); }
Result<Argv> Runc::argv(const VersionOptions& options) const { return make_argv(*client_, options); }

Prepared<EventStream> Runc::prepare(std::string_view id, const EventsOptions& options) const {
  return runtime::prepare_events(client_, id, options);
}
Result<EventStream> Runc::events(std::string_view id, const EventsOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const EventsOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<Finished> Runc::prepare(const Argv& tokens, const RawOptions& options) const {
  runtime::CallPlan plan = runtime::make_plan(client_, options, nullptr);
  plan.tokens = tokens;
  plan.stand_in = options.stand_in;
  return runtime::prepared<Finished, runtime::finish_process>(std::make_shared<runtime::Call>(std::move(plan)));
}
Result<Finished> Runc::raw(const Argv& tokens, const RawOptions& options) const {
  return block(prepare(tokens, options));
}

}  // namespace crunc
