// SPDX-License-Identifier: Apache-2.0
// The thread that lasts.

#include "process/spawner.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include <unistd.h>

#include "sys/children.hpp"

namespace crunc::process {
namespace {

class Spawner {
 public:
  Spawner() {
    std::thread([this] { work_for_ever(); }).detach();
  }
  [[nodiscard]] bool is_of_this_process() const noexcept { return owner_ == ::getpid(); }

  void run(const std::function<void()>& work) {
    Task task{work};
    std::unique_lock lock(mutex_);
    tasks_.push_back(&task);
    wakeup_.notify_one();
    task.finished.wait(lock, [&] { return task.is_done; });
  }

 private:
  struct Task {
    const std::function<void()>& work;
    bool is_done = false;
    std::condition_variable finished{};
  };

  [[noreturn]] void work_for_ever() {
    sys::block_all_signals();
    std::unique_lock lock(mutex_);
    for (;;) {
      wakeup_.wait(lock, [&] { return !tasks_.empty(); });
      Task* const task = tasks_.front();
      tasks_.pop_front();
      lock.unlock();
      task->work();
      lock.lock();
      task->is_done = true;
      task->finished.notify_one();
    }
  }

  const pid_t owner_ = ::getpid();
  std::mutex mutex_{};
  std::condition_variable wakeup_{};
  std::deque<Task*> tasks_{};
};

}  // namespace

void run_on_lasting_thread(const std::function<void()>& work) {
  // Never destroyed: its thread outlives main(). A forked process has the object, but not the thread.
  static std::atomic<Spawner*> present{nullptr};
  Spawner* spawner = present.load(std::memory_order_acquire);
  while (spawner == nullptr || !spawner->is_of_this_process()) {
    auto* const fresh = new Spawner;
    if (present.compare_exchange_strong(spawner, fresh, std::memory_order_acq_rel)) spawner = fresh;
    // A loser's thread has nothing to do, for ever: it costs a stack, once.
  }
  spawner->run(work);
}

}  // namespace crunc::process
