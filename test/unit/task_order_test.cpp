// SPDX-License-Identifier: Apache-2.0
// The order in which the exits of a task's processes are told.
#include <doctest/doctest.h>

#include "task/exit_order.hpp"

using crunc::task::ExitOrder;
using Ids = std::vector<std::string>;

TEST_CASE("an exit is held back while its start is under way") {
  ExitOrder order;
  order.starting("a");
  order.ended("a");
  CHECK(order.take().empty());
  order.settled("a", true);
  CHECK(order.take() == Ids{"a"});
  CHECK(order.take().empty());
}

TEST_CASE("the first process' exit is told after those of all others") {
  ExitOrder order;
  order.running("");
  order.running("a");
  order.running("b");
  order.ended("");
  CHECK(order.take().empty());
  order.ended("b");
  CHECK(order.take() == Ids{"b"});
  order.ended("a");
  CHECK(order.take() == Ids{"a", ""});
}

TEST_CASE("a call to execute something holds the first process' exit back until it is over") {
  ExitOrder order;
  order.running("");
  order.starting("a");
  order.ended("");
  CHECK(order.take().empty());
  order.settled("a", false);
  CHECK(order.take() == Ids{""});
}

TEST_CASE("the first process' exit is told without the others once they are waited for no longer") {
  ExitOrder order;
  order.running("");
  order.running("a");
  order.ended("");
  CHECK(order.take().empty());
  order.wait_no_longer();
  CHECK(order.take() == Ids{""});
  order.ended("a");
  CHECK(order.take() == Ids{"a"});
}

TEST_CASE("an id that was used may be used again") {
  ExitOrder order;
  order.running("");
  order.running("a");
  order.ended("a");
  CHECK(order.take() == Ids{"a"});
  order.starting("a");
  order.ended("a");
  CHECK(order.take().empty());
  order.settled("a", true);
  CHECK(order.take() == Ids{"a"});
}
