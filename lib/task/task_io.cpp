// SPDX-License-Identifier: Apache-2.0
// The makers of sinks.

#include <utility>

#include <crunc/task_io.hpp>

namespace crunc {

Sink Sink::stream(Stream stream) { return {Kind::stream, std::move(stream)}; }

Sink Sink::file(std::filesystem::path path, Rotation rotation) {
  if (rotation.max_bytes == 0) return stream(Stream::file(std::move(path)));
  Sink sink(Kind::rotated_file, Stream::null());
  sink.path_ = std::move(path);
  sink.rotation_ = rotation;
  return sink;
}

Sink Sink::logger(LoggerCommand command) {
  Sink sink(Kind::logger, Stream::null());
  sink.command_ = std::move(command);
  return sink;
}

Sink Sink::callback(Callback callback) {
  Sink sink(Kind::callback, Stream::null());
  sink.callback_ = std::move(callback);
  return sink;
}

}  // namespace crunc
