// SPDX-License-Identifier: Apache-2.0
// All of libcrunc but the asynchronous twins, which cost Asio: include <crunc/async.hpp> for those.
#pragma once

#include <crunc/cgroups/cgroup.hpp>
#include <crunc/cgroups/directories.hpp>
#include <crunc/cgroups/events.hpp>
#include <crunc/cgroups/manager.hpp>
#include <crunc/cgroups/pods.hpp>
#include <crunc/cgroups/stat_reader.hpp>
#include <crunc/cgroups/stats.hpp>
#include <crunc/cgroups/stats_compat.hpp>
#include <crunc/cgroups/units.hpp>
#include <crunc/cgroups/update.hpp>
#include <crunc/checkpoint.hpp>
#include <crunc/config.hpp>
#include <crunc/console.hpp>
#include <crunc/container.hpp>
#include <crunc/descriptor.hpp>
#include <crunc/error.hpp>
#include <crunc/events.hpp>
#include <crunc/exit_status.hpp>
#include <crunc/io.hpp>
#include <crunc/limit.hpp>
#include <crunc/monitor.hpp>
#include <crunc/oci/features.hpp>
#include <crunc/oci/linux_resources.hpp>
#include <crunc/oci/process.hpp>
#include <crunc/options.hpp>
#include <crunc/runc.hpp>
#include <crunc/signal.hpp>
#include <crunc/socket.hpp>
#include <crunc/stats.hpp>
#include <crunc/task.hpp>
#include <crunc/task_io.hpp>
#include <crunc/watch.hpp>
