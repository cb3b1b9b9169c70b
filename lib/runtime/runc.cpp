// SPDX-License-Identifier: Apache-2.0
// class Runc: each verb is its arguments, a call, and how the call's outcome is read.

#include <crunc/runc.hpp>

#include <filesystem>

#include "process/operation.hpp"
#include "runtime/args.hpp"
#include "runtime/call.hpp"
#include "runtime/decode.hpp"
#include "runtime/diagnose.hpp"

namespace crunc {
namespace {

namespace fs = std::filesystem;
namespace verbs = runtime::verbs;
using detail::Prepared;
using process::block;
using runtime::Arguments;
using runtime::BaseDirectory;
using runtime::Call;
using runtime::CallPlan;
using runtime::Client;
using Argv = std::vector<std::string>;
using Containers = std::vector<Container>;

/// The directory that relative paths mean. Without one (it was removed) absolute paths still work.
BaseDirectory base_directory(const RuncOptions& options) {
  if (options.relative_paths == RelativePaths::as_given) return std::nullopt;
  std::error_code error;
  fs::path directory = fs::current_path(error);
  return error ? BaseDirectory{} : BaseDirectory{directory.string()};
}

constexpr int most_preserved_fds = 512;

/// What can be seen to be wrong before anything is done.
template <class Options>
std::optional<Error> find_fault(const runtime::Verb& verb, std::optional<std::string_view> id, const Options& options) {
  std::string fault;
  if (id) {
    if (const std::string_view why = runtime::why_not_an_id(*id); !why.empty()) {
      fault = "not a container id: " + std::string(why);
    }
  }
  if constexpr (requires { options.preserve_fds; }) {
    if (options.preserve_fds < 0 || options.preserve_fds > most_preserved_fds) {
      fault = "preserve_fds must be 0 to " + std::to_string(most_preserved_fds);
    }
  }
  if (fault.empty()) return std::nullopt;
  Error error(Errc::invalid_argument, std::move(fault));
  error.operation = verb.name;
  error.container = std::string(id.value_or(""));
  return error;
}

/// The id is the first operand of every verb that has one.
template <class... Operands>
std::optional<std::string_view> id_of(const Operands&... operands) {
  std::optional<std::string_view> id;
  [[maybe_unused]] const auto take = [&id](const auto& operand) {
    if constexpr (std::is_same_v<decltype(operand), const std::string_view&>) id = operand;
  };
  (take(operands), ...);
  return id;
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

template <class T, Result<T> (*decode)(std::string_view)>
Result<T> finish_document(Call& call) {
  if (call.error()) return std::move(*call.error());
  const Output& output = call.outcome().output;
  Result<T> value = decode(output.out);
  if (value) return value;
  Error error = call.describe(value.error());
  error.exit = call.outcome().status;
  error.stderr_tail = runtime::tail_of(output.err);
  return error;
}

/// The bundle is the operand that is a path.
template <class... Operands>
std::string bundle_of([[maybe_unused]] const BaseDirectory& base, const Operands&... operands) {
  std::string bundle;
  [[maybe_unused]] const auto take = [&](const auto& operand) {
    if constexpr (std::is_same_v<decltype(operand), const fs::path&>) bundle = runtime::resolve(operand, base);
  };
  (take(operands), ...);
  return bundle;
}

/// What is particular to a verb, by the type of its options.
template <class Options>
struct Row;

template <const runtime::Verb& row_verb, class T, Result<T> (*row_finish)(Call&)>
struct RowOf {
  using Value = T;
  static constexpr const runtime::Verb& verb = row_verb;
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
struct Row<StateOptions> : RowOf<verbs::state, Container, finish_document<Container, runtime::decode_state>> {};
template <>
struct Row<ListOptions> : RowOf<verbs::list, Containers, finish_document<Containers, runtime::decode_list>> {};
template <>
struct Row<KillOptions> : RowOf<verbs::kill, void, finish_nothing> {};
template <>
struct Row<RemoveOptions> : RowOf<verbs::remove, void, finish_nothing> {};
template <>
struct Row<VersionOptions> : RowOf<verbs::version, Version, finish_document<Version, runtime::decode_version>> {};
template <>
struct Row<RawOptions> : RowOf<verbs::raw, Finished, finish_process> {};

/// The plan of a call, but for its arguments.
template <class Options>
CallPlan make_plan(const std::shared_ptr<const Client>& client, const Options& options,
                   std::optional<std::string_view> id) {
  CallPlan plan;
  plan.verb = &Row<Options>::verb;
  plan.client = client;
  plan.base = base_directory(client->options);
  plan.container = std::string(id.value_or(""));
  plan.timeout = options.timeout;
  plan.stop = options.stop;
  if constexpr (requires { options.io; }) plan.io = options.io;
  if constexpr (requires { options.preserve_fds; }) plan.preserve_fds = options.preserve_fds;
  if constexpr (requires { options.on_spawned; }) plan.on_spawned = options.on_spawned;
  if constexpr (requires { options.pid_file; }) plan.pid_file = runtime::resolve(options.pid_file, plan.base);
  if constexpr (requires { options.detach; }) plan.foreground = !options.detach;
  return plan;
}

template <class T, Result<T> (*finish)(Call&)>
Prepared<T> prepared(std::shared_ptr<Call> call) {
  std::stop_token stop = call->stop();
  return {std::move(call), std::move(stop),
          [](process::Operation& operation) { return finish(static_cast<Call&>(operation)); }};
}

template <class Options, class... Operands>
Prepared<typename Row<Options>::Value> make_call(const std::shared_ptr<const Client>& client, const Options& options,
                                                 const Operands&... operands) {
  const auto id = id_of(operands...);
  if (std::optional<Error> fault = find_fault(Row<Options>::verb, id, options)) {
    return prepared<typename Row<Options>::Value, Row<Options>::finish>(std::make_shared<Call>(std::move(*fault)));
  }
  CallPlan plan = make_plan(client, options, id);
  plan.bundle = bundle_of(plan.base, operands...);
  plan.arguments = runtime::arguments(options, plan.base, operands...);
  return prepared<typename Row<Options>::Value, Row<Options>::finish>(std::make_shared<Call>(std::move(plan)));
}

template <class Options, class... Operands>
Result<Argv> make_argv(const Client& client, const Options& options, const Operands&... operands) {
  if (auto fault = find_fault(Row<Options>::verb, id_of(operands...), options)) return std::move(*fault);
  const BaseDirectory base = base_directory(client.options);
  return runtime::join(client.options.command->string(), runtime::global_arguments(client.options, base),
                       runtime::arguments(options, base, operands...));
}

}  // namespace

Runc::Runc(RuncOptions options) : client_(std::make_shared<const Client>(std::move(options))) {}

const RuncOptions& Runc::options() const noexcept { return client_->options; }

Prepared<Output> Runc::prepare(std::string_view id, const fs::path& bundle, const CreateOptions& options) const {
  return make_call(client_, options, id, bundle);
}
Result<Output> Runc::create(std::string_view id, const fs::path& bundle, const CreateOptions& options) const {
  return block(prepare(id, bundle, options));
}
Result<Argv> Runc::argv(std::string_view id, const fs::path& bundle, const CreateOptions& options) const {
  return make_argv(*client_, options, id, bundle);
}

Prepared<Finished> Runc::prepare(std::string_view id, const fs::path& bundle, const RunOptions& options) const {
  return make_call(client_, options, id, bundle);
}
Result<Finished> Runc::run(std::string_view id, const fs::path& bundle, const RunOptions& options) const {
  return block(prepare(id, bundle, options));
}
Result<Argv> Runc::argv(std::string_view id, const fs::path& bundle, const RunOptions& options) const {
  return make_argv(*client_, options, id, bundle);
}

Prepared<void> Runc::prepare(std::string_view id, const StartOptions& options) const {
  return make_call(client_, options, id);
}
Result<void> Runc::start(std::string_view id, const StartOptions& options) const { return block(prepare(id, options)); }
Result<Argv> Runc::argv(std::string_view id, const StartOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<Finished> Runc::prepare(std::string_view id, const Argv& command, const ExecOptions& options) const {
  return make_call(client_, options, id, command);
}
Result<Finished> Runc::exec(std::string_view id, const Argv& command, const ExecOptions& options) const {
  return block(prepare(id, command, options));
}
Result<Argv> Runc::argv(std::string_view id, const Argv& command, const ExecOptions& options) const {
  return make_argv(*client_, options, id, command);
}

Prepared<Container> Runc::prepare(std::string_view id, const StateOptions& options) const {
  return make_call(client_, options, id);
}
Result<Container> Runc::state(std::string_view id, const StateOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const StateOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<Containers> Runc::prepare(const ListOptions& options) const { return make_call(client_, options); }
Result<Containers> Runc::list(const ListOptions& options) const { return block(prepare(options)); }
Result<Argv> Runc::argv(const ListOptions& options) const { return make_argv(*client_, options); }

Prepared<void> Runc::prepare(std::string_view id, Signal signal, const KillOptions& options) const {
  return make_call(client_, options, id, signal);
}
Result<void> Runc::kill(std::string_view id, Signal signal, const KillOptions& options) const {
  return block(prepare(id, signal, options));
}
Result<Argv> Runc::argv(std::string_view id, Signal signal, const KillOptions& options) const {
  return make_argv(*client_, options, id, signal);
}

Prepared<void> Runc::prepare(std::string_view id, const RemoveOptions& options) const {
  return make_call(client_, options, id);
}
Result<void> Runc::remove(std::string_view id, const RemoveOptions& options) const {
  return block(prepare(id, options));
}
Result<Argv> Runc::argv(std::string_view id, const RemoveOptions& options) const {
  return make_argv(*client_, options, id);
}

Prepared<Version> Runc::prepare(const VersionOptions& options) const { return make_call(client_, options); }
Result<Version> Runc::version(const VersionOptions& options) const { return block(prepare(options)); }
Result<Argv> Runc::argv(const VersionOptions& options) const { return make_argv(*client_, options); }

Prepared<Finished> Runc::prepare(const Argv& tokens, const RawOptions& options) const {
  CallPlan plan = make_plan(client_, options, std::nullopt);
  plan.tokens = tokens;
  plan.stand_in = options.stand_in;
  return prepared<Finished, finish_process>(std::make_shared<Call>(std::move(plan)));
}
Result<Finished> Runc::raw(const Argv& tokens, const RawOptions& options) const {
  return block(prepare(tokens, options));
}

}  // namespace crunc
