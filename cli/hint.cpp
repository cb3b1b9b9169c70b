// SPDX-License-Identifier: Apache-2.0
// Hints.

#include "hint.hpp"

#include <algorithm>
#include <array>

#include "suggest.hpp"

namespace crunc::cli {
namespace {

/// Verbs of a container that is there.
constexpr std::array<std::string_view, 12> verbs_of_containers{
    "checkpoint", "delete", "events", "exec", "kill", "pause", "ps", "resume", "start", "state", "update", "top"};

std::string did_you_mean(const std::string& word) { return "crunc: did you mean `" + word + "`?"; }

std::optional<std::string> hint_for_container(const Runc& runc, const std::string& id) {
  constexpr std::chrono::seconds patience(5);
  const auto there = runc.list({.quiet = true, .timeout = patience});
  if (!there || std::ranges::any_of(*there, [&](const Container& each) { return each.id == id; })) return std::nullopt;
  std::vector<std::string> ids;
  for (const Container& each : *there) ids.push_back(each.id);
  if (const auto similar = most_similar(id, ids)) return did_you_mean(*similar);
  return ids.empty() ? "crunc: there are no containers below this root" : "crunc: see `crunc list` for the containers";
}

}  // namespace

std::optional<std::string> hint_for(const Runc& runc, const CommandLine& line, const Call& call) {
  const std::vector<std::string> verbs = known_verbs();
  if (std::ranges::find(verbs, line.verb) == verbs.end()) {
    const auto similar = most_similar(line.verb, verbs);
    return similar ? std::optional(did_you_mean(*similar)) : std::nullopt;
  }
  if (!call.unknown_flag.empty()) {
    const auto similar = most_similar(call.unknown_flag, call.flags);
    return similar ? std::optional(did_you_mean(*similar)) : std::nullopt;
  }
  if (call.first_operand.empty() || std::ranges::find(verbs_of_containers, line.verb) == verbs_of_containers.end()) {
    return std::nullopt;
  }
  return hint_for_container(runc, call.first_operand);
}

}  // namespace crunc::cli
