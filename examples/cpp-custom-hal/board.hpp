// Two things that a real board would have in silicon: a clock that can be steered, and a network port that stamps what
// passes it. Here both live in virtual time; on a board of yours, this is the file to replace.
#pragma once

#include <syntone.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

// Nanoseconds of virtual time: what an observer outside of all boards would read.
using Time = std::int64_t;

constexpr Time never = INT64_MAX;

// A counter driven by an oscillator that is a little off, with an addend to steer it and an offset to step it.
class SteeredClock {
  public:
    SteeredClock(Time start, double oscillator_ppm) : value_(start), oscillator_(1 + oscillator_ppm * 1e-6) {}

    // The time that the clock shows, in nanoseconds since its epoch.
    Time read(Time now) {
        const auto elapsed = static_cast<double>(now - read_at_);
        const double gain = elapsed * (oscillator_ * (1 + frequency_) - 1) + fraction_;
        const double whole = std::floor(gain);
        value_ += (now - read_at_) + static_cast<Time>(whole);
        fraction_ = gain - whole;
        read_at_ = now;
        return value_;
    }

    void step(Time now, Time nanoseconds) {
        read(now);
        value_ += nanoseconds;
    }

    // In units of 2^-16 ppm, absolute.
    void set_frequency(Time now, std::int32_t scaled_ppm) {
        read(now);
        frequency_ = scaled_ppm / 65536e6;
    }

  private:
    Time value_;
    Time read_at_ = 0;
    double fraction_ = 0;
    double oscillator_;
    double frequency_ = 0;
};

// A message on its way.
struct Frame {
    Time arrives;
    bool is_event;
    std::vector<std::uint8_t> octets;
};

// A board with one port. Its functions for Syntone are the static members at the end; `hal()` makes the table of them.
class Board {
  public:
    static constexpr Time resolution = 8;          // of the time stamps: a counter at 125 MHz
    static constexpr Time wire_delay = 1'000;      // to the other end
    static constexpr Time stamp_lateness = 20'000; // until the driver finds the stamp of what was sent
    static constexpr std::int32_t max_frequency = 500 << 16;

    Board(const Time &now, Time start, double oscillator_ppm) : now_(now), clock_(start, oscillator_ppm) {}
    Board(const Board &) = delete;
    Board &operator=(const Board &) = delete;

    void connect(Board &peer) { peer_ = &peer; }

    Time read_clock() { return clock_.read(now_); }

    // When something will be there to be fetched.
    Time next_arrival() const {
        const Time frame = arriving_.empty() ? never : arriving_.front().arrives;
        const Time stamp = stamps_.empty() ? never : stamps_.front().known;
        return std::min(frame, stamp);
    }

    syntone_hal hal() {
        syntone_hal table{};
        table.struct_size = sizeof table;
        table.abi_version = SYNTONE_ABI_VERSION;
        table.context = this;
        table.receive = receive;
        table.send = send;
        table.poll_egress = poll_egress;
        table.capabilities = capabilities;
        table.monotonic = monotonic;
        table.now = read_now;
        table.step = step;
        table.set_frequency = set_frequency;
        table.max_frequency = max_frequency;
        return table; // link_up stays null: there always is a link
    }

  private:
    struct Stamp {
        Time known;
        std::uint32_t ticket;
        syntone_timestamp time;
    };

    static Board &self(void *context) { return *static_cast<Board *>(context); }

    static syntone_timestamp timestamp(Time nanoseconds) {
        syntone_timestamp time{};
        time.seconds = static_cast<std::uint64_t>(nanoseconds / 1'000'000'000);
        time.nanoseconds = static_cast<std::uint32_t>(nanoseconds % 1'000'000'000);
        return time;
    }

    // What the time stamper notes at virtual time `at`: the clock, as finely as its counter counts.
    syntone_timestamp stamp() {
        const Time time = clock_.read(now_);
        return timestamp(time - time % resolution);
    }

    static std::int32_t receive(void *context, std::uint8_t *buffer, std::size_t capacity,
                                syntone_received *received) noexcept {
        Board &board = self(context);
        if (board.arriving_.empty() || board.arriving_.front().arrives > board.now_) {
            return SYNTONE_HAL_OK;
        }
        const Frame frame = std::move(board.arriving_.front());
        board.arriving_.pop_front();
        if (frame.octets.size() > capacity) {
            return SYNTONE_HAL_BUFFER_TOO_SMALL;
        }
        std::copy(frame.octets.begin(), frame.octets.end(), buffer);
        received->length = frame.octets.size();
        if (frame.is_event) {
            // The world below never lets time pass an arrival, so "now" is when it arrived.
            received->stamp = board.stamp();
            received->has_stamp = 1;
        }
        return SYNTONE_HAL_ONE;
    }

    static std::int32_t send(void *context, const syntone_transmit *transmit, const std::uint8_t *message,
                             std::size_t length) noexcept {
        Board &board = self(context);
        if (transmit->is_event != 0) {
            board.stamps_.push_back({board.now_ + stamp_lateness, transmit->ticket, board.stamp()});
        }
        if (board.peer_ != nullptr) {
            board.peer_->arriving_.push_back(
                {board.now_ + wire_delay, transmit->is_event != 0, {message, message + length}});
        }
        return SYNTONE_HAL_OK;
    }

    static std::int32_t poll_egress(void *context, syntone_egress_stamp *stamp) noexcept {
        Board &board = self(context);
        if (board.stamps_.empty() || board.stamps_.front().known > board.now_) {
            return SYNTONE_HAL_OK;
        }
        stamp->ticket = board.stamps_.front().ticket;
        stamp->stamp = board.stamps_.front().time;
        stamp->has_stamp = 1;
        board.stamps_.pop_front();
        return SYNTONE_HAL_ONE;
    }

    static void capabilities(void *, std::uint8_t, syntone_port_capabilities *capabilities) noexcept {
        capabilities->hardware_stamps = 1;
        capabilities->resolution = resolution * 65536;
    }

    static std::uint64_t monotonic(void *context) noexcept { return static_cast<std::uint64_t>(self(context).now_); }

    static std::int32_t read_now(void *context, syntone_timestamp *time) noexcept {
        *time = timestamp(self(context).read_clock());
        return SYNTONE_HAL_OK;
    }

    static std::int32_t step(void *context, std::int64_t nanoseconds) noexcept {
        self(context).clock_.step(self(context).now_, nanoseconds);
        return SYNTONE_HAL_OK;
    }

    static std::int32_t set_frequency(void *context, std::int32_t frequency) noexcept {
        if (std::abs(frequency) > max_frequency) {
            return SYNTONE_HAL_OUT_OF_RANGE;
        }
        self(context).clock_.set_frequency(self(context).now_, frequency);
        return SYNTONE_HAL_OK;
    }

    const Time &now_;
    SteeredClock clock_;
    Board *peer_ = nullptr;
    std::deque<Frame> arriving_;
    std::deque<Stamp> stamps_;
};
