// SPDX-License-Identifier: Apache-2.0
// The formulas from v1's numbers to v2's.

#include <algorithm>
#include <cmath>

#include <crunc/cgroups/plan.hpp>

#include "cgroups/planner.hpp"
#include "core/text.hpp"

namespace crunc::cgroups {

std::uint64_t cpu_weight_from_shares(std::uint64_t shares, CpuWeightFormula formula) noexcept {
  constexpr std::uint64_t least = 2;
  constexpr std::uint64_t most = 262144;
  if (shares == 0) return 0;
  shares = std::clamp(shares, least, most);
  if (formula == CpuWeightFormula::linear) return 1 + (shares - least) * 9999 / (most - least);
  // The ends are no matter of rounding.
  if (shares == least) return 1;
  if (shares == most) return 10000;
  const double l = std::log2(static_cast<double>(shares));
  const double exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
  return static_cast<std::uint64_t>(std::ceil(std::pow(10, exponent)));
}

std::uint64_t io_weight_from_blkio(std::uint16_t weight) noexcept {
  if (weight == 0) return 0;
  const std::uint64_t within = std::clamp<std::uint64_t>(weight, 10, 1000);
  return 1 + (within - 10) * 9999 / 990;
}

Result<std::optional<Limit>> swap_max(std::int64_t memory, std::int64_t swap) {
  const auto wrong = [](std::string_view what) { return field_error(Errc::invalid_argument, "/memory/swap", what); };
  if (swap == -1 || (memory == -1 && swap == 0)) return std::optional(Limit());
  if (swap == 0) return std::optional<Limit>();
  if (swap < 0) return wrong("is no limit: neither positive nor -1");
  if (memory == -1) return std::optional(Limit(static_cast<std::uint64_t>(swap)));
  if (memory == 0) return wrong("needs a limit of memory, of which it is the greater");
  if (memory < 0) return field_error(Errc::invalid_argument, "/memory/limit", "is no limit: neither positive nor -1");
  if (swap < memory) return wrong("is below the limit of memory, which it includes");
  return std::optional(Limit(static_cast<std::uint64_t>(swap) - static_cast<std::uint64_t>(memory)));
}

std::optional<std::string> hugepage_size(std::string_view directory_name) {
  constexpr std::string_view before = "hugepages-";
  constexpr std::string_view after = "kB";
  if (!directory_name.starts_with(before) || !directory_name.ends_with(after)) return std::nullopt;
  if (directory_name.size() < before.size() + after.size()) return std::nullopt;
  directory_name.remove_prefix(before.size());
  directory_name.remove_suffix(after.size());
  const auto kib = core::parse_number<std::uint64_t>(directory_name);
  if (!kib || *kib == 0) return std::nullopt;
  if (*kib >= 1U << 20) return std::to_string(*kib >> 20) + "GB";
  if (*kib >= 1U << 10) return std::to_string(*kib >> 10) + "MB";
  return std::to_string(*kib) + "KB";
}

}  // namespace crunc::cgroups
