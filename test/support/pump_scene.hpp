// SPDX-License-Identifier: Apache-2.0
//
// A pump between a source and an outlet that does what a test wants. For suites that see the library's inside.
#pragma once

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "process/async_driver.hpp"
#include "support/raw_fifo.hpp"
#include "support/temp_dir.hpp"
#include "task/named_pipe.hpp"
#include "task/pump.hpp"

namespace crunc::test {

/// Keeps what it takes; has so much room, or fails.
class Basket final : public task::Outlet {
 public:
  Result<std::size_t> write(std::string_view bytes) override {
    if (on_write) on_write();
    if (failure) return *failure;
    const std::size_t taken = std::min(room, bytes.size());
    got += bytes.substr(0, taken);
    room -= taken;
    return taken;
  }
  int waits_for() const noexcept override { return gate_.get(); }

  std::string got{};
  std::size_t room = SIZE_MAX;
  std::optional<Error> failure{};
  std::function<void()> on_write{};

 private:
  sys::Fd gate_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};  // always writable
};

/// A named pipe with a pump behind it.
struct PumpScene {
  PumpScene() { test::make_fifo(path); }
  explicit PumpScene(sys::Fd source) { install(std::move(source)); }

  task::Pump& start() {
    install(task::open_reader(path).value());
    return *pump;
  }
  sys::Fd open_writer() const { return test::open_fifo_writer(path); }
  /// As a process has it.
  sys::Fd open_blocking_writer() const {
    sys::Fd writer = open_writer();
    REQUIRE(::fcntl(writer.get(), F_SETFL, 0) == 0);
    return writer;
  }

  const TempDir dir{};
  const std::string path = dir / "out";
  std::optional<task::Pump> pump{};
  Basket* basket = nullptr;

 private:
  void install(sys::Fd source) {
    auto outlet = std::make_unique<Basket>();
    basket = outlet.get();
    pump.emplace(std::move(source), std::move(outlet));
  }
};

/// Drives a pump until `is_done`; what the process does comes from elsewhere.
class PumpDrive final : public process::Operation {
 public:
  PumpDrive(task::Pump& pump, std::function<bool()> is_done) : pump_(pump), is_done_(std::move(is_done)) {}
  bool step() override {
    ++steps;
    pump_.step();
    return is_done_();
  }
  process::Interest interest() const override {
    process::Interest result;
    if (const int fd = pump_.reads(); fd >= 0) result.add(fd);
    if (const int fd = pump_.writes(); fd >= 0) result.add(fd, process::Readiness::writable);
    if (const auto when = pump_.looks_again()) result.add(*when);
    return result;
  }
  void cancel(process::Urgency) override {}
  int steps = 0;

 private:
  task::Pump& pump_;
  std::function<bool()> is_done_;
};

struct StopContext final : process::Done {
  explicit StopContext(boost::asio::io_context& to_stop) : context(to_stop) {}
  void operator()() override { context.stop(); }
  boost::asio::io_context& context;
};

inline void drive_blocking(const std::shared_ptr<PumpDrive>& operation) { process::drive(*operation, {}); }
inline void drive_by_asio(const std::shared_ptr<PumpDrive>& operation) {
  boost::asio::io_context context;
  const auto guard = boost::asio::make_work_guard(context);
  std::make_shared<process::AsyncDriver>(operation, context.get_executor())
      ->start({}, std::make_unique<StopContext>(context));
  context.run();
}

}  // namespace crunc::test
