// SPDX-License-Identifier: Apache-2.0
// A small shim: shim SOCKET DIRECTORY [RUNTIME]. It runs containers for whoever connects to SOCKET, one request a line,
// one answer a line:
//
//   create ID BUNDLE        start ID            exec ID EXEC_ID WORD...     kill ID SIGNAL      wait ID [EXEC_ID]
//   pause ID, resume ID     stats ID            list                        delete ID           events
//
// It may be killed at any time: the containers run on, and the next shim on DIRECTORY takes them up. What became of
// whom stands in DIRECTORY/journal, each exit once. Output goes to DIRECTORY/ID.log. Needs root.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <crunc/async.hpp>
#include <crunc/crunc.hpp>

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::use_awaitable;
using Socket = asio::local::stream_protocol::socket;
using Words = std::vector<std::string>;

/// What happened, on disk and to whoever listens. An exit that was written is not written again by a later shim.
class Journal {
 public:
  explicit Journal(const fs::path& path) {
    std::ifstream before(path);
    for (std::string line; std::getline(before, line);) written_.insert(line);
    file_.open(path, std::ios::app);
  }

  void add(const std::string& line) {
    if (line.starts_with("exited ") && !written_.insert(line).second) return;
    file_ << line << std::endl;
    std::erase_if(listeners_, [&](const std::shared_ptr<Socket>& each) {
      boost::system::error_code error;
      asio::write(*each, asio::buffer(line + "\n"), error);  // a listener that does not read is dropped
      return error.failed();
    });
  }

  void listen(std::shared_ptr<Socket> socket) {
    socket->non_blocking(true);
    listeners_.push_back(std::move(socket));
  }

 private:
  std::ofstream file_{};
  std::set<std::string> written_{};
  std::vector<std::shared_ptr<Socket>> listeners_{};
};

std::string name_exit(const std::string& id, const crunc::TaskProcess& process, const crunc::ExitStatus& status) {
  return "exited " + id + " " + (process.id().empty() ? "-" : process.id()) + " " + std::to_string(process.pid()) +
         " " + status.to_string();
}

class Shim {
 public:
  Shim(asio::io_context& io, fs::path directory, const std::string& runtime)
      : directory_(std::move(directory)),
        journal_(directory_ / "journal"),
        runc_({.command = runtime,
               .root = directory_ / "runtime",
               // A call that is under way goes with this process: the next shim puts right what it has left half-made.
               .parent_death_signal = SIGKILL,
               // Containers become children of this process, which so learns how they end on any kernel.
               .monitor = crunc::SubreaperMonitor::start().value(),
               .executor = io.get_executor()}) {}

  /// Take up what an earlier shim has left.
  asio::awaitable<void> take_up() {
    fs::create_directories(directory_ / "tasks");
    for (const auto& entry : fs::directory_iterator(directory_ / "tasks")) {
      const std::string id = entry.path().filename();
      const crunc::TaskOptions options = options_for(id);
      const auto task = co_await crunc::Task::async_reattach(runc_, options, use_awaitable);
      if (!task) {
        journal_.add("gone " + id + ": " + task.error().message());
        std::error_code is_not_empty;
        fs::remove(entry.path(), is_not_empty);
        continue;
      }
      tasks_.emplace(id, *task);
      std::vector<crunc::TaskProcess> processes = task->processes();
      processes.push_back(task->init());
      for (const crunc::TaskProcess& each : processes) {
        if (const auto status = each.exit_status()) journal_.add(name_exit(id, each, *status));
      }
    }
  }

  asio::awaitable<void> serve(std::shared_ptr<Socket> socket) {
    std::string text;
    for (;;) {
      const auto [error, size] =
          co_await asio::async_read_until(*socket, asio::dynamic_buffer(text), '\n', asio::as_tuple(use_awaitable));
      if (error) co_return;
      std::istringstream line(text.substr(0, size));
      text.erase(0, size);
      Words words;
      for (std::string word; line >> word;) words.push_back(word);
      if (words == Words{"events"}) co_return journal_.listen(std::move(socket));
      std::string answer = co_await handle(words);
      answer += "\n";
      co_await asio::async_write(*socket, asio::buffer(answer), use_awaitable);
    }
  }

 private:
  [[nodiscard]] crunc::TaskOptions options_for(const std::string& id) {
    crunc::TaskOptions options;
    options.directory = directory_ / "tasks" / id;
    const auto log = crunc::Sink::file(directory_ / (id + ".log"), {.max_bytes = 1 << 20, .keep = 2});
    options.io.out = log;
    options.io.err = log;
    options.on_event = [this, id](const crunc::TaskEvent& event) { tell(id, event); };
    return options;
  }

  void tell(const std::string& id, const crunc::TaskEvent& event) {
    const std::string process = event.process.empty() ? "-" : event.process;
    std::string line = std::string(to_string(event.kind)) + " " + id + " " + process;
    if (event.status) line += " " + std::to_string(event.pid) + " " + event.status->to_string();
    if (event.oom_kills > 0) line += " " + std::to_string(event.oom_kills);
    journal_.add(line);
  }

  template <class T>
  static std::string answer(const crunc::Result<T>& result) {
    return result ? "ok" : "error " + result.error().message();
  }

  asio::awaitable<std::string> handle(const Words& words) {
    if (words == Words{"list"}) {
      std::string ids = "ok";
      for (const auto& [id, task] : tasks_) ids += " " + id;
      co_return ids;
    }
    if (words.size() < 2) co_return "error what?";
    if (words[0] == "create" && words.size() == 3) co_return co_await create(words[1], words[2]);
    const auto found = tasks_.find(words[1]);
    if (found == tasks_.end()) co_return "error no container " + words[1];
    const crunc::Task task = found->second;
    if (words[0] == "stats") co_return stats(task);
    if (words[0] == "kill" && words.size() == 3) {
      const auto signal = crunc::Signal::parse(words[2]);
      co_return signal ? answer(task.kill(*signal)) : answer(signal);
    }
    if (words[0] == "exec" && words.size() > 3) co_return co_await exec(task, words);
    if (words[0] == "wait") co_return co_await wait(task, words);
    if (words[0] == "start") co_return answer(co_await task.async_start({}, use_awaitable));
    if (words[0] == "pause") co_return answer(co_await task.async_pause({}, use_awaitable));
    if (words[0] == "resume") co_return answer(co_await task.async_resume({}, use_awaitable));
    if (words[0] == "delete") {
      const crunc::TaskRemoveOptions options{.force = true};
      const auto removed = co_await task.async_remove(options, use_awaitable);
      if (removed) tasks_.erase(words[1]);
      co_return answer(removed);
    }
    co_return "error what?";
  }

  asio::awaitable<std::string> create(const std::string& id, const std::string& bundle) {
    const crunc::TaskOptions options = options_for(id);
    const auto made = co_await crunc::Task::async_create(runc_, id, bundle, options, use_awaitable);
    if (made) tasks_.emplace(id, *made);
    co_return answer(made);
  }

  static asio::awaitable<std::string> exec(const crunc::Task& task, const Words& words) {
    crunc::oci::Process process;
    process.args.assign(words.begin() + 3, words.end());
    process.cwd = "/";
    process.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    const crunc::TaskExecOptions options;
    co_return answer(co_await task.async_exec(words[2], process, options, use_awaitable));
  }

  static asio::awaitable<std::string> wait(const crunc::Task& task, const Words& words) {
    const auto process = words.size() > 2 ? task.process(words[2]) : std::optional(task.init());
    if (!process) co_return "error nothing was executed as " + words[2];
    const auto status = co_await process->async_wait({}, use_awaitable);
    co_return status ? "ok " + status->to_string() : answer(status);
  }

  static std::string stats(const crunc::Task& task) {
    const auto sample = task.stats(crunc::cgroups::StatMask::cri);
    if (!sample) return answer(sample);
    std::ostringstream text;
    text << "ok";
    if (sample->stats.memory && sample->stats.memory->usage) {
      text << " memory " << sample->stats.memory->usage->usage_bytes.value_or(0);
    }
    if (sample->stats.pids) text << " pids " << sample->stats.pids->current.value_or(0);
    return text.str();
  }

  const fs::path directory_;
  Journal journal_;
  const crunc::Runc runc_;
  std::map<std::string, crunc::Task> tasks_{};
};

asio::awaitable<void> accept(asio::io_context& io, Shim& shim, std::string path) {
  co_await shim.take_up();
  fs::remove(path);  // an earlier shim's
  asio::local::stream_protocol::acceptor acceptor(io, path);
  std::cout << "ready" << std::endl;
  for (;;) {
    auto socket = std::make_shared<Socket>(co_await acceptor.async_accept(use_awaitable));
    co_spawn(io, shim.serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::cerr << "shim SOCKET DIRECTORY [RUNTIME]\n";
    return 2;
  }
  try {
    asio::io_context io(1);
    fs::create_directories(argv[2]);
    Shim shim(io, fs::absolute(argv[2]), argc > 3 ? argv[3] : "runc");
    co_spawn(io, accept(io, shim, argv[1]), [](const std::exception_ptr& failed) {
      if (failed) std::rethrow_exception(failed);
    });
    io.run();
  } catch (const std::exception& error) {
    std::cerr << "shim: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
