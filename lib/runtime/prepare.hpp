// SPDX-License-Identifier: Apache-2.0
// From a verb's options to a call that is ready to begin: what each verb has of its own, as rows by the options' type.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <crunc/prepared.hpp>

#include "runtime/args.hpp"
#include "runtime/call.hpp"
#include "runtime/faults.hpp"
#include "runtime/finish.hpp"

namespace crunc::runtime {

using detail::Prepared;
using Argv = std::vector<std::string>;

/// What is particular to a verb, by the type of its options.
template <class Options>
struct Row;

template <const Verb& row_verb, class T, Result<T> (*row_finish)(Call&)>
struct RowOf {
  using Value = T;
  static constexpr const Verb& verb = row_verb;
  static constexpr Result<T> (*finish)(Call&) = row_finish;
};

template <>
struct Row<CreateOptions> : RowOf<verbs::create, Output, finish_output> {};
template <>
struct Row<RunOptions> : RowOf<verbs::run, Finished, finish_process> {};
template <>
struct Row<StartOptions> : RowOf<verbs::start, void, finish_nothing> {};
template <>
struct Row<ExecOptions> : RowOf<verbs::exec, Finished, finish_process> {};
template <>
struct Row<StateOptions> : RowOf<verbs::state, Container, finish_document<Container, decode_state>> {};
template <>
struct Row<ListOptions> : RowOf<verbs::list, Containers, finish_list> {};
template <>
struct Row<KillOptions> : RowOf<verbs::kill, void, finish_nothing> {};
template <>
struct Row<RemoveOptions> : RowOf<verbs::remove, void, finish_nothing> {};
template <>
struct Row<PsOptions> : RowOf<verbs::ps, Pids, finish_document<Pids, decode_ps>> {};
template <>
struct Row<TopOptions> : RowOf<verbs::ps, ProcessTable, finish_top> {};
template <>
struct Row<PauseOptions> : RowOf<verbs::pause, void, finish_nothing> {};
template <>
struct Row<ResumeOptions> : RowOf<verbs::resume, void, finish_nothing> {};
template <>
struct Row<UpdateOptions> : RowOf<verbs::update, void, finish_nothing> {};
template <>
struct Row<CheckpointOptions> : RowOf<verbs::checkpoint, Checkpointed, finish_checkpoint> {};
template <>
struct Row<RestoreOptions> : RowOf<verbs::restore, Restored, finish_restore> {};
template <>
struct Row<StatsOptions> : RowOf<verbs::stats, Stats, finish_document<Stats, decode_stats>> {};
template <>
struct Row<EventsOptions> : RowOf<verbs::events, void, finish_nothing> {};
template <>
struct Row<FeaturesOptions>
    : RowOf<verbs::features, oci::Features, finish_document<oci::Features, oci::read_features>> {};
template <>
struct Row<SpecOptions> : RowOf<verbs::spec, void, finish_nothing> {};
template <>
struct Row<VersionOptions> : RowOf<verbs::version, Version, finish_document<Version, decode_version>> {};
template <>
struct Row<RawOptions> : RowOf<verbs::raw, Finished, finish_process> {};

/// The directory that relative paths mean. Without one (it was removed) absolute paths still work.
[[nodiscard]] inline BaseDirectory base_directory(const RuncOptions& options) {
  if (options.relative_paths == RelativePaths::as_given) return std::nullopt;
  std::error_code error;
  std::filesystem::path directory = std::filesystem::current_path(error);
  return error ? BaseDirectory{} : BaseDirectory{directory.string()};
}

/// The operand of type T, where a verb has one.
template <class T, class... Operands>
[[nodiscard]] const T* operand(const Operands&... operands) {
  const T* found = nullptr;
  [[maybe_unused]] const auto take = [&found](const auto& each) {
    if constexpr (std::is_same_v<decltype(each), const T&>) found = &each;
  };
  (take(operands), ...);
  return found;
}

/// What can be seen to be wrong before anything is done.
template <class Options, class... Operands>
[[nodiscard]] std::optional<Error> find_fault(const BaseDirectory& base, const Options& options,
                                              const Operands&... operands) {
  const auto* const id = operand<std::string_view>(operands...);
  std::optional<std::string> fault;
  if (id != nullptr) {
    if (const std::string_view why = why_not_an_id(*id); !why.empty())
      fault = "not a container id: " + std::string(why);
  }
  if constexpr (requires { options.preserve_fds; }) {
    if (!fault) fault = fault_of_fds(options.preserve_fds, options.extra_fds);
  }
  if constexpr (requires { fault_of(options); }) {
    if (!fault) fault = fault_of(options);
  } else if constexpr (requires { fault_of(options, base); }) {
    if (!fault) fault = fault_of(options, base);
  } else if constexpr (requires { fault_of(options, true); }) {
    if (!fault) fault = fault_of(options, operand<oci::LinuxResources>(operands...) != nullptr);
  } else if constexpr (requires { fault_of(options, true, true); }) {
    const Argv* const command = operand<Argv>(operands...);
    const bool has_document = operand<oci::Process>(operands...) != nullptr;
    if (!fault) fault = fault_of(options, has_document, command != nullptr && !command->empty());
  }
  if (!fault) return std::nullopt;
  Error error(Errc::invalid_argument, std::move(*fault));
  error.operation = Row<Options>::verb.name;
  if (id != nullptr) error.container = *id;
  return error;
}

/// A verb's arguments; the Error of a document that cannot be written.
template <class Options, class... Operands>
[[nodiscard]] Result<Arguments> checked_arguments(const BaseDirectory& base, const Options& options,
                                                  const Operands&... operands) {
  if (auto fault = find_fault(base, options, operands...)) return std::move(*fault);
  Arguments result = arguments(options, base, operands...);
  if (result.fault) return std::move(*result.fault);
  return result;
}

/// The plan of a call, but for its arguments.
template <class Options>
[[nodiscard]] CallPlan make_plan(const std::shared_ptr<const Client>& client, const Options& options,
                                 const std::string_view* id) {
  CallPlan plan;
  plan.verb = &Row<Options>::verb;
  plan.client = client;
  plan.base = base_directory(client->options);
  if (id != nullptr) plan.container = *id;
  plan.timeout = options.timeout;
  plan.stop = options.stop;
  if constexpr (requires { options.io; }) plan.io = options.io;
  if constexpr (requires { options.preserve_fds; }) {
    plan.handed_on_fds = options.extra_fds;
    for (int i = 0; i < options.preserve_fds; ++i) plan.handed_on_fds.push_back(3 + i);
  }
  if constexpr (requires { options.on_ready; }) plan.on_ready = options.on_ready;
  if constexpr (requires { options.work_path; }) plan.work_path = resolve(options.work_path, plan.base);
  if constexpr (requires { options.on_spawned; }) plan.on_spawned = options.on_spawned;
  if constexpr (requires { options.pid_file; }) plan.pid_file = resolve(options.pid_file, plan.base);
  if constexpr (requires { options.detach; }) plan.foreground = !options.detach;
  return plan;
}

/// The whole plan of a call; the Error of one that cannot be right.
template <class Options, class... Operands>
[[nodiscard]] Result<CallPlan> plan_call(const std::shared_ptr<const Client>& client, const Options& options,
                                         const Operands&... operands) {
  const BaseDirectory base = base_directory(client->options);
  Result<Arguments> arguments = checked_arguments(base, options, operands...);
  if (!arguments) return std::move(arguments).error();
  CallPlan plan = make_plan(client, options, operand<std::string_view>(operands...));
  plan.arguments = std::move(*arguments);
  if (const auto* const bundle = operand<std::filesystem::path>(operands...)) plan.bundle = resolve(*bundle, plan.base);
  return plan;
}

/// The call of a plan, or one that is refused.
[[nodiscard]] inline std::shared_ptr<Call> make_call(Result<CallPlan> plan) {
  return plan ? std::make_shared<Call>(std::move(*plan)) : std::make_shared<Call>(std::move(plan).error());
}

template <class T, Result<T> (*finish)(Call&)>
[[nodiscard]] Prepared<T> prepared(std::shared_ptr<Call> call) {
  std::stop_token stop = call->stop();
  return {std::move(call), std::move(stop),
          [](process::Operation& operation) { return finish(static_cast<Call&>(operation)); }};
}

template <class Options, class... Operands>
[[nodiscard]] Prepared<typename Row<Options>::Value> prepare_call(const std::shared_ptr<const Client>& client,
                                                                  const Options& options, const Operands&... operands) {
  return prepared<typename Row<Options>::Value, Row<Options>::finish>(
      make_call(plan_call(client, options, operands...)));
}

template <class Options, class... Operands>
[[nodiscard]] Result<Argv> make_argv(const Client& client, const Options& options, const Operands&... operands) {
  const BaseDirectory base = base_directory(client.options);
  const Result<Arguments> arguments = checked_arguments(base, options, operands...);
  if (!arguments) return arguments.error();
  return join(client.options.command->string(), global_arguments(client.options, base), whole(*arguments));
}

}  // namespace crunc::runtime
