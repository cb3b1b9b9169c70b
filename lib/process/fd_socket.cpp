// SPDX-License-Identifier: Apache-2.0
// Receiving a descriptor from a runtime. Whoever can connect can inject one, so each step looks at what it got.

#include "process/fd_socket.hpp"

#include <array>
#include <cstdlib>

#include "process/wait_operation.hpp"
#include "sys/calls.hpp"
#include "sys/pidfd.hpp"
#include "sys/unix_socket.hpp"

namespace crunc::process {
namespace {

using namespace std::chrono_literals;

constexpr auto default_timeout = 10s;
constexpr auto time_of_descendants = 1s;
constexpr std::size_t longest_payload = 4096;
constexpr const char* socket_name = "/socket";

bool would_block(const std::error_code& error) noexcept {
  // ECONNABORTED: who connected is gone; there may be another.
  return error == std::errc::resource_unavailable_try_again || error == std::errc::connection_aborted;
}

std::string directory_from(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value == '/' ? value : "";
}

}  // namespace

Result<std::shared_ptr<FdSocket>> FdSocket::at(const std::filesystem::path& path) {
  if (path.empty() || !path.has_filename()) return Error(Errc::invalid_argument, "a socket needs the path of a file");
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return Error(Errc::system_error, "find the working directory", error);
  sys::SysResult<sys::Fd> listener = sys::listen_at(absolute.string());
  if (listener) return std::shared_ptr<FdSocket>(new FdSocket(std::move(absolute), std::move(*listener)));
  const Errc code = listener.error() == std::errc::filename_too_long ? Errc::invalid_argument : Errc::system_error;
  return Error(code, "listen at " + absolute.string(), listener.error());
}

Result<std::shared_ptr<FdSocket>> FdSocket::temporary() {
  std::optional<Error> first_error;
  for (const std::string& parent : {directory_from("XDG_RUNTIME_DIR"), directory_from("TMPDIR"), std::string("/tmp")}) {
    std::string pattern = parent + "/crunc-XXXXXX";
    if (parent.empty() || pattern.size() + std::strlen(socket_name) > sys::longest_socket_path) continue;
    if (sys::calls().mkdtemp(pattern.data()) == nullptr) {
      if (!first_error) first_error = Error(Errc::system_error, "make a directory in " + parent, sys::last_error());
      continue;
    }
    Result<std::shared_ptr<FdSocket>> socket = at(pattern + socket_name);
    if (socket) {
      (*socket)->directory_ = std::move(pattern);
      return socket;
    }
    sys::calls().rmdir(pattern.c_str());
    if (!first_error) first_error = socket.error();
  }
  return *first_error;
}

FdSocket::~FdSocket() {
  remove_name();
  if (!directory_.empty()) sys::calls().rmdir(directory_.c_str());
}

void FdSocket::remove_name() noexcept {
  if (named_.exchange(false)) sys::calls().unlink(path_.c_str());
}

sys::SysResult<sys::Fd> FdSocket::accept() {
  sys::SysResult<sys::Fd> connection = sys::accept_connection(listener_.get());
  if (connection) remove_name();
  return connection;
}

bool FdReception::step() {
  if (!begun_) begin();
  look_for_end();
  if (!result_ && !connection_) accept();
  if (!result_ && connection_) receive();
  if (result_) return true;
  if (last_chance_ && !connection_) {
    fail(Errc::runtime_failed, "the runtime ended without connecting to it; its own error tells why");
  } else if (last_chance_ && Clock::now() >= *last_chance_) {
    fail(Errc::runtime_failed, "the runtime ended, and what it left connected sent nothing");
  } else if (deadline_ && Clock::now() >= *deadline_) {
    fail(Errc::timed_out, connection_ ? "the runtime connected to it and sent nothing" : "nobody connected to it");
  }
  return result_.has_value();
}

Interest FdReception::interest() const {
  Interest result;
  if (result_) return result;
  result.add(connection_ ? connection_.get() : socket_->fd());
  if (runtime_ && !last_chance_) add_end_of(runtime_->process(), runtime_->process().pidfd(), result);
  if (deadline_) result.add(*deadline_);
  if (last_chance_) result.add(*last_chance_);
  return result;
}

void FdReception::cancel(Urgency) {
  if (!result_) fail(Errc::cancelled, "");
}

void FdReception::begin() {
  begun_ = true;
  const auto timeout = timeout_.value_or(default_timeout);
  if (timeout != no_deadline) deadline_ = Clock::now() + timeout;
  if (!result_ && socket_->has_accepted()) fail(Errc::invalid_argument, "the socket has received already");
}

/// Before the backlog is looked at: a runtime that has ended has already sent whatever it was going to send itself. Its
/// container may hold the connection for ever (crun's does, without a terminal), or send a pidfd a moment later
/// (runc's).
void FdReception::look_for_end() {
  if (!runtime_ || last_chance_ || !runtime_->process().has_ended()) return;
  last_chance_ = Clock::now() + time_of_descendants;
}

void FdReception::accept() {
  sys::SysResult<sys::Fd> connection = socket_->accept();
  if (!connection) {
    if (!would_block(connection.error())) fail(Errc::system_error, "accept a connection", connection.error());
    return;
  }
  const sys::SysResult<uid_t> uid = sys::peer_uid(connection->get());
  if (!uid) return fail(Errc::system_error, "ask who has connected", uid.error());
  if (*uid != 0 && *uid != sys::calls().geteuid()) {
    return fail(Errc::system_error, "uid " + std::to_string(*uid) + " has connected and not the runtime",
                std::make_error_code(std::errc::permission_denied));
  }
  connection_ = std::move(*connection);
}

void FdReception::receive() {
  // One byte more, by which a payload that is too long is known.
  sys::SysResult<sys::FdMessage> message = sys::receive_message(connection_.get(), longest_payload + 1);
  if (!message) {
    if (message.error() == std::errc::connection_reset) return judge({}, 0, false);
    if (!would_block(message.error())) fail(Errc::system_error, "receive the descriptor", message.error());
    return;
  }
  Delivery delivery{.payload = std::move(message->payload)};
  const std::size_t count = message->fds.size();
  if (count > 0) delivery.fd = std::move(message->fds.front());
  judge(std::move(delivery), count, message->fds_lost);
}

void FdReception::judge(Delivery delivery, std::size_t fds, bool fds_lost) {
  if (fds_lost) {
    fail(Errc::system_error, "receive the descriptor", std::make_error_code(std::errc::too_many_files_open));
  } else if (delivery.payload.empty()) {
    fail(Errc::runtime_failed, "the runtime connected to it and closed without sending; its own error tells why");
  } else if (fds != 1) {
    fail(Errc::malformed_output, std::to_string(fds) + " descriptors were sent instead of one");
  } else if (delivery.payload.size() > longest_payload) {
    fail(Errc::malformed_output, "more than 4 KiB came with the descriptor");
  } else {
    result_ = std::move(delivery);
  }
}

void FdReception::fail(Errc code, const std::string& reason, std::error_code system) {
  result_ = describe(Error(code, reason, system));
}

Error FdReception::describe(Error error) const {
  error.operation = "receive at " + socket_->path().string();
  return error;
}

}  // namespace crunc::process
