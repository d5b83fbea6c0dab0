// A slave on an interface of Linux, in a program with an event loop of its own: here poll() over the board's sockets and a
// pipe by which a signal ends it. Prints each measured offset; the clock is one of this program alone, so it needs no right but
// that to PTP's ports, and disturbs nobody.
//
//     main INTERFACE [udp|l2] [SECONDS]

#include <syntone.hpp>

#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace std::chrono_literals;

std::array<int, 2> end_pipe{};

void on_signal(int) {
    const char octet = 0;
    // What cannot be written now is there already.
    if (write(end_pipe[1], &octet, 1) != 1) {
    }
}

void tell(const syntone_event &event) {
    switch (event.kind) {
    case SYNTONE_EVENT_STATE:
        std::printf("port %d: %s -> %s\n", event.port + 1, syntone::state_name(event.state_before),
                    syntone::state_name(event.state));
        break;
    case SYNTONE_EVENT_LOCK:
        std::printf("%s\n", syntone::lock_name(event.lock));
        break;
    case SYNTONE_EVENT_STEPPED:
        std::printf("stepped by %lld ns\n", static_cast<long long>(event.stepped));
        break;
    default:
        break;
    }
}

// Prints what is new since the last time.
void print(const syntone_status &status, std::uint32_t &seen) {
    if (status.syncs == seen) {
        return;
    }
    seen = status.syncs;
    std::printf("offset %10.0f ns  delay %8.0f ns  frequency %8.1f ppb  %s\n",
                syntone::FractionalNanoseconds(syntone::offset_from_master(status)).count(),
                syntone::FractionalNanoseconds(syntone::mean_delay(status)).count(), syntone::frequency(status).ppb(),
                syntone::lock_name(status.lock));
    std::fflush(stdout);
}

// Waits for the board or for the end; false at the end.
bool wait(syntone::LinuxBoard &board, const syntone_hal &hal, std::chrono::nanoseconds until) {
    std::array<int, 64> sockets{};
    const auto count = board.descriptors(sockets, until);
    if (!count) {
        std::fprintf(stderr, "%s\n", count.error());
        return false;
    }
    std::array<pollfd, 65> polled{};
    polled[0] = {end_pipe[0], POLLIN, 0};
    for (std::size_t i = 0; i < *count; ++i) {
        polled[i + 1] = {sockets[i], POLLIN | POLLPRI, 0};
    }
    const std::chrono::nanoseconds now(static_cast<std::int64_t>(hal.monotonic(hal.context)));
    // Rounded up, so that it is not awake too early and again.
    const auto left = until > now ? (until - now + 999'999ns) / 1ms : 0;
    poll(polled.data(), *count + 1, static_cast<int>(left < 1000 ? left : 1000));
    return polled[0].revents == 0;
}

int follow(const syntone::LinuxConfig &linux_config, std::chrono::seconds duration) {
    syntone::LinuxBoard board(linux_config);
    if (!board) {
        std::fprintf(stderr, "%s\n", board.error());
        return 4;
    }
    syntone::Config config;
    config.slave_only = 1;
    if (const auto identity = board.clock_identity(0)) {
        config.set_clock_identity(*identity);
    }
    const syntone_hal hal = board.hal();
    syntone::Clock<> clock(config, hal);
    if (!clock || clock.on_event(tell) != SYNTONE_RESULT_OK) {
        std::fprintf(stderr, "%s %s\n", clock.error(), clock.config_error().option);
        return 1;
    }
    std::uint32_t seen = 0;
    const std::uint64_t end = hal.monotonic(hal.context) + static_cast<std::uint64_t>(std::chrono::nanoseconds(duration).count());
    for (auto next = clock.run_once(); next && hal.monotonic(hal.context) < end; next = clock.run_once()) {
        print(*clock.status(), seen);
        if (!wait(board, hal, *next)) {
            break;
        }
    }
    return clock.status()->lock == SYNTONE_LOCK_LOCKED ? 0 : 3;
}

} // namespace

int main(int count, char **arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: %s INTERFACE [udp|l2] [SECONDS]\n", arguments[0]);
        return 2;
    }
    syntone::LinuxConfig config;
    config.set_interface(0, arguments[1]);
    config.stamping = SYNTONE_STAMPING_SOFTWARE;
    config.offset = 300'000'000;
    config.frequency_error = syntone::Frequency::from_ppm(37).scaled_ppm();
    std::chrono::seconds duration(1'000'000);
    for (int i = 2; i < count; ++i) {
        if (std::strcmp(arguments[i], "l2") == 0) {
            config.ports[0].transport = SYNTONE_TRANSPORT_ETHERNET;
        } else if (std::strcmp(arguments[i], "udp") != 0) {
            duration = std::chrono::seconds(std::atol(arguments[i]));
        }
    }
    if (pipe(end_pipe.data()) != 0) {
        std::perror("pipe");
        return 1;
    }
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    return follow(config, duration);
}
