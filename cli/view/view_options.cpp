// SPDX-License-Identifier: Apache-2.0
// The options that all views have.

#include "view/view_options.hpp"

#include <algorithm>
#include <charconv>

#include "command/command.hpp"
#include "duration.hpp"

namespace crunc::cli {
namespace {

std::uint64_t count_of(const std::string& verb, const std::string& text) {
  std::uint64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || stop != end || count == 0)
    throw UsageError{verb + ": --iterations: \"" + text + "\" is not a number above zero"};
  return count;
}

char key_of(const std::string& verb, const std::string& word, std::span<const Sorting> sortings) {
  std::string words;
  for (const Sorting& sorting : sortings) {
    if (sorting.word == word) return sorting.key;
    words.append(words.empty() ? "" : ", ").append(sorting.word);
  }
  throw UsageError{verb + ": --sort: \"" + word + "\" is none of " + words};
}

}  // namespace

void ViewFlags::declare(FlagTable& flags, const char* sorts) {
  flags.add_word("--interval,-d", interval_, "DURATION", "from one sample to the next (500ms, 1s, 1m30s); default 1s");
  flags.add_word("--iterations,-n", iterations_, "N", "end after N samples");
  flags.add_flag("--once,-1", once_, "one table, no live view: what was in one interval");
  flags.add_word("--format", format_, "table|jsonl|json", "jsonl, which is json: one JSON object a line");
  flags.add_word("--sort", sort_, sorts, "what the first row has most of");
  flags.add_flag("--reverse", reverse_, "the other way round");
}

ViewOptions ViewFlags::read(const std::string& verb, std::span<const Sorting> sortings) const {
  ViewOptions options;
  if (format_ != "table" && format_ != "jsonl" && format_ != "json")
    throw UsageError{verb + ": --format: \"" + format_ + "\" is neither table nor jsonl"};
  options.format = format_ == "table" ? ViewFormat::table : ViewFormat::jsonl;
  const auto interval = parse_duration(interval_);
  if (!interval)
    throw UsageError{verb + ": --interval: \"" + interval_ +
                     "\" is not a duration above zero (such as 500ms, 1s, 1m30s)"};
  options.interval = *interval;
  if (!iterations_.empty()) options.iterations = count_of(verb, iterations_);
  options.once = once_;
  if (once_) options.iterations = 1;
  options.order.sort = sort_.empty() ? sortings.front().key : key_of(verb, sort_, sortings);
  options.order.reverse = reverse_;
  return options;
}

}  // namespace crunc::cli
