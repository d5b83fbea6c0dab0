// A clock of Syntone on a board of ours, in a world of virtual time.
#pragma once

#include "board.hpp"

#include <syntone.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

inline long long number(Time time) { return static_cast<long long>(time.count()); }

inline void tell(const char *name, const syntone_event &event) {
    switch (event.kind) {
    case SYNTONE_EVENT_STATE:
        std::printf("         %s port %d: %s -> %s\n", name, event.port + 1, syntone::state_name(event.state_before),
                    syntone::state_name(event.state));
        break;
    case SYNTONE_EVENT_LOCK:
        std::printf("         %s: %s\n", name, syntone::lock_name(event.lock));
        break;
    case SYNTONE_EVENT_STEPPED:
        std::printf("         %s: stepped by %lld ns\n", name, static_cast<long long>(event.stepped));
        break;
    default:
        break;
    }
}

// A clock on its board, and when it wants to be called again.
template <unsigned Ports, class OnBoard = Board> class Node {
  public:
    Node(const char *name, OnBoard &board, const syntone::Config &config)
        : name_(name), board_(board), clock_(config, board) {
        if (clock_.result() == SYNTONE_RESULT_BAD_CONFIG) {
            std::fprintf(stderr, "%s: %s is out of range\n", name, clock_.config_error().option);
        }
        require(clock_.result());
        require(clock_.on_event([name](const syntone_event &event) { tell(name, event); }));
    }

    void run() { due_ = *checked(clock_.run_once()); }
    Time next() const { return std::min(due_, board_.next_arrival()); }
    syntone_status status() { return *checked(clock_.status()); }
    // How far its clock is from that of `other`, which only an observer of both can tell.
    Time error(Board &other) { return board_.read_clock() - other.read_clock(); }
    syntone::Clock<Ports> &clock() { return clock_; }
    bool locked() { return status().lock == SYNTONE_LOCK_LOCKED; }

    void print_discards() {
        for (std::uint8_t port = 0; port < Ports; ++port) {
            const syntone_port_status told = *checked(clock_.port_status(port));
            for (std::uint32_t reason = 0; reason < SYNTONE_DISCARD_REASONS; ++reason) {
                if (told.discarded[reason] != 0) {
                    std::printf("%s port %d discarded %u: %s\n", name_, port + 1, told.discarded[reason],
                                syntone::discard_name(reason).data());
                }
            }
        }
    }

  private:
    template <class T> syntone::Expected<T> checked(syntone::Expected<T> value) {
        require(value.result());
        return value;
    }
    // Says what went wrong and ends the program.
    void require(syntone_result result) {
        if (result != SYNTONE_RESULT_OK) {
            std::fprintf(stderr, "%s: %s\n", name_, syntone::text(result));
            std::exit(2);
        }
    }

    const char *name_;
    OnBoard &board_;
    syntone::Clock<Ports> clock_;
    Time due_{0};
};

// The default profile, but with eight Syncs and one Announce a second at each port.
inline syntone::Config config(std::uint8_t number, std::uint8_t ports) {
    syntone::Config config;
    config.set_mac48({0x02, 0x00, 0x00, 0x00, 0x00, number});
    config.port_count = ports;
    for (syntone_port_config &port : config.ports) {
        port.log_sync_interval = -3;
        port.log_min_delay_req_interval = -3;
        port.log_announce_interval = 0;
    }
    return config;
}

inline double readable(syntone::Interval interval) { return syntone::FractionalNanoseconds(interval).count(); }
