// SPDX-License-Identifier: Apache-2.0
// Pipes, outlets and loggers of one process.

#include "task/streams.hpp"

#include <fcntl.h>

#include <utility>

#include "sys/proc_stat.hpp"
#include "task/named_pipe.hpp"
#include "task/outlet.hpp"
#include "task/pipe.hpp"
#include "task/source.hpp"

namespace crunc::task {
namespace {

bool is_same_program(const Sink& a, const Sink& b) {
  return a.kind() == Sink::Kind::logger && b.kind() == Sink::Kind::logger && a.command().argv == b.command().argv &&
         a.command().environment == b.command().environment;
}

Result<sys::Fd> copy_of(int fd, const char* what) {
  sys::SysResult<sys::Fd> copy = sys::duplicate(fd);
  if (!copy) return Error(Errc::system_error, std::string("duplicate the descriptor of ") + what, copy.error());
  return std::move(*copy);
}

bool is_alive(const ProcessName& name) {
  if (name.pid <= 0) return false;
  const sys::SysResult<sys::ProcStat> stat = sys::read_proc_stat(name.pid);
  return stat && stat->start_ticks == name.start_ticks && !stat->is_dead();
}

}  // namespace

bool Streams::needs_pipe(Output which) const noexcept {
  if (io_.terminal) return which == out && sink(which).kind() == Sink::Kind::logger;
  return sink(which).kind() != Sink::Kind::stream;
}

bool Streams::needs_input_pipe() const noexcept { return io_.in.kind() == Source::Kind::pipe && !io_.terminal; }

Result<void> Streams::make() {
  for (const Output which : {out, err}) {
    if (sink(which).kind() == Sink::Kind::stream && sink(which).stream().kind() == Stream::Kind::capture) {
      return Error(Errc::invalid_argument, "a sink cannot be Stream::capture(), which belongs to a call");
    }
  }
  if (Result<void> made = make_input(); !made) return made;
  for (const Output which : {out, err}) {
    if (!needs_pipe(which)) continue;
    if (Result<void> made = make_output(which); !made) return made;
  }
  return {};
}

Result<void> Streams::make_input() {
  if (!needs_input_pipe()) return hold_fifo();
  Result<TaskPipe> pipe = make_input_pipe(io_.owner);
  if (!pipe) return pipe.error();
  inodes_[0] = pipe->inode;
  childs_[0] = std::move(pipe->childs);
  held_input_ = std::move(pipe->ours);
  return {};
}

Result<void> Streams::hold_fifo() {
  if (io_.in.kind() != Source::Kind::fifo) return {};
  Result<sys::Fd> held = open_held(io_.in.path().string());
  if (!held) return held.error();
  held_input_ = std::move(*held);
  return {};
}

Result<void> Streams::make_output(Output which) {
  // A terminal's output is written to its logger by us, and a logger that is gone must not keep the terminal waiting.
  Result<TaskPipe> pipe = io_.terminal ? make_input_pipe({}) : make_output_pipe(io_.owner);
  if (!pipe) return pipe.error();
  if (io_.terminal) {
    writing_ = std::move(pipe->ours);
    return lead(which, std::move(pipe->childs));
  }
  inodes_[index(which)] = pipe->inode;
  childs_[index(which)] = std::move(pipe->childs);
  return lead(which, std::move(pipe->ours));
}

/// What is read there goes to the sink.
Result<void> Streams::lead(Output which, sys::Fd reader) {
  if (sink(which).kind() == Sink::Kind::logger) {
    logged_[which] = std::move(reader);
    return {};
  }
  Result<std::unique_ptr<Outlet>> outlet = make_outlet(sink(which));
  if (!outlet) return outlet.error();
  (which == out ? pumps_.out : pumps_.err).emplace(std::move(reader), std::move(*outlet));
  return {};
}

Result<void> Streams::take_up(const ProcessRecord& record, const std::vector<pid_t>& pids) {
  if (io_.terminal) return {};  // the kernel hung it up as the supervisor ended
  inodes_ = record.pipes;
  loggers_ = record.loggers;
  if (!record.stdin_is_closed) {
    if (Result<void> held = hold_fifo(); !held) return held;
    if (needs_input_pipe()) {
      Result<sys::Fd> found = find_pipe(inodes_[0], pids, O_RDWR);
      if (!found) return found.error();
      held_input_ = std::move(*found);
    }
  }
  for (const Output which : {out, err}) {
    // A logger that lives reads by itself, and what two read each has but half of.
    if (!needs_pipe(which) || is_alive(loggers_[which])) continue;
    Result<sys::Fd> found = find_pipe(inodes_[index(which)], pids, O_RDONLY);
    if (!found) return found.error();
    if (!*found) continue;  // nobody has it open any more
    if (Result<void> led = lead(which, std::move(*found)); !led) return led;
  }
  return {};
}

std::optional<Streams::LoggerPlan> Streams::next_logger() {
  for (const Output which : {out, err}) {
    if (!logged_[which]) continue;
    LoggerPlan plan{.command = sink(which).command()};
    const bool is_both = which == out && logged_[err] && is_same_program(io_.out, io_.err);
    planned_ = {which == out, which == err || is_both};
    for (const Output each : {out, err}) {
      if (planned_[each]) plan.inputs[each] = std::move(logged_[each]);
    }
    return plan;
  }
  return std::nullopt;
}

void Streams::took_logger(const ProcessName& name) {
  for (const Output which : {out, err}) {
    if (planned_[which]) loggers_[which] = name;
  }
}

Io Streams::take_for_runtime() {
  if (io_.terminal) return {.err = Stream::capture()};
  const auto one = [this](std::size_t which, const Stream& otherwise) {
    return childs_[which] ? Stream::hand_over(childs_[which].release()) : otherwise;
  };
  const Stream in = io_.in.kind() == Source::Kind::fifo ? Stream::fifo(io_.in.path()) : io_.in.stream();
  return {.in = one(0, in), .out = one(1, io_.out.stream()), .err = one(2, io_.err.stream())};
}

Result<void> Streams::take(Console console) {
  if (io_.size != Winsize{}) {
    if (Result<void> sized = console.resize(io_.size); !sized) return sized;
  }
  Result<std::unique_ptr<Outlet>> outlet =
      writing_ ? make_outlet(std::move(writing_), "the pipe of the logger") : make_outlet(io_.out);
  if (!outlet) return outlet.error();
  Result<sys::Fd> master = copy_of(console.fd(), "the terminal");
  if (!master) return master.error();
  pumps_.out.emplace(std::move(*master), std::move(*outlet));
  if (Result<void> pumped = pump_input_to(console); !pumped) return pumped;
  console_ = std::make_shared<const Console>(std::move(console));
  return {};
}

Result<void> Streams::pump_input_to(const Console& console) {
  const bool is_fifo = io_.in.kind() == Source::Kind::fifo;
  if (!is_fifo && io_.in.stream().kind() == Stream::Kind::null) return {};  // a pipe's is null, too
  Result<sys::Fd> master = copy_of(console.fd(), "the terminal");
  if (!master) return master.error();
  Result<std::unique_ptr<Outlet>> outlet = make_outlet(std::move(*master), "the terminal");
  if (!outlet) return outlet.error();
  if (is_fifo) {
    Result<sys::Fd> copy = copy_of(held_input_.get(), "the fifo of the input");
    if (!copy) return copy.error();
    pumps_.in.emplace(std::move(*copy), std::move(*outlet));
    return {};
  }
  Result<sys::BorrowedStream> source = open_source(io_.in.stream());
  if (!source) return source.error();
  pumps_.in.emplace(std::move(*source), std::move(*outlet));
  return {};
}

}  // namespace crunc::task
