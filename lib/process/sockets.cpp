// SPDX-License-Identifier: Apache-2.0
// The two public sockets: the same reception, and what each makes of the descriptor that came.

#include <crunc/socket.hpp>

#include <string_view>

#include "process/fd_socket.hpp"
#include "process/operation.hpp"
#include "sys/pidfd.hpp"

namespace crunc {
namespace {

using process::Delivery;
using process::FdReception;
using process::FdSocket;

Result<Console> console_of(Delivery delivery) { return Console::adopt(Descriptor(delivery.fd.release())); }

/// runc says "standard" or "setns"; senders in C may add a NUL.
PidfdMessage::Origin origin_of(std::string_view payload) {
  payload = payload.substr(0, payload.find('\0'));
  if (payload == "standard") return PidfdMessage::Origin::init;
  return payload == "setns" ? PidfdMessage::Origin::exec : PidfdMessage::Origin::other;
}

Result<PidfdMessage> pidfd_of(Delivery delivery) {
  const sys::SysResult<pid_t> pid = sys::pid_of(delivery.fd.get());
  if (!pid) {
    const bool is_none = pid.error() == std::errc::bad_file_descriptor;
    return is_none ? Error(Errc::malformed_output, "not a pidfd")
                   : Error(Errc::system_error, "look at the pidfd in /proc", pid.error());
  }
  return PidfdMessage{.pidfd = Descriptor(delivery.fd.release()), .pid = *pid, .origin = origin_of(delivery.payload)};
}

template <class T, Result<T> (*make)(Delivery)>
detail::Prepared<T> prepare_reception(const std::shared_ptr<FdSocket>& socket, const ReceiveOptions& options) {
  return {std::make_shared<FdReception>(socket, options), options.stop, [](process::Operation& operation) {
            auto& reception = static_cast<FdReception&>(operation);
            Result<Delivery> delivery = reception.take();
            if (!delivery) return Result<T>(delivery.error());
            Result<T> made = make(std::move(*delivery));
            return made ? std::move(made) : Result<T>(reception.describe(made.error()));
          }};
}

template <class Socket, class Make>
Result<Socket> wrap(Result<std::shared_ptr<FdSocket>> socket, Make make) {
  if (!socket) return socket.error();
  return make(std::move(*socket));
}

}  // namespace

ConsoleSocket::ConsoleSocket(std::shared_ptr<FdSocket> socket) noexcept : socket_(std::move(socket)) {}
ConsoleSocket::ConsoleSocket(ConsoleSocket&& other) noexcept = default;
ConsoleSocket& ConsoleSocket::operator=(ConsoleSocket&& other) noexcept = default;
ConsoleSocket::~ConsoleSocket() = default;

Result<ConsoleSocket> ConsoleSocket::at(const std::filesystem::path& path) {
  return wrap<ConsoleSocket>(FdSocket::at(path), [](auto socket) { return ConsoleSocket(std::move(socket)); });
}
Result<ConsoleSocket> ConsoleSocket::temporary() {
  return wrap<ConsoleSocket>(FdSocket::temporary(), [](auto socket) { return ConsoleSocket(std::move(socket)); });
}
const std::filesystem::path& ConsoleSocket::path() const noexcept { return socket_->path(); }
detail::Prepared<Console> ConsoleSocket::prepare(const ReceiveOptions& options) const {
  return prepare_reception<Console, console_of>(socket_, options);
}
Result<Console> ConsoleSocket::receive(const ReceiveOptions& options) const { return process::block(prepare(options)); }

PidfdSocket::PidfdSocket(std::shared_ptr<FdSocket> socket) noexcept : socket_(std::move(socket)) {}
PidfdSocket::PidfdSocket(PidfdSocket&& other) noexcept = default;
PidfdSocket& PidfdSocket::operator=(PidfdSocket&& other) noexcept = default;
PidfdSocket::~PidfdSocket() = default;

Result<PidfdSocket> PidfdSocket::at(const std::filesystem::path& path) {
  return wrap<PidfdSocket>(FdSocket::at(path), [](auto socket) { return PidfdSocket(std::move(socket)); });
}
Result<PidfdSocket> PidfdSocket::temporary() {
  return wrap<PidfdSocket>(FdSocket::temporary(), [](auto socket) { return PidfdSocket(std::move(socket)); });
}
const std::filesystem::path& PidfdSocket::path() const noexcept { return socket_->path(); }
detail::Prepared<PidfdMessage> PidfdSocket::prepare(const ReceiveOptions& options) const {
  return prepare_reception<PidfdMessage, pidfd_of>(socket_, options);
}
Result<PidfdMessage> PidfdSocket::receive(const ReceiveOptions& options) const {
  return process::block(prepare(options));
}

}  // namespace crunc
