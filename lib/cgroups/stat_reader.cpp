// SPDX-License-Identifier: Apache-2.0
// StatReader: a StatPlan that keeps its files open.

#include <crunc/cgroups/stat_reader.hpp>

#include "cgroups/stat_plan.hpp"

namespace crunc::cgroups {
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
  if (const Result<void> opened = reader.state_->plan.open_all(); !opened) return opened.error();
  return reader;
}

Result<void> StatReader::read(Sample& sample) { return state_->plan.read(sample); }
std::size_t StatReader::descriptors() const noexcept { return state_->plan.descriptors(); }

}  // namespace crunc::cgroups
