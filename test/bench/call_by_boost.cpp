// SPDX-License-Identifier: Apache-2.0
// Boost.Process 1.81 to 1.85, both of its generations, as their documentation has it: outputs to strings, stdin to
// nothing.

#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/process/async.hpp>
#include <boost/process/child.hpp>
#include <boost/process/io.hpp>
#include <boost/process/system.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>

#include "callers.hpp"

namespace crunc::bench {
namespace {

namespace asio = boost::asio;
namespace process = boost::process;

}  // namespace

std::string call_by_boost_child(const std::string& program) {
  asio::io_context context;
  std::future<std::string> out;
  std::future<std::string> err;
  process::child child(program, "state", "web", process::std_in<process::null, process::std_out> out,
                       process::std_err > err, context);
  context.run();
  child.wait();
  if (child.exit_code() != 0) std::abort();
  return out.get();
}

std::string call_by_boost_system(const std::string& program) {
  asio::io_context context;
  std::future<std::string> out;
  std::future<std::string> err;
  const int status = process::system(program, "state", "web", process::std_in<process::null, process::std_out> out,
                                     process::std_err > err, context);
  if (status != 0) std::abort();
  return out.get();
}

std::string call_by_boost_v2(const std::string& program) {
  asio::io_context context;
  asio::readable_pipe out(context);
  asio::readable_pipe err(context);
  process::v2::process child(context.get_executor(), program, {"state", "web"},
                             process::v2::process_stdio{nullptr, out, err});
  std::string text;
  std::string errors;
  asio::async_read(out, asio::dynamic_buffer(text), [](boost::system::error_code, std::size_t) {});
  asio::async_read(err, asio::dynamic_buffer(errors), [](boost::system::error_code, std::size_t) {});
  context.run();
  if (child.wait() != 0) std::abort();
  return text;
}

}  // namespace crunc::bench
