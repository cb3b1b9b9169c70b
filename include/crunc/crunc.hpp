// SPDX-License-Identifier: Apache-2.0
// All of libcrunc but the asynchronous twins, which cost Asio: include <crunc/async.hpp> for those.
#pragma once

#include <crunc/config.hpp>
#include <crunc/container.hpp>
#include <crunc/error.hpp>
#include <crunc/exit_status.hpp>
#include <crunc/io.hpp>
#include <crunc/limit.hpp>
#include <crunc/options.hpp>
#include <crunc/runc.hpp>
#include <crunc/signal.hpp>
#include <crunc/stats.hpp>
