// SPDX-License-Identifier: Apache-2.0
// The loops behind a view.

#include "view/show.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "passthrough.hpp"
#include "view/frame.hpp"
#include "view/screen.hpp"

namespace crunc::cli {
namespace {

using Clock = Deadline::Clock;

/// When samples are due: at equal distances, however long each takes.
class Rhythm {
 public:
  explicit Rhythm(std::chrono::milliseconds interval) : interval_(interval) {}
  [[nodiscard]] Clock::time_point next() const noexcept { return next_; }
  /// One was taken; those that were missed meanwhile are left out.
  void advance() { next_ = std::max(next_ + interval_, Clock::now()); }

 private:
  std::chrono::milliseconds interval_;
  Clock::time_point next_ = Clock::now();
};

/// Prints samples as lines; false when nobody reads them any more.
class Lines {
 public:
  Lines(const View& view, const ViewOptions& options) : view_(view), options_(options) {}

  [[nodiscard]] bool print() {
    if (options_.format == ViewFormat::table) return print_table();
    for (const std::string& line : view_.json_lines(options_.order)) {
      if (!put_line(line)) return false;
    }
    return true;
  }

 private:
  bool print_table() {
    const Table table = view_.table(options_.order, {});
    if (growing_ && view_.separates_samples()) {
      growing_.reset();
      if (!put_line("")) return false;
    }
    const bool first = !growing_;
    if (first) growing_.emplace(table.columns);
    for (const Cells& row : table.rows) growing_->grow(row);
    if (first && !put_line(growing_->titles())) return false;
    for (const Cells& row : table.rows) {
      if (!put_line(growing_->line(row))) return false;
    }
    return true;
  }

  const View& view_;
  const ViewOptions& options_;
  std::optional<GrowingTable> growing_{};
};

int show_lines(View& view, const ViewOptions& options, const Deadline& deadline) {
  Rhythm rhythm(options.interval);
  Lines lines(view, options);
  bool unseen = options.once;
  for (std::uint64_t printed = 0;;) {
    if (!view.sample(deadline)) return 0;
    if (!unseen) {
      if (!lines.print() || ++printed == options.iterations) return 0;
    }
    unseen = false;
    rhythm.advance();
    if (!rest_until(rhythm.next(), deadline)) return 0;
  }
}

/// The live view; ends with an exit status, or with the signal that is to end crunc once the terminal is given back.
class Live {
 public:
  Live(View& view, std::string verb, const ViewOptions& options, const Deadline& deadline)
      : view_(view),
        options_(options),
        deadline_(deadline),
        keys_(options.order, keys_of(view)),
        verb_(std::move(verb)) {}

  [[nodiscard]] int run() {
    Rhythm rhythm(options_.interval);
    for (std::uint64_t shown = 0; !signal_;) {
      if (Clock::now() >= rhythm.next()) {
        if (!view_.sample(deadline_)) return 0;
        draw();
        if (++shown == options_.iterations) return 0;
        rhythm.advance();
      }
      if (deadline_.is_over()) throw TimeIsOver{};
      if (!take(screen_.wait(deadline_.or_before(rhythm.next())))) return 0;
    }
    return 0;
  }
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  static std::string keys_of(const View& view) {
    std::string keys;
    for (const Sorting& sorting : view.sortings()) keys += sorting.key;
    return keys;
  }

  void draw() {
    screen_.draw(frame(view_, keys_, {.verb = verb_, .interval = options_.interval, .size = screen_.size()}), 1);
  }

  /// Does what is wanted; false at the end.
  bool take(const Input& input) {
    Wish wish = input.typed.empty() ? Wish::none : keys_.type(input.typed);
    if (input.suspend) wish = Wish::suspend;
    if (wish == Wish::suspend) screen_.suspend();
    signal_ = wish == Wish::interrupt ? SIGINT : input.signal;
    if (wish != Wish::none || input.resized) draw();
    return !input.hung_up && wish != Wish::quit;
  }

  View& view_;
  const ViewOptions& options_;
  const Deadline& deadline_;
  Keys keys_;
  std::string verb_;
  int signal_ = 0;
  Screen screen_{};
};

int show_live(View& view, const std::string& verb, const ViewOptions& options, const Deadline& deadline) {
  int signo = 0;
  int status = 0;
  {
    Live live(view, verb, options, deadline);
    status = live.run();
    signo = live.signal();
  }
  if (signo != 0) die_by(signo);
  return status;
}

}  // namespace

int show(View& view, const std::string& verb, const ViewOptions& options, const Deadline& deadline) try {
  const bool live = options.format == ViewFormat::table && !options.once && is_live_terminal();
  return live ? show_live(view, verb, options, deadline) : show_lines(view, options, deadline);
} catch (const TimeIsOver&) {
  return report_timeout(verb, deadline);
}

bool put_line(const std::string& line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
                       std::fputc('\n', stdout) != EOF && std::fflush(stdout) == 0;
  if (written) return true;
  if (errno == EPIPE) return false;
  throw std::runtime_error(std::string("cannot write to stdout: ") + std::strerror(errno));
}

bool rest_until(Clock::time_point then, const Deadline& deadline) {
  pollfd reader{STDOUT_FILENO, 0, 0};
  while (Clock::now() < then) {
    if (deadline.is_over()) throw TimeIsOver{};
    if (::poll(&reader, 1, poll_time(deadline.or_before(then))) > 0) return false;
  }
  return true;
}

int report_timeout(const std::string& verb, const Deadline& deadline) {
  std::fprintf(stderr, "crunc: %s: ended after %s, as --timeout says\n", verb.c_str(),
               duration_text(deadline.timeout().value_or(no_deadline)).c_str());
  return exit_timed_out;
}

}  // namespace crunc::cli
