// SPDX-License-Identifier: Apache-2.0
// oci::Features, from what runtimes print.
#include <doctest/doctest.h>

#include <crunc/oci/features.hpp>

#include "unit/oci_round_trip.hpp"

using namespace crunc;
using oci::read_features;

TEST_CASE("the features that runc prints survive a round trip") {
  const auto document = test::fixture_json("recorded/runc-features.json");
  test::check_lossless(read_features, document);
  const oci::Features features = read_features(boost::json::serialize(document)).value();
  CHECK(features.oci_version_max == "1.0.2-dev");
  CHECK(features.hooks->size() == 6);
  CHECK(features.linux_features->cgroup->systemd_user == true);
  CHECK(features.linux_features->seccomp->archs->size() > 10);
  CHECK(features.annotations->at("org.opencontainers.runc.checkpoint.enabled") == "true");
  CHECK(features.extra.empty());
  CHECK(features.linux_features->extra.empty());
}

// Written after the formats in the source of crun and of youki, not recorded: see fixtures/written.
TEST_CASE("features as crun writes them survive a round trip") {
  const auto document = test::fixture_json("written/crun-features.json");
  test::check_lossless(read_features, document);
  const oci::Features features = read_features(boost::json::serialize(document)).value();
  CHECK_FALSE(features.linux_features->cgroup->rdma.has_value());
  CHECK_FALSE(features.linux_features->seccomp->known_flags.has_value());
  CHECK(features.linux_features->intel_rdt->enabled == true);
  CHECK(features.potentially_unsafe_config_annotations->back() == "run.oci.");
}

TEST_CASE("features as youki writes them are read and what it lacks stays unknown") {
  const auto document = test::fixture_json("written/youki-features.json");
  const oci::Features features = read_features(boost::json::serialize(document)).value();
  CHECK_FALSE(features.annotations.has_value());
  CHECK(features.hooks->size() == 6);
  CHECK_FALSE(features.linux_features->seccomp.has_value());
  CHECK(features.linux_features->cgroup->rdma == false);
  CHECK(oci::write(features)->find("null") == std::string::npos);
}

TEST_CASE("an empty list of features is not the same as an unknown one") {
  const std::string text = R"({"hooks":[],"annotations":{},"linux":{"capabilities":[]}})";
  CHECK(test::round_trip(read_features, text) == text);
  const oci::Features features = read_features(text).value();
  CHECK(features.hooks->empty());
  CHECK_FALSE(features.mount_options.has_value());
}

TEST_CASE("features that the schema forgot have their places") {
  const auto document = boost::json::parse(R"({"linux":{"intelRdt":{"enabled":true,"schemata":true,"monitoring":false},
    "memoryPolicy":{"modes":["MPOL_BIND"],"flags":["MPOL_F_STATIC_NODES"]},"netDevices":{"enabled":true}}})");
  test::check_lossless(read_features, document);
  const oci::Features features = read_features(boost::json::serialize(document)).value();
  CHECK(features.linux_features->intel_rdt->monitoring == false);
  CHECK(features.linux_features->memory_policy->modes == std::vector<std::string>{"MPOL_BIND"});
  CHECK(features.linux_features->extra.empty());
}

TEST_CASE("features that cannot be read are a fault of the runtime") {
  CHECK(read_features("unknown command features").error().code == Errc::malformed_output);
  CHECK(read_features(R"({"hooks":"prestart"})").error().code == Errc::malformed_output);
  CHECK(test::refusal(read_features, R"({"linux":{"cgroup":{"v1":"yes"}}})") ==
        "/linux/cgroup/v1: expected a boolean, found a string");
}
