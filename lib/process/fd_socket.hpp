// SPDX-License-Identifier: Apache-2.0
// A socket at which a runtime delivers one file descriptor, and the operation of receiving it.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <crunc/error.hpp>
#include <crunc/socket.hpp>

#include "process/operation.hpp"
#include "sys/fd.hpp"

namespace crunc::process {

/// A listening socket and its place in the file system, which goes with it, or with the first connection.
class FdSocket {
 public:
  [[nodiscard]] static Result<std::shared_ptr<FdSocket>> at(const std::filesystem::path& path);
  [[nodiscard]] static Result<std::shared_ptr<FdSocket>> temporary();
  FdSocket(const FdSocket&) = delete;
  FdSocket& operator=(const FdSocket&) = delete;
  ~FdSocket();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] int fd() const noexcept { return listener_.get(); }
  [[nodiscard]] bool has_accepted() const noexcept { return !named_; }

  /// The one connection; EAGAIN when there is none yet.
  [[nodiscard]] sys::SysResult<sys::Fd> accept();

 private:
  FdSocket(std::filesystem::path path, sys::Fd listener) : path_(std::move(path)), listener_(std::move(listener)) {}
  void remove_name() noexcept;

  std::filesystem::path path_;
  sys::Fd listener_;
  std::string directory_{};  ///< to be removed, too
  std::atomic<bool> named_ = true;
};

/// What came: exactly one descriptor and its non-empty payload.
struct Delivery {
  sys::Fd fd{};
  std::string payload{};
};

/// The operation of receiving it.
class FdReception final : public Operation {
 public:
  FdReception(std::shared_ptr<FdSocket> socket, const ReceiveOptions& options)
      : socket_(std::move(socket)), runtime_(options.runtime), timeout_(options.timeout) {}

  bool step() override;
  [[nodiscard]] Interest interest() const override;
  void cancel(Urgency urgency) override;

  /// Valid once step() has said that it is over.
  [[nodiscard]] Result<Delivery> take() noexcept { return std::move(*result_); }
  /// An Error about what was delivered.
  [[nodiscard]] Error describe(Error error) const;

 private:
  void begin();
  void look_for_end();
  void accept();
  void receive();
  void judge(Delivery delivery, std::size_t fds, bool fds_lost);
  void fail(Errc code, const std::string& reason, std::error_code system = {});

  std::shared_ptr<FdSocket> socket_;
  std::optional<RuntimeProcess> runtime_;
  Timeout timeout_;
  bool begun_ = false;
  std::optional<Clock::time_point> deadline_{};
  std::optional<Clock::time_point> last_chance_{};  ///< of what the runtime left behind; set once that has ended
  sys::Fd connection_{};
  std::optional<Result<Delivery>> result_{};
};

}  // namespace crunc::process
