// SPDX-License-Identifier: Apache-2.0
//
// A Manager of systemd on a private bus, without units behind it: it keeps what it is asked, answers as systemd 252
// was seen to, and misbehaves as it is told.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <systemd/sd-bus.h>

namespace crunc::test {

/// How it behaves; may be changed at any time.
struct Behaviour {
  std::string version = "252.39-1~deb12u2";
  std::string root{};                          ///< the property ControlGroup
  std::string job_result = "done";             ///< of start jobs
  bool holds_jobs = false;                     ///< they are not done until this is false again
  bool is_silent = false;                      ///< jobs are done without a signal
  std::set<std::string> unknown_properties{};  ///< refused as systemd does
  std::map<std::string, std::pair<std::string, std::string>> refused{};  ///< method: the name and the words of an error
  bool leaves_at_start = false;  ///< makes the unit and loses its connection before it answers; once
};

struct FakeUnit {
  std::string active_state = "active";
  std::string result = "success";
  std::map<std::string, std::string> properties{};  ///< "t 5", "s text", "au 1 2"
};

class FakeSystemd {
 public:
  explicit FakeSystemd(std::string address, Behaviour behaviour = {});
  ~FakeSystemd();
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;

  void behave(Behaviour behaviour);
  void put(const std::string& unit, FakeUnit state);
  [[nodiscard]] FakeUnit unit(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& unit) const;
  /// What was asked, in order: the method and its first words.
  [[nodiscard]] std::vector<std::string> calls() const;
  /// Off the bus and on it again.
  void disconnect();
  void connect();

 private:
  struct Methods;
  friend struct Methods;
  void serve();
  void finish_jobs();
  void finish(std::string job);

  const std::string address_;
  mutable std::mutex mutex_{};
  Behaviour behaviour_;
  std::map<std::string, FakeUnit> units_{};
  std::map<std::string, std::pair<std::string, bool>> jobs_{};  ///< by path: the unit, and whether it is to be started
  std::vector<std::string> calls_{};
  unsigned last_job_ = 0;
  sd_bus* bus_ = nullptr;
  bool must_leave_ = false;
  bool must_end_ = false;
  std::thread thread_{};
};

}  // namespace crunc::test
