// What a clock does beside following, on the boards of main.cpp: it says what it is worth, is asked for faster Syncs, tells of its
// measurements, knows UTC, is stepped by somebody else, and serves with its holdover when the grandmaster is gone. The exit status
// is 0 if all of it happens.

#include "node.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t to_slave = 1; // the port of the boundary clock

void check(bool holds, const char *what) {
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::exit(1);
    }
}

// A board that also reads what its clock tells of its measurements, as a collector in the network would.
class Heard : public Board {
  public:
    using Board::Board;
    std::vector<syntone_slave_event> events;

    std::int32_t send(const syntone_transmit &transmit, syntone::Span<const std::uint8_t> message) {
        const auto decoded = syntone::decode(message);
        if (decoded && decoded->message_type == SYNTONE_MESSAGE_SIGNALING) {
            for (const syntone_tlv &tlv : syntone::Tlvs(*decoded)) {
                for (std::size_t i = 0; const auto event = syntone::slave_event(tlv, i); ++i) {
                    events.push_back(*event);
                }
            }
        }
        return Board::send(transmit, message);
    }
};

// A grandmaster, a boundary clock and a slave in virtual time; the grandmaster can be taken away.
struct Chain {
    Time now{0};
    Board master_board{now, 1'700'000'000s, 0};
    Board boundary_board{now, 1'700'000'000s + 250ms, 37};
    Heard slave_board{now, 1'700'000'000s - 80ms, -21};
    syntone::PerformanceStorage<> records;
    Node<1> master{"master  ", master_board, config(1, 1)};
    Node<2> boundary{"boundary", boundary_board, config(2, 2)};
    Node<1, Heard> slave{"slave   ", slave_board, slave_config()};
    bool has_master = true;

    Chain() {
        Board::connect(master_board, boundary_board);
        Board::connect(boundary_board, slave_board);
    }

    static syntone::Config slave_config() {
        syntone::Config settings = config(3, 1);
        settings.set_first_step_threshold(20us).set_step_threshold(1ms).set_max_frequency(syntone::Frequency::from_ppm(400));
        settings.slave_only = 1;
        return settings;
    }

    void run(Time duration) {
        for (const Time end = now + duration; now < end;) {
            if (has_master) {
                master.run();
            }
            boundary.run();
            slave.run();
            now = std::min({has_master ? master.next() : end, boundary.next(), slave.next(), end});
        }
    }
};

void begin(Chain &chain) {
    syntone_grandmaster quality{};
    quality.clock_class = 6;
    quality.clock_accuracy = 0x21;
    quality.offset_scaled_log_variance = 0x4E5D;
    quality.current_utc_offset = 37;
    quality.time_flags = SYNTONE_TIME_PTP_TIMESCALE | SYNTONE_TIME_UTC_OFFSET_VALID | SYNTONE_TIME_TRACEABLE;
    quality.time_source = 0x20;
    check(chain.master.clock().set_grandmaster(quality) == SYNTONE_RESULT_OK, "the grandmaster says what it is worth");

    auto &boundary = chain.boundary.clock();
    check(boundary.holdover_upgrade().result() == SYNTONE_RESULT_OUT_OF_RANGE, "at first there is no upgrade");
    syntone_holdover_upgrade upgrade{};
    upgrade.enable = 1;
    upgrade.clock_accuracy = 0x23;
    upgrade.specification = static_cast<std::uint64_t>(std::chrono::nanoseconds(1h).count());
    upgrade.offset_scaled_log_variance = 0x4E5D;
    check(boundary.set_holdover_upgrade(upgrade) == SYNTONE_RESULT_OK, "its holdover is good for an hour");
    syntone_accepted_intervals accepted{};
    accepted.log_sync_interval_min = -5;
    accepted.log_sync_interval_max = 0;
    check(boundary.accept_interval_requests(accepted, to_slave) == SYNTONE_RESULT_OK, "it may be asked for Syncs");

    auto &slave = chain.slave.clock();
    auto monitoring = *slave.slave_monitoring();
    monitoring.enable = SYNTONE_MONITOR_RX_SYNC_TIMING | SYNTONE_MONITOR_RX_SYNC_COMPUTED;
    monitoring.events_per_rx_sync_timing_tlv = 4;
    check(slave.set_slave_monitoring(monitoring) == SYNTONE_RESULT_OK, "the slave tells of its Syncs");
    check(slave.measure_performance(chain.records) == SYNTONE_RESULT_OK, "and counts them");
}

void the_slave_knows_utc(Chain &chain) {
    const auto utc = chain.slave.clock().utc(syntone::timestamp(1'700'000'037s + 5ms));
    check(utc && utc->year == 2023 && utc->month == 11 && utc->day == 14 && utc->current == 1, "the day");
    check(utc->hour == 22 && utc->minute == 13 && utc->second == 20 && utc->nanoseconds == 5'000'000, "and the time of day");
}

// The stamps of each Sync are a way apart, the offset is that of the status, and who sent them is the boundary clock.
void the_slave_tells_of_its_syncs(Chain &chain) {
    const auto &events = chain.slave_board.events;
    const auto of = [&events](std::uint16_t type) {
        std::vector<syntone_slave_event> found;
        std::copy_if(events.begin(), events.end(), std::back_inserter(found),
                     [type](const syntone_slave_event &event) { return event.tlv_type == type; });
        return found;
    };
    const auto timing = of(SYNTONE_TLV_SLAVE_RX_SYNC_TIMING);
    const auto computed = of(SYNTONE_TLV_SLAVE_RX_SYNC_COMPUTED);
    check(timing.size() > 100 && timing.size() % 4 == 0 && computed.size() > 100, "there are many");
    const auto way = syntone::since_epoch(timing.back().received) - syntone::since_epoch(timing.back().sent);
    check(std::chrono::abs(way - Board::wire_delay) < 100ns, "a wire apart");
    check(timing.back().source.port_number == to_slave + 1, "sent by the port of the boundary clock");
    check(std::chrono::abs(syntone::Interval(computed.back().offset_from_master)) < syntone::Interval(100ns), "a small offset");
    check((computed.back().computed & SYNTONE_COMPUTED_OFFSET_FROM_MASTER) != 0, "which holds");
}

// As many as were measured, and only where the record says that values were.
void the_day_is_counted(Chain &chain) {
    const auto day = chain.slave.clock().histograms();
    const auto record = chain.slave.clock().performance(SYNTONE_PERFORMANCE_CURRENT_DAY);
    check(day && record, "the day has a record");
    const syntone_histogram &offsets = day->offset_from_master;
    const auto all = std::accumulate(offsets.counts, offsets.counts + offsets.buckets, std::uint32_t{0});
    check(all > 100 && all <= chain.slave.status().syncs, "Syncs were counted, while it was locked");
    for (std::uint32_t i = 0; i < offsets.buckets; ++i) {
        const bool below = i + 1 < offsets.buckets && offsets.bounds[i] < record->offset_from_master.minimum;
        const bool above = i > 0 && offsets.bounds[i - 1] >= record->offset_from_master.maximum;
        check(!(below || above) || offsets.counts[i] == 0, "between the smallest and the largest");
    }
    check(chain.slave.clock().histograms(SYNTONE_PERFORMANCE_PREVIOUS_DAY).result() == SYNTONE_RESULT_OUT_OF_RANGE, "a first day");
}

void the_slave_asks_for_faster_syncs(Chain &chain) {
    const auto interval = [&chain] { return *chain.boundary.clock().get(SYNTONE_SETTING_LOG_SYNC_INTERVAL, to_slave); };
    auto request = syntone::interval_request();
    request.log_sync_interval = -5;
    check(interval() == -3 && chain.slave.clock().request_intervals(request) == SYNTONE_RESULT_OK, "it asks");
    chain.run(1s);
    check(interval() == -5, "and gets them");
    check(chain.boundary.clock().refuse_interval_requests(to_slave) == SYNTONE_RESULT_OK, "no more of that");
    request.log_sync_interval = 0;
    check(chain.slave.clock().request_intervals(request) == SYNTONE_RESULT_OK, "it asks again");
    chain.run(1s);
    check(interval() == -5, "in vain");
}

void somebody_steps_the_clock_of_the_slave(Chain &chain) {
    chain.slave_board.step(5ms);
    check(chain.slave.clock().stepped(5ms) == SYNTONE_RESULT_OK, "it is told");
    chain.run(10s);
    check(chain.slave.locked() && std::chrono::abs(chain.slave.error(chain.boundary_board)) < 100ns, "and is back");
}

void the_grandmaster_goes(Chain &chain) {
    check(chain.slave.status().grandmaster_clock_class == 6, "until then it is followed");
    check(chain.boundary.clock().holdover_upgrade()->upgraded == 0, "and nothing is upgraded");
    chain.has_master = false;
    chain.run(20s);
    check(chain.boundary.clock().holdover_upgrade()->upgraded == 1, "the boundary clock serves with its holdover");
    const syntone_status status = chain.slave.status();
    check(status.grandmaster_clock_class == 7 && status.grandmaster_clock_accuracy == 0x23, "as it promised");
    check(std::memcmp(status.grandmaster, chain.boundary.status().clock_identity, 8) == 0, "it is grandmaster");
    check(chain.slave.locked() && std::chrono::abs(chain.slave.error(chain.boundary_board)) < 100ns, "and is followed");
}

} // namespace

int main() {
    Chain chain;
    begin(chain);
    chain.run(40s);
    check(chain.boundary.locked() && chain.slave.locked(), "both are locked");
    the_slave_knows_utc(chain);
    the_slave_tells_of_its_syncs(chain);
    the_day_is_counted(chain);
    the_slave_asks_for_faster_syncs(chain);
    somebody_steps_the_clock_of_the_slave(chain);
    the_grandmaster_goes(chain);
    std::puts("told, counted, asked, stepped, and served with a holdover");
    return 0;
}
