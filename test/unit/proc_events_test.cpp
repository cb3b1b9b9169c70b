// SPDX-License-Identifier: Apache-2.0
// Reading of the kernel's process events.
#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "sys/proc_events.hpp"

using crunc::sys::parse_proc_event;
using crunc::sys::ProcEvent;

namespace {

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// As linux/netlink.h, linux/connector.h and linux/cn_proc.h lay it out.
std::string datagram(std::uint32_t what, std::initializer_list<std::uint32_t> data, std::uint32_t connector = 1) {
  std::string event;
  put(event, what);
  put(event, std::uint32_t{0});  // cpu
  put(event, std::uint64_t{1});  // time
  for (const std::uint32_t word : data) put(event, word);
  event.resize(40, '\0');
  std::string bytes;
  put(bytes, static_cast<std::uint32_t>(36 + event.size()));
  put(bytes, std::uint16_t{3});
  put(bytes, std::uint16_t{0});
  put(bytes, std::uint64_t{0});
  put(bytes, connector);
  put(bytes, std::uint32_t{1});
  put(bytes, std::uint32_t{5});   // sequence
  put(bytes, std::uint32_t{78});  // the number of a request, and one
  put(bytes, static_cast<std::uint16_t>(event.size()));
  put(bytes, std::uint16_t{0});
  return bytes + event;
}

constexpr std::uint32_t fork_event = 1;
constexpr std::uint32_t exit_event = 0x80000000;

}  // namespace

TEST_CASE("an exit event tells the process and its wait status") {
  const auto event = parse_proc_event(datagram(exit_event, {101, 100, 0x700, 17}));
  REQUIRE(event.has_value());
  CHECK(event->kind == ProcEvent::Kind::ended);
  CHECK(event->process == 100);
  CHECK(event->wait_status == 0x700);
}

TEST_CASE("a fork event tells a new process and not a new thread") {
  const auto process = parse_proc_event(datagram(fork_event, {1, 1, 200, 200}));
  REQUIRE(process.has_value());
  CHECK(process->kind == ProcEvent::Kind::born);
  CHECK(process->process == 200);
  CHECK_FALSE(parse_proc_event(datagram(fork_event, {1, 1, 201, 200})).has_value());
}

TEST_CASE("an answer tells its error and which request it is to") {
  const auto answer = parse_proc_event(datagram(0, {1}));
  REQUIRE(answer.has_value());
  CHECK(answer->kind == ProcEvent::Kind::answer);
  CHECK(answer->error == 1);
  CHECK(answer->answers == 77);
}

TEST_CASE("what is no process event is none however short it is") {
  CHECK_FALSE(parse_proc_event(datagram(exit_event, {101, 100, 0, 17}, 2)).has_value());
  CHECK_FALSE(parse_proc_event(datagram(2, {101, 100})).has_value());
  std::string whole = datagram(exit_event, {101, 100, 0, 17});
  std::string short_of_it = whole;
  short_of_it[0] = 40;  // the length that the message says to have
  CHECK_FALSE(parse_proc_event(short_of_it).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(parse_proc_event(std::string_view(whole).substr(0, size)).has_value());
  }
}
