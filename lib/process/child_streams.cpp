// SPDX-License-Identifier: Apache-2.0
// From what a stream is to be, to an open descriptor.

#include "process/child_streams.hpp"

#include <algorithm>
#include <cerrno>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

#include "sys/calls.hpp"

namespace crunc {

/// A descriptor that belongs to no call yet, or to one that has begun.
class Stream::HandedOver {
 public:
  explicit HandedOver(sys::Fd fd) noexcept : fd_(std::move(fd)) {}
  [[nodiscard]] int fd() const noexcept {
    const std::lock_guard lock(mutex_);
    return fd_.get();
  }
  void close() noexcept {
    const std::lock_guard lock(mutex_);
    fd_.reset();
  }

 private:
  mutable std::mutex mutex_;
  sys::Fd fd_;
};

Stream Stream::hand_over(int fd) {
  Stream stream(Kind::handed_over, fd);
  stream.handed_over_ = std::make_shared<HandedOver>(sys::Fd(fd));
  return stream;
}

Result<StreamPipe> StreamPipe::make(bool child_reads, const std::optional<StreamOwner>& owner) {
  int ends[2];
  if (sys::calls().pipe2(ends, O_CLOEXEC) != 0) return Error(Errc::system_error, "create a pipe", sys::last_error());
  sys::Fd reader(ends[0]);
  sys::Fd writer(ends[1]);
  if (owner && sys::calls().fchown(reader.get(), owner->uid, owner->gid) != 0) {
    return Error(Errc::system_error, "give a pipe to user " + std::to_string(owner->uid), sys::last_error());
  }
  sys::Fd& mine = child_reads ? writer : reader;
  sys::Fd& childs = child_reads ? reader : writer;
  return StreamPipe(mine.release(), Stream::hand_over(childs.release()));
}

void StreamPipe::close() noexcept {
  if (fd_ >= 0) sys::calls().close(std::exchange(fd_, -1));
}

namespace process {
namespace {

constexpr mode_t log_mode = 0644;

/// Neither waits for the other side. Opened for both, a fifo is its own reader: a write does not fail for want of one
/// (fifo(7)).
sys::SysResult<sys::Fd> open_fifo(const char* path, bool reads) {
  sys::SysResult<sys::Fd> fifo = sys::open_file(path, reads ? O_RDONLY | O_NONBLOCK : O_RDWR);
  if (fifo && reads && sys::calls().fcntl(fifo->get(), F_SETFL, 0) != 0) return sys::last_error();
  return fifo;
}

std::string name_of(const Stream& stream, std::size_t index) {
  constexpr std::array names{"stdin", "stdout", "stderr"};
  std::string name = names[index];
  if (stream.kind() == Stream::Kind::file || stream.kind() == Stream::Kind::fifo) {
    name += ": open " + stream.path().string();
  }
  return name;
}

}  // namespace

std::optional<SpawnFailure> ChildStreams::open(const Command& command) {
  for (std::size_t i = 0; i < command.streams.size(); ++i) {
    const Stream& stream = command.streams[i].stream;
    // What stands in for its caller leaves the streams to exec: a closed one stays closed.
    if (command.stand_in && stream.kind() == Stream::Kind::inherit) continue;
    const sys::SysResult<int> from = open_one(stream, i);
    if (!from) return SpawnFailure{sys::SpawnStage::prepare, from.error(), name_of(stream, i)};
    mappings_.push_back({*from, static_cast<int>(i)});
  }
  mappings_.insert(mappings_.end(), command.fds.begin(), command.fds.end());
  if (command.ready_fd != 0) {
    const sys::SysResult<int> from = capture(ready);
    if (!from) return SpawnFailure{sys::SpawnStage::prepare, from.error()};
    mappings_.push_back({*from, command.ready_fd});
  }
  std::ranges::sort(mappings_, {}, &sys::FdMapping::to);
  return std::nullopt;
}

void ChildStreams::close_handed_over(const Command& command) noexcept {
  for (const StreamPlan& plan : command.streams) plan.stream.close_handed_over();
}

sys::SysResult<int> ChildStreams::open_one(const Stream& stream, std::size_t index) {
  const auto number = static_cast<int>(index);
  const bool reads = index == STDIN_FILENO;
  switch (stream.kind()) {
    case Stream::Kind::descriptor: return stream.fd();
    case Stream::Kind::handed_over:
      if (stream.fd() < 0) return sys::make_error(EBADF);
      return stream.fd();
    case Stream::Kind::inherit:
      // A stream that this process itself has closed is /dev/null for the child, not some other descriptor.
      if (sys::calls().fcntl(number, F_GETFD, 0) >= 0) return number;
      return null_device();
    case Stream::Kind::capture: return reads ? null_device() : capture(readers[index]);
    case Stream::Kind::file:
      return keep(reads ? sys::open_file(stream.path().c_str(), O_RDONLY)
                        : sys::open_file(stream.path().c_str(), O_WRONLY | O_CREAT | O_APPEND, log_mode));
    case Stream::Kind::fifo: return keep(open_fifo(stream.path().c_str(), reads));
    case Stream::Kind::null: break;
  }
  return null_device();
}

sys::SysResult<int> ChildStreams::keep(sys::SysResult<sys::Fd> opened) {
  if (!opened) return opened.error();
  child_ends_.push_back(std::move(*opened));
  return child_ends_.back().get();
}

sys::SysResult<int> ChildStreams::capture(sys::Fd& reader) {
  sys::SysResult<sys::Pipe> pipe = sys::make_capture_pipe();
  if (!pipe) return pipe.error();
  reader = std::move(pipe->reader);
  return keep(std::move(pipe->writer));
}

sys::SysResult<int> ChildStreams::null_device() {
  if (null_ < 0) {
    const sys::SysResult<int> opened = keep(sys::open_file("/dev/null", O_RDWR));
    if (!opened) return opened.error();
    null_ = *opened;
  }
  return null_;
}

}  // namespace process

int Stream::fd() const noexcept { return handed_over_ ? handed_over_->fd() : fd_; }

void Stream::close_handed_over() const noexcept {
  if (handed_over_) handed_over_->close();
}

}  // namespace crunc
