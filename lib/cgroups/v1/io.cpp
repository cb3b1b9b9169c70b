// SPDX-License-Identifier: Apache-2.0
// blkio of v1. Its weights were CFQ's; where that is gone they are BFQ's, under other names.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v1 {
namespace {

FileWrite io_write(std::string file, std::string value, std::string field) {
  return {.controller = Controller::io, .file = std::move(file), .value = std::move(value), .field = std::move(field)};
}

/// The weights of single devices.
Result<void> plan_devices_weights(Planner& planner, const std::string& weight_file) {
  const auto& devices = planner.resources.block_io->weight_device;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const oci::BlockIoDeviceWeight& one = devices[i];
    const std::string field = "/blockIO/weightDevice/" + std::to_string(i);
    const Result<std::string> device = device_number(one.major, one.minor, field);
    if (!device) return device.error();
    if (const auto weight = one.weight.value_or(0); weight != 0) {
      if (Result<void> done = check_io_weight(weight, field + "/weight"); !done) return done;
      planner.add(io_write(weight_file + "_device", *device + ' ' + std::to_string(weight), field + "/weight"));
    }
    if (const auto weight = one.leaf_weight.value_or(0); weight != 0) {
      if (Result<void> done = check_io_weight(weight, field + "/leafWeight"); !done) return done;
      FileWrite write =
          io_write("blkio.leaf_weight_device", *device + ' ' + std::to_string(weight), field + "/leafWeight");
      write.on_failure = planner.may_be_missing();
      planner.add(std::move(write));
    }
  }
  return {};
}

}  // namespace

Result<void> plan_io(Planner& planner) {
  const oci::BlockIo& io = *planner.resources.block_io;
  const std::string weight_file = planner.current.io_weight_file.value_or("blkio.weight");
  if (const auto weight = io.weight.value_or(0); weight != 0) {
    if (Result<void> done = check_io_weight(weight, "/blockIO/weight"); !done) return done;
    planner.add(io_write(weight_file, std::to_string(weight), "/blockIO/weight"));
  }
  if (const auto weight = io.leaf_weight.value_or(0); weight != 0) {
    if (Result<void> done = check_io_weight(weight, "/blockIO/leafWeight"); !done) return done;
    FileWrite write = io_write("blkio.leaf_weight", std::to_string(weight), "/blockIO/leafWeight");
    write.on_failure = planner.may_be_missing();
    planner.add(std::move(write));
  }
  if (Result<void> done = plan_devices_weights(planner, weight_file); !done) return done;
  return for_each_throttle(
      io, [&](const ThrottleList& kind, const std::string& device, std::uint64_t rate, const std::string& field) {
        planner.add(io_write(std::string(kind.v1_file), device + ' ' + std::to_string(rate), field + "/rate"));
      });
}

}  // namespace crunc::cgroups::v1
