// SPDX-License-Identifier: Apache-2.0
// The asynchronous twins of the blocking methods, for Asio's completion tokens: callbacks, use_future, use_awaitable
// and any other. The only public header that includes Asio.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/system_executor.hpp>

#include <crunc/config.hpp>
#include <crunc/console.hpp>
#include <crunc/monitor.hpp>
#include <crunc/prepared.hpp>
#include <crunc/runc.hpp>
#include <crunc/socket.hpp>
#include <crunc/task.hpp>
#include <crunc/watch.hpp>

namespace crunc {

class Executor::Holder {
 public:
  explicit Holder(boost::asio::any_io_executor held) : executor(std::move(held)) {}
  boost::asio::any_io_executor executor;
};

template <class AsioExecutor>
Executor::Executor(const AsioExecutor& executor)
    : holder_(std::make_shared<const Holder>(boost::asio::any_io_executor(executor))) {}

namespace detail {

/// What the compiled library knows of a completion handler.
class Completion {
 public:
  Completion() = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;
  virtual ~Completion() = default;
  /// The call is over. Called once, where the call's I/O runs; the object is gone when it returns.
  virtual void complete(std::unique_ptr<Completion> self) = 0;
};

/// An operation under way.
class AsyncCall;
[[nodiscard]] CRUNC_API std::shared_ptr<AsyncCall> make_async_call(std::shared_ptr<process::Operation> operation,
                                                                   const std::stop_token& stop,
                                                                   const boost::asio::any_io_executor& executor);
/// Begin it. Nothing is done on the calling thread.
CRUNC_API void start(const std::shared_ptr<AsyncCall>& call, std::unique_ptr<Completion> completion);
/// End it early, at once or politely; from any thread, at any time.
CRUNC_API void cancel(const std::shared_ptr<AsyncCall>& call, bool at_once);

template <class T, class Handler>
class CompletionOf final : public Completion {
 public:
  CompletionOf(Prepared<T> prepared, Handler handler, const boost::asio::any_io_executor& io)
      : prepared_(std::move(prepared)),
        handler_(std::move(handler)),
        executor_(boost::asio::prefer(boost::asio::get_associated_executor(handler_, io),
                                      boost::asio::execution::outstanding_work.tracked)) {}

  void complete(std::unique_ptr<Completion> self) override {
    Result<T> result = prepared_.finish(*prepared_.operation);
    auto executor = std::move(executor_);
    auto handler = std::move(handler_);
    self.reset();  // before the upcall, as Asio's operations promise
    boost::asio::dispatch(executor, [handler = std::move(handler), result = std::move(result)]() mutable {
      // From here on the slot's owner may be gone.
      if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected()) slot.clear();
      std::move(handler)(std::move(result));
    });
  }

 private:
  Prepared<T> prepared_;
  Handler handler_;
  // Decayed: prefer() hands an executor that lacks the property back as a reference to its argument.
  std::decay_t<decltype(boost::asio::prefer(
      boost::asio::get_associated_executor(std::declval<Handler&>(),
                                           std::declval<const boost::asio::any_io_executor&>()),
      boost::asio::execution::outstanding_work.tracked))>
      executor_;
};

/// Starts a call for whatever handler the completion token stands for.
template <class T>
struct Initiate {
  Executor chosen;

  template <class Handler>
  void operator()(Handler&& handler, Prepared<T> prepared) const {
    using Stored = std::decay_t<Handler>;
    const boost::asio::any_io_executor io = chosen.holder() != nullptr
                                                ? chosen.holder()->executor
                                                : boost::asio::any_io_executor(boost::asio::get_associated_executor(
                                                      handler, boost::asio::system_executor()));
    auto call = make_async_call(prepared.operation, prepared.stop, io);
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      slot.assign([weak = std::weak_ptr<AsyncCall>(call)](boost::asio::cancellation_type type) {
        const bool at_once = (type & boost::asio::cancellation_type::terminal) != boost::asio::cancellation_type::none;
        if (auto alive = weak.lock()) cancel(alive, at_once);
      });
    }
    start(call, std::make_unique<CompletionOf<T, Stored>>(std::move(prepared), std::forward<Handler>(handler), io));
  }
};

template <class T, class Token>
auto initiate(const Executor& chosen, Prepared<T> prepared, Token& token) {
  return boost::asio::async_initiate<Token, void(Result<T>)>(Initiate<T>{chosen}, token, std::move(prepared));
}

}  // namespace detail

// By value, so that nobody has to ask how long the caller's arguments live. A copy is little beside a process.
// NOLINTBEGIN(performance-unnecessary-value-param)

template <class Token>
auto Runc::async_create(std::string id, std::filesystem::path bundle, CreateOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, bundle, options), token);
}
template <class Token>
auto Runc::async_run(std::string id, std::filesystem::path bundle, RunOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, bundle, options), token);
}
template <class Token>
auto Runc::async_start(std::string id, StartOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_exec(std::string id, std::vector<std::string> command, ExecOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, command, options), token);
}
template <class Token>
auto Runc::async_exec(std::string id, Exactly<oci::Process> process, ExecOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, process, options), token);
}
template <class Token>
auto Runc::async_state(std::string id, StateOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_list(ListOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(options), token);
}
template <class Token>
auto Runc::async_kill(std::string id, Signal signal, KillOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, signal, options), token);
}
template <class Token>
auto Runc::async_remove(std::string id, RemoveOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_ps(std::string id, PsOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_top(std::string id, TopOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_pause(std::string id, PauseOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_resume(std::string id, ResumeOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_update(std::string id, UpdateOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_update(std::string id, Exactly<oci::LinuxResources> resources, UpdateOptions options,
                        Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, resources, options), token);
}
template <class Token>
auto Runc::async_checkpoint(std::string id, CheckpointOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_restore(std::string id, std::filesystem::path bundle, RestoreOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, bundle, options), token);
}
template <class Token>
auto Runc::async_stats(std::string id, StatsOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_features(FeaturesOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(options), token);
}
template <class Token>
auto Runc::async_spec(std::filesystem::path bundle, SpecOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(bundle, options), token);
}
template <class Token>
auto Runc::async_version(VersionOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(options), token);
}
template <class Token>
auto Runc::async_events(std::string id, EventsOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(id, options), token);
}
template <class Token>
auto Runc::async_raw(std::vector<std::string> tokens, RawOptions options, Token&& token) const {
  return detail::initiate(this->options().executor, prepare(tokens, options), token);
}

template <class T>
template <class Token>
auto Watch<T>::async_wait(WaitOptions options, Token&& token) {
  return detail::initiate(options.executor, prepare(options), token);
}

template <class Token>
auto EventStream::async_next(Token&& token) {
  return detail::initiate(executor(), prepare_next({}), token);
}
template <class Token>
auto Process::async_wait(WaitOptions options, Token&& token) const {
  return detail::initiate(options.executor, prepare(options), token);
}
template <class Token>
auto ConsoleSocket::async_receive(ReceiveOptions options, Token&& token) const {
  return detail::initiate(options.executor, prepare(options), token);
}
template <class Token>
auto PidfdSocket::async_receive(ReceiveOptions options, Token&& token) const {
  return detail::initiate(options.executor, prepare(options), token);
}
template <class Token>
auto Console::async_relay(int in, int out, RelayOptions options, Token&& token) const {
  return detail::initiate(options.executor, prepare(in, out, options), token);
}

template <class Token>
auto TaskProcess::async_wait(WaitOptions options, Token&& token) const {
  return detail::initiate(options.executor, prepare(options), token);
}
template <class Token>
auto Task::async_create(const Runc& runc, std::string id, std::filesystem::path bundle, TaskOptions options,
                        Token&& token) {
  return detail::initiate(runc.options().executor, prepare_creation(runc, id, bundle, options), token);
}
template <class Token>
auto Task::async_restore(const Runc& runc, std::string id, std::filesystem::path bundle, RestoreOptions restore,
                         TaskOptions options, Token&& token) {
  return detail::initiate(runc.options().executor, prepare_restore(runc, id, bundle, restore, options), token);
}
template <class Token>
auto Task::async_attach(const Runc& runc, std::string id, TaskOptions options, Token&& token) {
  return detail::initiate(runc.options().executor, prepare_finding(runc, std::move(id), options), token);
}
template <class Token>
auto Task::async_reattach(const Runc& runc, TaskOptions options, Token&& token) {
  return detail::initiate(runc.options().executor, prepare_finding(runc, std::nullopt, options), token);
}
template <class Token>
auto Task::async_start(StartOptions options, Token&& token) const {
  return detail::initiate(executor(), prepare_start(options), token);
}
template <class Token>
auto Task::async_exec(std::string exec_id, Exactly<oci::Process> process, TaskExecOptions options,
                      Token&& token) const {
  return detail::initiate(executor(), prepare_exec(exec_id, process, options), token);
}
template <class Token>
auto Task::async_pause(PauseOptions options, Token&& token) const {
  return detail::initiate(executor(), prepare_pause(options), token);
}
template <class Token>
auto Task::async_resume(ResumeOptions options, Token&& token) const {
  return detail::initiate(executor(), prepare_resume(options), token);
}
template <class Token>
auto Task::async_update(Exactly<oci::LinuxResources> resources, UpdateOptions options, Token&& token) const {
  return detail::initiate(executor(), prepare_update(resources, options), token);
}
template <class Token>
auto Task::async_checkpoint(CheckpointOptions options, Token&& token) const {
  return detail::initiate(executor(), prepare_checkpoint(options), token);
}
template <class Token>
auto Task::async_wait(WaitOptions options, Token&& token) const {
  return init().async_wait(std::move(options), std::forward<Token>(token));
}
template <class Token>
auto Task::async_remove(TaskRemoveOptions options, Token&& token) const {
  return detail::initiate(executor(), prepare_remove(options), token);
}
// NOLINTEND(performance-unnecessary-value-param)

}  // namespace crunc
