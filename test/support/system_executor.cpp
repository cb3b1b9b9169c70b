// SPDX-License-Identifier: Apache-2.0
//
// For test programs that use Boost.Asio's system executor: opens its descriptors and the pipe behind signal
// sets, which live as long as the process, before the first snapshot is taken.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>

#include "leaks.hpp"

namespace crunc::test {

void expect_descriptors_of_system_executor() {
  const boost::asio::system_executor executor;
  const boost::asio::posix::stream_descriptor descriptor(executor);
  const boost::asio::signal_set signals(executor);
  boost::asio::steady_timer timer(executor, std::chrono::milliseconds(1));
  timer.async_wait(boost::asio::use_future).get();
}

}  // namespace crunc::test
