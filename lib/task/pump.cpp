// SPDX-License-Identifier: Apache-2.0
// The pump. It reads into the stack, so that a thousand that are idle need no memory for it.

#include "task/pump.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/calls.hpp"
#include "sys/pty.hpp"

namespace crunc::task {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t chunk_size = std::size_t{64} * 1024;  // the default capacity of a pipe
constexpr std::size_t most_at_once = 8 * chunk_size;
constexpr auto longest_pause_at_terminal = 200ms;
/// None of the container's can open a pipe again that nobody has open, for its path is not in there.
constexpr auto longest_pause_at_pipe = 5s;
/// More than the kernel keeps of what was written to a terminal: so much read after the end, and the rest is others'.
constexpr std::uint64_t more_than_a_pty_holds = std::uint64_t{256} * 1024;
constexpr std::uint64_t most_of_a_pipe = std::uint64_t{1024} * 1024;  // /proc/sys/fs/pipe-max-size

}  // namespace

Pump::Pump(sys::Fd source, std::unique_ptr<Outlet> outlet)
    : Pump(sys::BorrowedStream::own(std::move(source)), std::move(outlet)) {}

Pump::Pump(sys::BorrowedStream source, std::unique_ptr<Outlet> outlet)
    : source_(std::move(source)),
      outlet_(std::move(outlet)),
      kind_(kind_of(source_.fd())),
      hang_up_(kind_ == Kind::pipe ? longest_pause_at_pipe : longest_pause_at_terminal) {}

Pump::Kind Pump::kind_of(int fd) noexcept {
  struct stat status {};
  if (sys::calls().fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)) return Kind::pipe;
  return sys::terminal_kind(fd) == sys::TerminalKind::master ? Kind::terminal : Kind::other;
}

void Pump::step() {
  std::size_t moved = 0;
  while (has_settled_pending() && may_read() && moved < most_at_once) {
    const std::size_t got = fetch();
    if (got == 0) break;
    moved += got;
  }
  note_drained();
}

int Pump::reads() const noexcept { return pending_.empty() && !over_ && !hang_up_ ? source_.fd() : -1; }
int Pump::writes() const noexcept { return pending_.empty() ? -1 : outlet_->waits_for(); }

std::optional<process::Clock::time_point> Pump::looks_again() const noexcept {
  if (!pending_.empty()) return outlet_->looks_again();
  return over_ ? std::nullopt : hang_up_.next_look();
}

void Pump::process_ended() noexcept {
  process_ended_ = true;
  hang_up_.over();
  exhausted_ = over_;
  const int capacity = kind_ == Kind::pipe ? sys::calls().fcntl(source_.fd(), F_GETPIPE_SZ, 0) : -1;
  own_left_ = kind_ == Kind::pipe ? most_of_a_pipe : more_than_a_pty_holds;
  if (capacity > 0) own_left_ = static_cast<std::uint64_t>(capacity);
  note_drained();
}

std::optional<Lost> Pump::take_loss() {
  const std::unique_ptr<Lost> lost = std::move(lost_);
  return lost ? std::optional(std::move(*lost)) : std::nullopt;
}

bool Pump::has_settled_pending() {
  if (!pending_.empty()) handed_on_ += hand_on(std::string_view(pending_).substr(handed_on_));
  if (handed_on_ == pending_.size()) {
    std::string().swap(pending_);  // an assignment would keep its memory
    handed_on_ = 0;
  }
  note_drained();
  return pending_.empty();
}

bool Pump::may_read() const noexcept { return !over_ && !hang_up_.to_be_left_alone(); }

/// 0: there is nothing to be had now.
std::size_t Pump::fetch() {
  std::array<char, chunk_size> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  const ssize_t got = source_.read(buffer.data(), buffer.size());
  if (got <= 0) {
    found_nothing(got, errno);
    return 0;
  }
  hang_up_.over();
  const auto count = static_cast<std::size_t>(got);
  own_left_ -= std::min<std::uint64_t>(own_left_, count);
  exhausted_ = exhausted_ || (process_ended_ && own_left_ == 0);
  const std::size_t taken = hand_on({buffer.data(), count});
  pending_.assign(buffer.data() + taken, count - taken);
  return count;
}

/// How many of the bytes are dealt with: all, or what there was room for. What an outlet fails to take is lost.
std::size_t Pump::hand_on(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const Result<std::size_t> taken = outlet_->write(bytes.substr(done));
    if (!taken) {
      lose(bytes.size() - done, taken.error());
      return bytes.size();
    }
    done += *taken;
    if (outlet_->waits_for() >= 0 || outlet_->looks_again()) break;
  }
  return done;
}

void Pump::found_nothing(ssize_t got, int error) {
  if (got < 0 && error == EAGAIN) {
    hang_up_.over();
    exhausted_ = process_ended_;
    return;
  }
  const bool is_left = (kind_ == Kind::pipe && got == 0) || (kind_ == Kind::terminal && (got == 0 || error == EIO));
  if (is_left && !process_ended_) {
    const bool had_writers = kind_ == Kind::terminal || sys::is_hung_up(source_.fd());
    return had_writers ? hang_up_.found() : hang_up_.over();
  }
  // EIO: the terminal that was typed on is gone.
  const bool is_end = is_left || got == 0 || error == ECONNRESET || (kind_ == Kind::other && error == EIO);
  if (!is_end) lose(0, Error(Errc::system_error, "read what is to be handed on", sys::make_error(error)));
  end();
}

void Pump::end() noexcept {
  over_ = true;
  exhausted_ = process_ended_;
}

void Pump::lose(std::uint64_t bytes, const Error& error) {
  if (!lost_) lost_ = std::make_unique<Lost>(Lost{.bytes = 0, .error = error});
  lost_->bytes += bytes;
}

void Pump::note_drained() noexcept { drained_ = drained_ || (exhausted_ && pending_.empty()); }

}  // namespace crunc::task
