// SPDX-License-Identifier: Apache-2.0
// StatReader: a StatPlan that keeps its files open.

#include <crunc/cgroups/stat_reader.hpp>

#include "cgroups/stat_plan.hpp"

namespace crunc::cgroups {
namespace {

bool lacks_descriptors(const StatError& failed) noexcept {
  return failed.error.system == std::errc::too_many_files_open ||
         failed.error.system == std::errc::too_many_files_open_in_system;
}

}  // namespace

class StatReader::State {
 public:
  State(const Directories& directories, StatMask mask) : plan(directories, mask, KeepOpen::yes) {}
  StatPlan plan;
};

StatReader::StatReader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
StatReader::StatReader(StatReader&& other) noexcept = default;
StatReader& StatReader::operator=(StatReader&& other) noexcept = default;
StatReader::~StatReader() = default;

Result<StatReader> StatReader::open(const Directories& directories, StatMask mask) {
  StatReader reader(std::make_unique<State>(directories, mask));
  // Which of several ways to the same numbers there are shows as they are read.
  Sample first;
  const Result<void> read = reader.read(first);
  for (const StatError& failed : first.errors) {
    if (lacks_descriptors(failed)) return failed.error;
  }
  if (!read && read.error().code == Errc::cgroup_gone) return read.error();
  return reader;
}

Result<void> StatReader::read(Sample& sample) { return state_->plan.read(sample); }
std::size_t StatReader::descriptors() const noexcept { return state_->plan.descriptors(); }

}  // namespace crunc::cgroups
