// SPDX-License-Identifier: Apache-2.0
//
// What tests of Task have in common: a loop of their own, whose end leaves no descriptor open, and the events, kept.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <crunc/async.hpp>
#include <crunc/oci/process.hpp>
#include <crunc/task.hpp>

namespace crunc::test {

/// An io_context with threads that run it. Declare it before the tasks that use it.
class Loop {
 public:
  explicit Loop(int threads = 2) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { context_.run(); });
    }
  }
  ~Loop() {
    work_.reset();
    for (std::thread& each : threads_) each.join();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  [[nodiscard]] Executor executor() { return context_.get_executor(); }
  [[nodiscard]] boost::asio::io_context& context() { return context_; }

 private:
  boost::asio::io_context context_{};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  std::vector<std::thread> threads_{};
};

/// Keeps the events of a task.
class EventLog {
 public:
  [[nodiscard]] std::function<void(const TaskEvent&)> sink() {
    return [this](const TaskEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
      changed_.notify_all();
    };
  }
  [[nodiscard]] std::vector<TaskEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  /// Each as "kind" or "kind process".
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const TaskEvent& each : events()) {
      result.push_back(to_string(each.kind) + (each.process.empty() ? "" : " " + each.process));
    }
    return result;
  }
  [[nodiscard]] std::optional<TaskEvent> find(TaskEvent::Kind kind, const std::string& process = {}) const {
    const std::vector<TaskEvent> all = events();
    const auto found =
        std::ranges::find_if(all, [&](const TaskEvent& each) { return each.kind == kind && each.process == process; });
    return found != all.end() ? std::optional(*found) : std::nullopt;
  }
  /// Wait until there is one, at most a minute.
  bool wait_for(TaskEvent::Kind kind, const std::string& process = {}) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] {
      return std::ranges::any_of(events_,
                                 [&](const TaskEvent& each) { return each.kind == kind && each.process == process; });
    });
  }

 private:
  mutable std::mutex mutex_{};
  std::condition_variable changed_{};
  std::vector<TaskEvent> events_{};
};

/// Keeps what a sink is given.
class Collected {
 public:
  [[nodiscard]] Sink sink() {
    return Sink::callback([this](std::string_view bytes) {
      const std::lock_guard lock(mutex_);
      text_ += bytes;
      changed_.notify_all();
    });
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  /// Wait until it contains `wanted`, at most a minute.
  bool wait_for(std::string_view wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return text_.find(wanted) != std::string::npos; });
  }

 private:
  mutable std::mutex mutex_{};
  std::condition_variable changed_{};
  std::string text_{};
};

/// A process that runs this script of sh(1) in a container.
[[nodiscard]] inline Exactly<oci::Process> script(const std::string& text, bool terminal = false) {
  oci::Process process;
  process.args = {"/bin/sh", "-c", text};
  process.cwd = "/";
  process.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"};
  if (terminal) process.terminal = true;
  return process;
}

}  // namespace crunc::test
