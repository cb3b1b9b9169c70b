// SPDX-License-Identifier: Apache-2.0
// Decoding of the lines that `events` prints. A container is watched for days, so reader and event are made to be used
// again: after the first lines nothing is allocated any more.
#pragma once

#include <string>
#include <string_view>

#include <crunc/error.hpp>
#include <crunc/stats.hpp>

#include "oci/json_cursor.hpp"

namespace crunc::oci {

/// Decodes one line after the other.
class EventReader {
 public:
  /// Decodes `line` into `event`, of which nothing of before remains.
  ///
  /// Null is the same as absent, the last of several members of one name counts, and a member without a place is kept
  /// in the `extra` of its object. A line that is no JSON, or has a known member of a wrong kind, fails with
  /// Errc::malformed_output; its reason starts with the JSON pointer of the fault, and `event` is left empty.
  [[nodiscard]] Result<void> read(std::string_view line, Event& event);

 private:
  bool read_line(Event& event);
  bool read_member(std::string_view name, Event& event);
  bool read_data(Event& event);
  bool settle_data(Event& event);
  bool read_stats(Event& event);

  JsonCursor in_;
  std::string scratch_;
  const char* first_ = nullptr;
  const char* data_ = nullptr;  ///< where this line's `data` starts; null without
  bool decoded_ = false;        ///< whether it is in Event::stats already
};

}  // namespace crunc::oci
