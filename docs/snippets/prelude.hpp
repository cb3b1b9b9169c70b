// SPDX-License-Identifier: Apache-2.0
//
// What the snippets of the guide take for granted: headers, short names, and things that a reader knows what to think
// of. Nothing of it is ever defined: snippets are compiled, not linked. See docs/check-snippets.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <crunc/async.hpp>
#include <crunc/cgroups/systemd.hpp>
#include <crunc/crunc.hpp>

namespace asio = boost::asio;
using namespace std::chrono_literals;

extern const crunc::Runc runc;
extern const std::filesystem::path bundle;
extern const pid_t pid;
extern crunc::Task task;

/// The caller's own: what it does with what it is told.
template <class... What>
void show(const What&... what);
template <class... What>
void log(const What&... what);
