// A transparent clock between a grandmaster and a slave, end-to-end and peer-to-peer, in virtual time. Its oscillator is 50 ppm off,
// and it holds what goes to the slave for 3 ms, what goes back for 1 ms: uncorrected, the slave would be 1 ms wrong. The exit status
// is 0 if its true error stayed below 100 ns in the last 30 s of each.

#include "node.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace {

using namespace std::chrono_literals;

constexpr Time end = 90s;
constexpr Time judged_from = 60s;
constexpr Time limit = 100ns;
constexpr std::uint8_t end_to_end = SYNTONE_DELAY_END_TO_END;
constexpr std::uint8_t peer_to_peer = SYNTONE_DELAY_PEER_TO_PEER;

void check(bool holds, const char *what) {
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::exit(1);
    }
}

// The clock of one end, 1 the grandmaster and 3 the slave.
syntone::Config end_config(std::uint8_t number, std::uint8_t delay_mechanism) {
    syntone::Config settings = config(number, 1);
    settings.slave_only = number == 3;
    settings.ports[0].delay_mechanism = delay_mechanism;
    settings.ports[0].log_min_pdelay_req_interval = -3;
    return settings;
}

syntone::TransparentConfig middle_config(std::uint8_t delay_mechanism) {
    syntone::TransparentConfig settings;
    settings.set_mac48({0x02, 0x00, 0x00, 0x00, 0x00, 2}).delay_mechanism = delay_mechanism;
    return settings;
}

// What the transparent clock tells of itself after the slave has locked.
void check_middle(syntone::TransparentClock<2> &middle, std::uint8_t delay_mechanism) {
    const auto to_slave = middle.port_status(1);
    check(to_slave && to_slave->forwarding == 1 && to_slave->link_up == 1, "the port to the slave forwards");
    check(to_slave->sent[SYNTONE_MESSAGE_SYNC] > 600, "the Syncs pass");
    check(!middle.port_status(2) && middle.port_status(2).result() == SYNTONE_RESULT_OUT_OF_RANGE, "there is no third port");
    const bool measured = std::chrono::abs(syntone::Interval(to_slave->mean_link_delay) - syntone::Interval(Board::wire_delay)) <=
                          syntone::Interval(Board::resolution);
    check(measured == (delay_mechanism == peer_to_peer), "the link is measured peer-to-peer, and only so");
    check(std::abs(middle.rate(0, 0)->ppb() + 50'000) < 100, "its clock is 50 ppm too fast");
    check(middle.rate(0, 1).result() == SYNTONE_RESULT_OUT_OF_RANGE, "nothing is known of other domains");
}

// What the slave has measured in its quarter of an hour.
void check_records(syntone::Clock<> &slave, std::uint8_t delay_mechanism) {
    const auto record = slave.performance(SYNTONE_PERFORMANCE_CURRENT_QUARTER);
    const auto port = slave.port_performance(0, SYNTONE_PERFORMANCE_CURRENT_QUARTER);
    check(record && port && record->measurement_valid == 1, "there is a record");
    const syntone::Interval offset(record->offset_from_master.average);
    check(std::chrono::abs(offset) < syntone::Interval(10ns), "the offset is small on average");
    check(record->offset_from_master.minimum <= offset.count() && record->offset_from_master.maximum >= offset.count(),
          "the average is between the extremes");
    check(port->sync_rx > 600 && port->announce_rx > 80, "messages are counted");
    const syntone::Interval link(port->mean_link_delay.average);
    const bool measured = std::chrono::abs(link - syntone::Interval(Board::wire_delay)) <= syntone::Interval(Board::resolution);
    const bool is_there = port->mean_link_delay.average != SYNTONE_NOT_MEASURED;
    check(is_there == (delay_mechanism == peer_to_peer) && is_there == measured, "the link is in the record if it is measured");
}

void run(const char *name, std::uint8_t delay_mechanism) {
    Time now{0};
    constexpr Time start = 1'700'000'000s;
    Board master_board(now, start, 0);
    Board middle_board(now, start - 7s, 50);
    Board slave_board(now, start - 80ms, -21);
    Board::connect(master_board, middle_board);
    Board::connect(middle_board, slave_board);
    middle_board.hold(0, 3ms);
    middle_board.hold(1, 1ms);

    syntone::PerformanceStorage<> records; // before the clock, so that it outlives it
    Node<1> master("master", master_board, end_config(1, delay_mechanism));
    Node<1> slave("slave", slave_board, end_config(3, delay_mechanism));
    syntone::TransparentClock<2> middle(middle_config(delay_mechanism), middle_board);
    check(static_cast<bool>(middle), "a transparent clock can be made");
    check(slave.clock().measure_performance(records) == SYNTONE_RESULT_OK, "the slave is monitored");

    Time worst{0};
    while (now < end) {
        master.run();
        const auto due = middle.run_once();
        check(static_cast<bool>(due), "it runs");
        slave.run();
        if (now >= judged_from) {
            worst = std::max(worst, std::chrono::abs(slave.error(master_board)));
        }
        // Straight to the next moment at which anything happens.
        now = std::min({master.next(), *due, middle_board.next_arrival(), slave.next(), end});
    }
    check_middle(middle, delay_mechanism);
    check_records(slave.clock(), delay_mechanism);
    const auto link = syntone::mean_link_delay(*slave.clock().port_status(0));
    check((std::chrono::abs(link - syntone::Interval(Board::wire_delay)) <= syntone::Interval(Board::resolution)) ==
              (delay_mechanism == peer_to_peer),
          "the slave has measured its link, if that is its way");
    check(slave.locked(), "the slave is locked");
    std::printf("%s: largest true error of the slave in the last %lld s: %lld ns (limit %lld ns)\n", name,
                number(end - judged_from) / 1'000'000'000, number(worst), number(limit));
    check(worst < limit, "the slave is right");

    // Blocked, it lets nothing pass.
    check(middle.set_forwarding(1, false) == SYNTONE_RESULT_OK, "a port can be blocked");
    const auto before = middle.port_status(1)->sent[SYNTONE_MESSAGE_SYNC];
    for (const Time until = now + 5s; now < until;) {
        master.run();
        const auto due = middle.run_once();
        now = std::min({master.next(), *due, middle_board.next_arrival(), until});
    }
    check(middle.port_status(1)->sent[SYNTONE_MESSAGE_SYNC] == before, "no Sync passes a port that is blocked");
}

} // namespace

int main() {
    run("end-to-end", end_to_end);
    run("peer-to-peer", peer_to_peer);
    std::puts("locked behind a transparent clock, end-to-end and peer-to-peer");
    return 0;
}
