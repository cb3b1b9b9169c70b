// SPDX-License-Identifier: Apache-2.0
// Lists of processors and memory nodes, as the kernel reads them, to bits.

#include <algorithm>

#include "cgroups/parse.hpp"
#include "cgroups/systemd/property_list.hpp"
#include "core/text.hpp"

namespace crunc::cgroups::systemd {
namespace {

constexpr std::string_view separators = ", \t\n";
/// Beyond what any kernel can be built for, and what systemd takes.
constexpr std::uint32_t most_numbers = 8192;

void set_bit(std::vector<std::uint8_t>& mask, std::uint32_t bit) {
  mask.resize(std::max(mask.size(), std::size_t{bit} / 8 + 1));
  mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 1U << bit % 8);
}

/// "3", "0-7", or "0-31:2/4": of each 4 the first 2.
bool set_region(std::vector<std::uint8_t>& mask, std::string_view region) {
  const auto [range, groups] = split_at(region, ':');
  const auto [low, high] = split_at(range, '-');
  const bool is_range = low.size() != range.size();
  const bool is_grouped = range.size() != region.size();
  const auto first = core::parse_number<std::uint32_t>(low);
  const auto last = is_range ? core::parse_number<std::uint32_t>(high) : first;
  if (!first || !last || *first > *last || *last >= most_numbers || (is_grouped && !is_range)) return false;
  std::uint32_t used = 1;
  std::uint32_t size = 1;
  if (is_grouped) {
    const auto [a, b] = split_at(groups, '/');
    const auto group_used = core::parse_number<std::uint32_t>(a);
    const auto group_size = core::parse_number<std::uint32_t>(b);
    if (!group_used || !group_size || *group_size == 0 || *group_used > *group_size) return false;
    used = *group_used;
    size = *group_size;
  }
  for (std::uint32_t number = *first; number <= *last; ++number) {
    if ((number - *first) % size < used) set_bit(mask, number);
  }
  return true;
}

}  // namespace

std::optional<std::vector<std::uint8_t>> number_mask(std::string_view list) {
  std::vector<std::uint8_t> mask;
  while (true) {
    list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
    if (list.empty()) return mask;
    const std::string_view region = list.substr(0, list.find_first_of(separators));
    if (!set_region(mask, region)) return std::nullopt;
    list.remove_prefix(region.size());
  }
}

}  // namespace crunc::cgroups::systemd
