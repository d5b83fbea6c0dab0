// A grandmaster, a boundary clock and a slave on boards of our own, in one program and in virtual time. The boundary clock
// starts 250 ms and 37 ppm wrong, the slave 80 ms and 21 ppm the other way. Prints a table; the exit status is 0 if the
// true errors of both stayed below 100 ns in the last 30 s.

#include "node.hpp"

#include <algorithm>
#include <cstdio>

namespace {

using namespace std::chrono_literals;

constexpr Time end = 120s;
constexpr Time judged_from = 90s;
constexpr Time limit = 100ns;

// A row of the table.
void print(Time now, const char *name, Time error, const syntone_status &status) {
    std::printf("%6lld s  %s  %-8s  %14lld  %14.1f  %9.1f  %10.1f\n", number(now) / 1'000'000'000, name,
                syntone::lock_name(status.lock), number(error), readable(syntone::offset_from_master(status)),
                readable(syntone::mean_delay(status)), syntone::frequency(status).ppb());
}

} // namespace

int main() {
    if (!syntone::versions_match()) {
        std::fprintf(stderr, "header and library do not match\n");
        return 2;
    }
    Time now{0};
    constexpr Time start = 1'700'000'000s;
    Board master_board(now, start, 0);
    Board boundary_board(now, start + 250ms, 37);
    Board slave_board(now, start - 80ms, -21);
    Board::connect(master_board, boundary_board);
    Board::connect(boundary_board, slave_board);

    syntone::Config master_config = config(1, 1);
    master_config.priority1 = 10;
    Node<1> master("master  ", master_board, master_config);
    Node<2> boundary("boundary", boundary_board, config(2, 2));
    syntone::Config slave_config = config(3, 1);
    slave_config.slave_only = 1;
    Node<1> slave("slave   ", slave_board, slave_config);

    std::printf("    time  clock     lock       true error/ns       offset/ns   delay/ns   freq./ppb\n");
    Time worst{0};
    Time next_row{0};
    while (now < end) {
        master.run();
        boundary.run();
        slave.run();
        const Time boundary_error = boundary.error(master_board);
        const Time slave_error = slave.error(master_board);
        if (now >= judged_from) {
            worst = std::max({worst, std::chrono::abs(boundary_error), std::chrono::abs(slave_error)});
        }
        if (now >= next_row) {
            print(now, "boundary", boundary_error, boundary.status());
            print(now, "slave   ", slave_error, slave.status());
            next_row += now < 10s ? 1s : 10s;
        }
        // Straight to the next moment at which anything happens.
        now = std::min({master.next(), boundary.next(), slave.next(), next_row});
    }

    master.print_discards();
    boundary.print_discards();
    slave.print_discards();
    const bool good = boundary.locked() && slave.locked() && slave.status().steps_removed == 2 && worst < limit;
    std::printf("%s: largest true error of boundary clock and slave in the last %lld s: %lld ns (limit %lld ns)\n",
                good ? "locked" : "FAILED", number(end - judged_from) / 1'000'000'000, number(worst), number(limit));
    return good ? 0 : 1;
}
