// SPDX-License-Identifier: Apache-2.0
// io on v2. The weight is BFQ's own, or mapped to io.weight's range; a rate is one write, in which others stay.

#include "cgroups/planner.hpp"

namespace crunc::cgroups::v2 {
namespace {

FileWrite io_write(std::string file, std::string value, std::string field) {
  return {.controller = Controller::io, .file = std::move(file), .value = std::move(value), .field = std::move(field)};
}

std::string weight_for(const std::string& file, std::uint16_t weight) {
  return std::to_string(file == "io.bfq.weight" ? std::uint64_t{weight} : io_weight_from_blkio(weight));
}

Result<void> plan_device_weights(Planner& planner, const std::string& weight_file) {
  const auto& devices = planner.resources.block_io->weight_device;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const oci::BlockIoDeviceWeight& one = devices[i];
    const std::string field = "/blockIO/weightDevice/" + std::to_string(i);
    const Result<std::string> device = device_number(one.major, one.minor, field);
    if (!device) return device.error();
    if (one.leaf_weight.value_or(0) != 0) {
      if (Result<void> done = planner.missing(field + "/leafWeight", "is not in cgroup v2"); !done) return done;
    }
    const std::uint16_t weight = one.weight.value_or(0);
    if (weight == 0) continue;
    if (Result<void> done = check_io_weight(weight, field + "/weight"); !done) return done;
    planner.add(io_write(weight_file, *device + ' ' + weight_for(weight_file, weight), field + "/weight"));
  }
  return {};
}

}  // namespace

Result<void> plan_io(Planner& planner) {
  const oci::BlockIo& io = *planner.resources.block_io;
  const std::string weight_file = planner.current.io_weight_file.value_or("io.weight");
  if (const auto weight = io.weight.value_or(0); weight != 0) {
    if (Result<void> done = check_io_weight(weight, "/blockIO/weight"); !done) return done;
    planner.add(io_write(weight_file, weight_for(weight_file, weight), "/blockIO/weight"));
  }
  if (io.leaf_weight.value_or(0) != 0) {
    if (Result<void> done = planner.missing("/blockIO/leafWeight", "is not in cgroup v2"); !done) return done;
  }
  if (Result<void> done = plan_device_weights(planner, weight_file); !done) return done;
  return for_each_throttle(
      io, [&](const ThrottleList& kind, const std::string& device, std::uint64_t rate, const std::string& field) {
        const std::string value = rate == 0 ? "max" : std::to_string(rate);
        planner.add(io_write("io.max", device + ' ' + std::string(kind.v2_key) + '=' + value, field + "/rate"));
      });
}

}  // namespace crunc::cgroups::v2
