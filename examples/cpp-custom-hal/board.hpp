// What a real board would have in silicon: a clock that can be steered, and network ports that stamp what passes them. Here
// both live in virtual time; on a board of yours, this is the file to replace.
#pragma once

#include <syntone.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <utility>
#include <vector>

// Virtual time: what an observer outside of all boards would read.
using Time = std::chrono::nanoseconds;

// A counter driven by an oscillator that is a little off, with an addend to steer it and an offset to step it.
class SteeredClock {
  public:
    SteeredClock(Time start, double oscillator_ppm) : value_(start), oscillator_(1 + oscillator_ppm * 1e-6) {}

    // The time that the clock shows, since its epoch.
    Time read(Time now) {
        const auto elapsed = static_cast<double>((now - read_at_).count());
        const double gain = elapsed * (oscillator_ * (1 + frequency_) - 1) + fraction_;
        const double whole = std::floor(gain);
        value_ += (now - read_at_) + Time(static_cast<Time::rep>(whole));
        fraction_ = gain - whole;
        read_at_ = now;
        return value_;
    }

    void step(Time now, Time by) {
        read(now);
        value_ += by;
    }

    void set_frequency(Time now, syntone::Frequency frequency) {
        read(now);
        frequency_ = frequency.scaled_ppm() / 65536e6;
    }

  private:
    Time value_;
    Time read_at_{0};
    double fraction_ = 0;
    double oscillator_;
    double frequency_ = 0;
};

// A board with any number of ports. The functions that Syntone calls are those from receive() on.
class Board {
  public:
    static constexpr Time resolution{8};          // of the time stamps: a counter at 125 MHz
    static constexpr Time wire_delay{1'000};      // to the other end
    static constexpr Time stamp_lateness{20'000}; // until the driver finds the stamp of what was sent

    Board(const Time &now, Time start, double oscillator_ppm) : now_(now), clock_(start, oscillator_ppm) {}
    Board(const Board &) = delete;
    Board &operator=(const Board &) = delete;

    // Joins a new port of each by a wire.
    static void connect(Board &a, Board &b) {
        const auto port_a = static_cast<std::uint8_t>(a.wires_.size());
        const auto port_b = static_cast<std::uint8_t>(b.wires_.size());
        a.wires_.push_back({&b, port_b, Time(0)});
        b.wires_.push_back({&a, port_a, Time(0)});
    }

    Time read_clock() { return clock_.read(now_); }

    // From now on what arrives by a port waits so long until the driver finds it. It is stamped when it arrives.
    void hold(std::uint8_t port, Time held) { wires_[port].held = held; }

    // When something will be there to be stamped or fetched.
    Time next_arrival() const {
        Time next = stamps_.empty() ? Time::max() : stamps_.front().known;
        for (const Frame &frame : arriving_) {
            next = std::min(next, frame.has_stamp ? frame.found : frame.arrives);
        }
        return next;
    }

    std::int32_t receive(syntone::Span<std::uint8_t> buffer, syntone_received &received) {
        for (Frame &frame : arriving_) {
            if (frame.arrives <= now_ && !frame.has_stamp) {
                // The world never lets time pass an arrival, so "now" is when it arrived.
                frame.stamp = stamp();
                frame.has_stamp = true;
            }
        }
        const auto first = std::find_if(arriving_.begin(), arriving_.end(),
                                        [this](const Frame &frame) { return frame.found <= now_; });
        if (first == arriving_.end()) {
            return SYNTONE_HAL_OK;
        }
        const Frame frame = std::move(*first);
        arriving_.erase(first);
        if (frame.octets.size() > buffer.size()) {
            return SYNTONE_HAL_BUFFER_TOO_SMALL;
        }
        std::copy(frame.octets.begin(), frame.octets.end(), buffer.begin());
        received.length = frame.octets.size();
        received.port = frame.port;
        received.destination = frame.destination;
        received.has_destination = 1;
        if (frame.is_event) {
            received.stamp = frame.stamp;
            received.has_stamp = 1;
        }
        return SYNTONE_HAL_ONE;
    }

    std::int32_t send(const syntone_transmit &transmit, syntone::Span<const std::uint8_t> message) {
        if (transmit.port >= wires_.size()) {
            return SYNTONE_HAL_UNREACHABLE;
        }
        const bool is_event = transmit.is_event != 0;
        if (is_event) {
            stamps_.push_back({now_ + stamp_lateness, transmit.ticket, stamp()});
        }
        const Wire &wire = wires_[transmit.port];
        const Time arrives = now_ + wire_delay;
        wire.peer->arriving_.push_back({arrives,
                                        arrives + wire.peer->wires_[wire.port].held,
                                        wire.port,
                                        transmit.destination,
                                        is_event,
                                        {message.begin(), message.end()},
                                        {},
                                        false});
        return SYNTONE_HAL_OK;
    }

    std::int32_t poll_egress(syntone_egress_stamp &egress) {
        if (stamps_.empty() || stamps_.front().known > now_) {
            return SYNTONE_HAL_OK;
        }
        egress.ticket = stamps_.front().ticket;
        egress.stamp = stamps_.front().time;
        egress.has_stamp = 1;
        stamps_.pop_front();
        return SYNTONE_HAL_ONE;
    }

    syntone_port_capabilities capabilities(std::uint8_t) const {
        syntone_port_capabilities can{};
        can.hardware_stamps = 1;
        can.resolution = syntone::Interval(resolution).count();
        return can;
    }

    Time monotonic() const { return now_; }

    std::int32_t now(syntone_timestamp &time) {
        time = syntone::timestamp(read_clock());
        return SYNTONE_HAL_OK;
    }

    std::int32_t step(Time by) {
        clock_.step(now_, by);
        return SYNTONE_HAL_OK;
    }

    syntone::Frequency max_frequency() const { return syntone::Frequency::from_ppm(500); }

    std::int32_t set_frequency(syntone::Frequency frequency) {
        if (std::abs(frequency.scaled_ppm()) > max_frequency().scaled_ppm()) {
            return SYNTONE_HAL_OUT_OF_RANGE;
        }
        clock_.set_frequency(now_, frequency);
        return SYNTONE_HAL_OK;
    }

  private:
    struct Frame {
        Time arrives;
        Time found; // by the driver
        std::uint8_t port;
        std::uint8_t destination;
        bool is_event;
        std::vector<std::uint8_t> octets;
        syntone_timestamp stamp;
        bool has_stamp;
    };
    struct Stamp {
        Time known;
        std::uint32_t ticket;
        syntone_timestamp time;
    };
    // The other end of a port's wire.
    struct Wire {
        Board *peer;
        std::uint8_t port;
        Time held{0}; // what comes from there
    };

    // What the time stamper notes now: the clock, as finely as its counter counts.
    syntone_timestamp stamp() {
        const Time time = read_clock();
        return syntone::timestamp(time - time % resolution);
    }

    const Time &now_;
    SteeredClock clock_;
    std::vector<Wire> wires_;
    std::deque<Frame> arriving_;
    std::deque<Stamp> stamps_;
};
