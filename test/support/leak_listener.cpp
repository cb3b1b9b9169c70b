// SPDX-License-Identifier: Apache-2.0
//
// A doctest listener that fails each test case which ends with other descriptors or children than it began
// with, and that counts the cases. It becomes active by being linked in: name it as a source, not by a static
// library.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

#include "leaks.hpp"
#include "tally.hpp"

namespace crunc::test {
namespace {

using namespace std::chrono_literals;

/// How long a completed operation may take to let go of what it held: its handler runs first.
constexpr auto patience = 1s;

std::string leaks_since(const ProcessSnapshot& before) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::string leaks = difference(before, ProcessSnapshot::take());
  while (!leaks.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(2ms);
    leaks = difference(before, ProcessSnapshot::take());
  }
  return leaks;
}

class LeakListener final : public doctest::IReporter {
 public:
  explicit LeakListener(const doctest::ContextOptions&) {}

  void test_run_start() override {
    Tally::instance().started = true;
    expect_descriptors_of_system_executor();
  }

  void test_case_start(const doctest::TestCaseData& test) override {
    test_ = &test;
    before_ = ProcessSnapshot::take();
  }

  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    const bool crashed = (stats.failure_flags & doctest::TestCaseFailureReason::Crash) != 0;
    const std::string leaks = crashed ? std::string() : leaks_since(before_);
    if (!leaks.empty()) fail(stats, leaks);
    Tally::instance().end_case(stats.testCaseSuccess);
  }

  void test_run_end(const doctest::TestRunStats& stats) override {
    const_cast<doctest::TestRunStats&>(stats).numTestCasesFailed += leaking_cases_;
  }

  void report_query(const doctest::QueryData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  /// doctest (2.4.9) has summed a case up before it tells the listeners of its end: a failure that is raised
  /// now is printed, but not counted. So its counts are corrected too; they are no constants behind the
  /// const.
  void fail(const doctest::CurrentTestCaseStats& stats, const std::string& leaks) {
    DOCTEST_ADD_FAIL_CHECK_AT(test_->m_file.c_str(), static_cast<int>(test_->m_line), "leaked:\n" << leaks);
    auto& counts = const_cast<doctest::CurrentTestCaseStats&>(stats);
    if (counts.testCaseSuccess) ++leaking_cases_;
    counts.testCaseSuccess = false;
    counts.failure_flags |= doctest::TestCaseFailureReason::AssertFailure;
  }

  const doctest::TestCaseData* test_ = nullptr;
  ProcessSnapshot before_;
  unsigned leaking_cases_ = 0;
};

REGISTER_LISTENER("leaks", 1, LeakListener);

}  // namespace
}  // namespace crunc::test
