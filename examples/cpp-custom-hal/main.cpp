// A master and a slave on two boards of our own, in one program and in virtual time: the slave starts 250 ms and 37 ppm
// wrong and locks. Prints a table; the exit status is 0 if the slave's true error stayed below 100 ns in the last 30 s.

#include "board.hpp"

#include <syntone.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr Time second = 1'000'000'000;
constexpr Time end = 90 * second;
constexpr Time judged_from = 60 * second;
constexpr Time limit = 100;

// Says what went wrong and ends the program.
void require(syntone_result result, const char *call) {
    if (result != SYNTONE_RESULT_OK) {
        std::fprintf(stderr, "%s: %s\n", call, syntone_result_text(result));
        std::exit(2);
    }
}

void on_event(void *context, const syntone_event *event) noexcept {
    const auto *name = static_cast<const char *>(context);
    switch (event->kind) {
    case SYNTONE_EVENT_STATE:
        std::printf("         %s: state %d -> %d\n", name, event->state_before, event->state);
        break;
    case SYNTONE_EVENT_LOCK:
        std::printf("         %s: %s\n", name, event->lock == SYNTONE_LOCK_LOCKED ? "locked" : "not locked");
        break;
    case SYNTONE_EVENT_STEPPED:
        std::printf("         %s: stepped by %lld ns\n", name, static_cast<long long>(event->stepped));
        break;
    default:
        break;
    }
}

// A clock of Syntone on a board: the storage, the pointer into it, and when it wants to be called again.
class Node {
  public:
    Node(Board &board, const char *name, const syntone_config &config) : board_(board) {
        const syntone_hal hal = board.hal();
        syntone_config_error error{};
        const syntone_result result =
            syntone_clock_init(storage_.data(), storage_.size(), &config, &hal, &clock_, &error);
        if (result == SYNTONE_RESULT_BAD_CONFIG) {
            std::fprintf(stderr, "%s is %lld, allowed is %lld to %lld\n", error.option,
                         static_cast<long long>(error.value), static_cast<long long>(error.minimum),
                         static_cast<long long>(error.maximum));
        }
        require(result, "syntone_clock_init");
        require(syntone_clock_on_event(clock_, on_event, const_cast<char *>(name)), "syntone_clock_on_event");
    }
    // The storage must not move while the clock lives in it.
    Node(const Node &) = delete;
    Node &operator=(const Node &) = delete;

    void run() { require(syntone_clock_run_once(clock_, &due_), "syntone_clock_run_once"); }

    Time next() const { return std::min(static_cast<Time>(due_), board_.next_arrival()); }

    syntone_status status() const {
        syntone_status status{};
        status.struct_size = sizeof status;
        require(syntone_clock_status(clock_, &status), "syntone_clock_status");
        return status;
    }

    syntone_port_status port_status() const {
        syntone_port_status status{};
        status.struct_size = sizeof status;
        require(syntone_clock_port_status(clock_, 0, &status), "syntone_clock_port_status");
        return status;
    }

  private:
    Board &board_;
    alignas(SYNTONE_CLOCK_ALIGN) std::array<unsigned char, SYNTONE_CLOCK_SIZE(1)> storage_{};
    syntone_clock *clock_ = nullptr;
    std::uint64_t due_ = 0;
};

// The default profile, but with eight Syncs and one Announce a second.
syntone_config config(std::uint8_t number) {
    syntone_config config{};
    require(syntone_config_init(&config, sizeof config), "syntone_config_init");
    const std::uint8_t identity[] = {0x02, 0x00, 0x00, 0xFF, 0xFE, 0x00, 0x00, number};
    std::copy(std::begin(identity), std::end(identity), config.clock_identity);
    config.ports[0].log_sync_interval = -3;
    config.ports[0].log_min_delay_req_interval = -3;
    config.ports[0].log_announce_interval = 0;
    return config;
}

// A row of the table.
void print(Time now, Time error, const Node &slave) {
    const syntone_status status = slave.status();
    std::printf("%6lld s  %7d  %4d  %14lld  %12.1f  %10.1f  %10.1f\n", static_cast<long long>(now / second),
                slave.port_status().state, status.lock, static_cast<long long>(error),
                static_cast<double>(status.offset_from_master) / 65536, static_cast<double>(status.mean_delay) / 65536,
                status.frequency * 1000.0 / 65536);
}

void print_discards(const char *name, const syntone_port_status &status) {
    for (std::uint32_t reason = 0; reason < SYNTONE_DISCARD_REASONS; ++reason) {
        std::array<char, 32> text{};
        if (status.discarded[reason] != 0 &&
            syntone_discard_name(reason, text.data(), text.size()) == SYNTONE_RESULT_OK) {
            std::printf("%s discarded %u: %s\n", name, status.discarded[reason], text.data());
        }
    }
}

} // namespace

int main() {
    if (syntone_abi_version() != SYNTONE_ABI_VERSION) {
        std::fprintf(stderr, "header and library do not match\n");
        return 2;
    }
    Time now = 0;
    Board master_board(now, 1'700'000'000 * second, 0);
    Board slave_board(now, 1'700'000'000 * second + second / 4, 37);
    master_board.connect(slave_board);
    slave_board.connect(master_board);

    syntone_config master_config = config(1);
    master_config.priority1 = 10;
    Node master(master_board, "master", master_config);
    syntone_config slave_config = config(2);
    slave_config.slave_only = 1;
    Node slave(slave_board, "slave ", slave_config);

    std::printf("    time    state  lock   true error/ns     offset/ns    delay/ns   freq./ppb\n");
    Time worst = 0;
    Time next_row = 0;
    while (now < end) {
        master.run();
        slave.run();
        const Time error = slave_board.read_clock() - master_board.read_clock();
        if (now >= judged_from) {
            worst = std::max(worst, std::abs(error));
        }
        if (now >= next_row) {
            print(now, error, slave);
            next_row += now < 10 * second ? second : 10 * second;
        }
        // Straight to the next moment at which anything happens.
        now = std::min({master.next(), slave.next(), next_row});
    }

    print_discards("master", master.port_status());
    print_discards("slave ", slave.port_status());
    const bool locked = slave.status().lock == SYNTONE_LOCK_LOCKED;
    const bool good = locked && worst < limit;
    std::printf("%s: largest true error in the last %lld s: %lld ns (limit %lld ns)\n", good ? "locked" : "FAILED",
                static_cast<long long>((end - judged_from) / second), static_cast<long long>(worst),
                static_cast<long long>(limit));
    return good ? 0 : 1;
}
