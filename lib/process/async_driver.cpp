// SPDX-License-Identifier: Apache-2.0
// Asio around an Operation. Asio only waits; the operation does all reading and reaping itself, so a completion that
// comes for nothing (they exist, on contexts with several threads) does no harm.

#include "process/async_driver.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>

namespace crunc::process {

namespace asio = boost::asio;

namespace {

asio::posix::descriptor_base::wait_type wait_type(Readiness readiness) noexcept {
  if (readiness == Readiness::priority) return asio::posix::descriptor_base::wait_error;  // Asio's name for it
  return readiness == Readiness::writable ? asio::posix::descriptor_base::wait_write
                                          : asio::posix::descriptor_base::wait_read;
}

}  // namespace

/// A descriptor of the operation's, lent to the reactor. It is given back before the operation may close it.
struct AsyncDriver::Watch {
  Watch(const Strand& strand, int fd_to_watch) : fd(fd_to_watch), descriptor(strand) {}
  ~Watch() {
    if (descriptor.is_open()) descriptor.release();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  int fd;
  std::array<bool, 3> waiting{};  ///< for each Readiness
  asio::posix::basic_stream_descriptor<Strand> descriptor;
};

AsyncDriver::AsyncDriver(std::shared_ptr<Operation> operation, const asio::any_io_executor& executor)
    : operation_(std::move(operation)), strand_(asio::make_strand(executor)), timer_(strand_) {}

AsyncDriver::~AsyncDriver() = default;

void AsyncDriver::RequestStop::operator()() const {
  if (const auto alive = driver.lock()) alive->cancel(Urgency::polite);
}

void AsyncDriver::start(const std::stop_token& stop, std::unique_ptr<Done> done) {
  done_ = std::move(done);
  asio::post(strand_, [self = shared_from_this(), stop] {
    if (stop.stop_possible()) self->stop_callback_.emplace(stop, RequestStop{self});
    if (self->is_cancelled_) self->operation_->cancel(Urgency::polite);
    self->advance();
  });
}

void AsyncDriver::cancel(Urgency urgency) {
  is_cancelled_ = true;
  asio::post(strand_, [self = shared_from_this(), urgency] {
    if (self->over_) return;
    self->operation_->cancel(urgency);
    self->advance();
  });
}

void AsyncDriver::advance() {
  if (over_) return;
  if (operation_->step()) {
    finish();
  } else {
    arm();
  }
}

void AsyncDriver::arm() {
  const Interest interest = operation_->interest();
  for (std::size_t i = 0; i < interest.count; ++i) watch(interest.entries[i]);
  arm_timer(interest.until);
}

/// The descriptor as the reactor knows it, or nothing if the reactor will not have it.
AsyncDriver::Watch* AsyncDriver::find_watch(int fd) {
  const auto found = std::ranges::find(watches_, fd, [](const auto& each) { return each->fd; });
  if (found != watches_.end()) return found->get();
  auto fresh = std::make_unique<Watch>(strand_, fd);
  boost::system::error_code error;
  fresh->descriptor.assign(fd, error);
  if (error) return nullptr;
  return watches_.emplace_back(std::move(fresh)).get();
}

void AsyncDriver::watch(Interest::Entry entry) {
  Watch* const watch = find_watch(entry.fd);
  // The reactor will not have it (ENOMEM, ENOSPC): a pipe or process is then looked at now and then.
  if (watch == nullptr) return arm_timer(Clock::now() + std::chrono::milliseconds(20));
  bool& waiting = watch->waiting.at(static_cast<std::size_t>(entry.readiness));
  if (std::exchange(waiting, true)) return;
  watch->descriptor.async_wait(wait_type(entry.readiness),
                               [self = shared_from_this(), &waiting](const boost::system::error_code& error) {
                                 if (self->over_ || error == asio::error::operation_aborted) return;
                                 waiting = false;
                                 self->advance();
                               });
}

void AsyncDriver::arm_timer(std::optional<Clock::time_point> until) {
  if (!until || (timer_for_ && *timer_for_ <= *until)) return;
  timer_for_ = until;
  timer_.expires_at(*until);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return;
    self->timer_for_.reset();
    self->advance();
  });
}

void AsyncDriver::finish() {
  over_ = true;
  stop_callback_.reset();
  timer_.cancel();
  // Handlers that are aborted by this still hold the driver, but touch nothing once over_ is set.
  watches_.clear();
  operation_.reset();
  const std::unique_ptr<Done> done = std::move(done_);
  (*done)();
}

}  // namespace crunc::process
