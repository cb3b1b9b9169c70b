// SPDX-License-Identifier: Apache-2.0
// One picture of a live view.

#include "view/frame.hpp"

#include <algorithm>

namespace crunc::cli {
namespace {

std::string heading(const View& view, const Order& order, const FrameOptions& options) {
  std::string text = "crunc " + options.verb + "  " + view.summary() + "  every " + duration_text(options.interval);
  for (const Sorting& sorting : view.sortings()) {
    if (sorting.key == order.sort) text.append("  by ").append(sorting.word);
  }
  if (order.reverse) text += " reversed";
  if (!order.filter.empty()) text += "  with \"" + order.filter + "\"";
  return text;
}

std::string footing(const View& view, const Keys& keys) {
  if (keys.is_filtering()) return "/" + keys.order().filter + "_";
  std::string text;
  for (const Sorting& sorting : view.sortings()) text.append(1, sorting.key).append(" ").append(sorting.word) += "  ";
  return text + "r reverse  / filter  q quit";
}

}  // namespace

std::string duration_text(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::vector<std::string> frame(const View& view, const Keys& keys, const FrameOptions& options) {
  const std::size_t width = options.size.columns;
  const std::size_t rows = std::max<std::size_t>(options.size.rows, 4);
  std::vector<std::string> lines = fit(view.table(keys.order(), {.live = true, .columns = width}), width);
  std::string head = heading(view, keys.order(), options);
  const std::size_t room = rows - 2;  // for the table
  if (lines.size() > room) {
    head += "  the first " + std::to_string(room - 1) + " shown";
    lines.resize(room);
  }
  lines.insert(lines.begin(), cut(head, width));
  lines.push_back(cut(footing(view, keys), width));
  return lines;
}

}  // namespace crunc::cli
