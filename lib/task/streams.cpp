// SPDX-License-Identifier: Apache-2.0
// Named pipes, outlets and loggers of one process.

#include "task/streams.hpp"

#include <fcntl.h>

#include <utility>

#include "sys/calls.hpp"
#include "sys/proc_stat.hpp"
#include "task/named_pipe.hpp"
#include "task/outlet.hpp"
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

Streams::Streams(const std::string& directory, const std::string& stem, TaskIo io)
    : stem_(directory + "/" + stem), io_(std::move(io)) {}

bool Streams::needs_pipe(Output which) const noexcept {
  if (io_.terminal) return which == out && sink(which).kind() == Sink::Kind::logger;
  return sink(which).kind() != Sink::Kind::stream;
}

Result<void> Streams::make() {
  if (Result<void> made = make_input(); !made) return made;
  for (const Output which : {out, err}) {
    if (!needs_pipe(which)) continue;
    if (Result<void> made = make_named_pipe(pipe(name_of(which)), io_.owner); !made) return made;
    if (Result<void> opened = open_output(which); !opened) return opened;
  }
  return {};
}

Result<void> Streams::make_input() {
  if (io_.in.kind() == Source::Kind::pipe && !io_.terminal) {
    if (Result<void> made = make_named_pipe(pipe(".in"), io_.owner); !made) return made;
  }
  return open_input();
}

Result<void> Streams::open_input() {
  const bool is_fifo = io_.in.kind() == Source::Kind::fifo;
  if (!is_fifo && (io_.in.kind() != Source::Kind::pipe || io_.terminal)) return {};
  Result<sys::Fd> held = open_held(is_fifo ? io_.in.path().string() : pipe(".in"));
  if (!held) return held.error();
  held_input_ = std::move(*held);
  return {};
}

Result<void> Streams::open_output(Output which) {
  const std::string path = pipe(name_of(which));
  Result<sys::Fd> reader = open_reader(path);
  if (!reader) return reader.error();
  if (sink(which).kind() == Sink::Kind::logger) {
    logged_[which] = std::move(*reader);
    if (!io_.terminal) return {};
    Result<sys::Fd> writer = open_held(path);
    if (!writer) return writer.error();
    writing_[which] = std::move(*writer);
    return {};
  }
  Result<std::unique_ptr<Outlet>> outlet = make_outlet(sink(which));
  if (!outlet) return outlet.error();
  (which == out ? pumps_.out : pumps_.err).emplace(std::move(*reader), std::move(*outlet));
  return {};
}

Result<void> Streams::take_up(const ProcessRecord& record) {
  if (io_.terminal) return {};  // the kernel hung it up as the supervisor ended
  if (!record.stdin_is_closed) {
    if (Result<void> opened = open_input(); !opened) return opened;
  }
  loggers_ = record.loggers;
  for (const Output which : {out, err}) {
    // A logger that lives reads by itself, and what two read each has but half of.
    if (!needs_pipe(which) || is_alive(loggers_[which])) continue;
    if (Result<void> opened = open_output(which); !opened) return opened;
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

Io Streams::for_runtime() const {
  if (io_.terminal) return {.err = Stream::capture()};
  const auto output = [this](Output which) {
    return needs_pipe(which) ? Stream::fifo(pipe(name_of(which))) : sink(which).stream();
  };
  Stream in = io_.in.stream();
  if (io_.in.kind() == Source::Kind::fifo) in = Stream::fifo(io_.in.path());
  if (io_.in.kind() == Source::Kind::pipe) in = Stream::fifo(pipe(".in"));
  return {.in = std::move(in), .out = output(out), .err = output(err)};
}

Result<void> Streams::take(Console console) {
  if (io_.size != Winsize{}) {
    if (Result<void> sized = console.resize(io_.size); !sized) return sized;
  }
  Result<std::unique_ptr<Outlet>> outlet =
      writing_[out] ? make_outlet(std::move(writing_[out]), pipe(name_of(out))) : make_outlet(io_.out);
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

void Streams::remove() const noexcept {
  for (const char* const name : {".in", ".out", ".err"}) sys::calls().unlink(pipe(name).c_str());
}

}  // namespace crunc::task
