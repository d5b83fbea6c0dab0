// What the C++ wrapper promises beside units: errors are results, the callback in place is destroyed and not replaced from
// within itself, and what a board does not have is not asked for. Exits with 0 if all of it holds.

#include "board.hpp"

#include <syntone.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace {

using namespace std::chrono_literals;

void check(bool holds, const char *what) {
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::exit(1);
    }
}

// A board that has only what it must have; nothing ever happens to it.
struct Bare {
    std::int32_t receive(syntone::Span<std::uint8_t>, syntone_received &) { return SYNTONE_HAL_OK; }
    std::int32_t send(const syntone_transmit &, syntone::Span<const std::uint8_t>) { return SYNTONE_HAL_OK; }
    std::int32_t poll_egress(syntone_egress_stamp &) { return SYNTONE_HAL_OK; }
    std::chrono::nanoseconds monotonic() { return 0ns; }
    std::int32_t now(syntone_timestamp &) { return SYNTONE_HAL_OK; }
    syntone::Frequency max_frequency() { return syntone::Frequency::from_ppm(100); }
    std::int32_t set_frequency(syntone::Frequency) { return SYNTONE_HAL_OK; }
};

// Counts how many of it there are.
struct Counted {
    explicit Counted(int &count) : count_(&count) { ++*count_; }
    Counted(const Counted &other) : count_(other.count_) { ++*count_; }
    Counted &operator=(const Counted &) = delete;
    ~Counted() { --*count_; }
    void operator()(const syntone_event &) const {}

  private:
    int *count_;
};

void a_clock_that_cannot_be_made_says_why() {
    Bare board;
    syntone::Config config;
    syntone::Clock<> without_identity(config, board);
    check(!without_identity, "no clock without an identity");
    check(without_identity.result() == SYNTONE_RESULT_BAD_CONFIG, "the result says so");
    check(without_identity.config_error().option[0] != '\0', "and names the option");
    check(without_identity.run_once().result() == SYNTONE_RESULT_NULL_POINTER, "it does not run");
    check(!without_identity.status(), "and has no status");
    config.set_mac48({2, 0, 0, 0, 0, 1}).port_count = 8;
    check(syntone::Clock<1>(config, board).result() == SYNTONE_RESULT_STORAGE_TOO_SMALL, "ports beyond its storage");
}

void what_a_board_does_not_have_is_not_asked_for() {
    Bare bare;
    const syntone_hal table = syntone::hal(bare);
    check(table.step == nullptr && table.link_up == nullptr && table.capabilities == nullptr, "all three are missing");
    check(table.max_frequency == 100 * 65'536, "its limit is told");
    const syntone::Config config = syntone::Config().set_mac48({2, 0, 0, 0, 0, 1});
    syntone::Clock<> over_table(config, table);
    check(static_cast<bool>(over_table), "a table of functions makes a clock as well");
    check(over_table.run_once()->count() > 0, "and it runs");
}

void a_callback_is_destroyed_with_its_clock_or_when_replaced() {
    int count = 0;
    {
        Bare board;
        syntone::Clock<> clock(syntone::Config().set_mac48({2, 0, 0, 0, 0, 1}), board);
        for (int turn = 0; turn < 2; ++turn) {
            const syntone_result result = clock.on_event(Counted(count));
            check(result == SYNTONE_RESULT_OK && count == 1, "one is kept, and one alone");
        }
    }
    check(count == 0, "none is left");
}

void a_callback_cannot_replace_itself() {
    int told = 0;
    int count = 0;
    syntone_result inner = SYNTONE_RESULT_OK;
    const Counted kept(count);
    Bare board;
    syntone::Clock<> clock(syntone::Config().set_mac48({2, 0, 0, 0, 0, 1}), board);
    const syntone_result outer = clock.on_event([&clock, &told, &inner, kept](const syntone_event &event) {
        if (event.kind == SYNTONE_EVENT_STATE) {
            ++told;
            inner = clock.on_event([](const syntone_event &) {});
        }
    });
    check(outer == SYNTONE_RESULT_OK && count == 2, "it is taken");
    check(static_cast<bool>(clock.run_once()), "the port starts to listen");
    check(told == 1 && inner == SYNTONE_RESULT_BUSY && count == 2, "busy, and still there");
}

void settings_change_while_a_clock_runs_and_are_named_where_they_cannot() {
    Bare board;
    syntone::Clock<> clock(syntone::Config().set_mac48({2, 0, 0, 0, 0, 1}), board);
    check(clock.set(SYNTONE_SETTING_PRIORITY1, 7) == SYNTONE_RESULT_OK, "a setting can be changed");
    check(*clock.get(SYNTONE_SETTING_PRIORITY1) == 7, "and is read back");
    syntone_config_error error;
    check(clock.set(SYNTONE_SETTING_LOG_SYNC_INTERVAL, 8, 0, &error) == SYNTONE_RESULT_BAD_CONFIG, "out of range");
    check(error.value == 8 && error.maximum == 7, "the range is told");
    check(clock.get(SYNTONE_SETTING_LOG_SYNC_INTERVAL, 1).result() == SYNTONE_RESULT_OUT_OF_RANGE, "no such port");
    check(clock.start_from(syntone::Frequency::from_ppm(12)) == SYNTONE_RESULT_OK, "it starts from a frequency");
    check(syntone::frequency(*clock.status()).ppb() == 12'000, "and tells it");
    check(clock.start_from(syntone::Frequency::from_ppm(101)) == SYNTONE_RESULT_REFUSED, "not beyond the board's limit");
    check(clock.initialize() == SYNTONE_RESULT_OK, "its ports start anew");
}

// Of PRIORITY1 (0x2005) or CLOCK_DESCRIPTION (0x0001): how many answers, and the first octet of the last one's data.
template <class Clock> std::pair<int, int> ask(Clock &clock, std::uint16_t id, syntone::Access allowed) {
    std::array<std::uint8_t, 100> octets{};
    std::array<std::uint8_t, 1500> room{};
    const auto length = syntone::encode(syntone::request(id), {}, octets);
    check(static_cast<bool>(length), "a request can be made");
    std::pair<int, int> told{0, -1};
    const auto keep = [&told](syntone::Span<const std::uint8_t> answer) {
        const auto response = syntone::decode_response(answer);
        check(response && response->outcome == SYNTONE_OUTCOME_DATA, "the answer can be read");
        told = {told.first + 1, response->data[0]};
    };
    const syntone_result result = clock.answer(allowed, {octets.data(), *length}, room, keep);
    check(result == (told.first > 0 ? SYNTONE_RESULT_OK : SYNTONE_RESULT_NOT_ANSWERED), "the result says whether");
    return told;
}

void management_is_asked_and_answered() {
    Bare board;
    syntone::Clock<2> clock(syntone::Config().set_mac48({2, 0, 0, 0, 0, 1}), board);
    check(ask(clock, 0x2005, syntone::Access::ask) == std::pair<int, int>{1, 128}, "priority1 is 128");
    check(ask(clock, 0x2005, syntone::Access::none).first == 0, "nothing is told to who may not ask");
    syntone::TransparentConfig config;
    config.set_mac48({2, 0, 0, 0, 0, 2}).port_count = 3;
    syntone::TransparentClock<3> transparent(config, board);
    check(ask(transparent, 0x0001, syntone::Access::ask).first == 3, "each port of a transparent clock answers");
    check(transparent.set_management_access(2, syntone::Access::change) == SYNTONE_RESULT_OK, "a port of it lets it");
    check(transparent.set_management_access(3, syntone::Access::ask) == SYNTONE_RESULT_OUT_OF_RANGE, "no such port");
}

void storage_is_lent() {
    Bare board;
    alignas(8) std::array<std::uint8_t, 64> room{}; // before the clock, so that it outlives it
    syntone::PerformanceStorage<> records;
    syntone::Clock<> clock(syntone::Config().set_mac48({2, 0, 0, 0, 0, 1}), board);
    constexpr std::array<std::uint8_t, 10> tlv{0x80, 0x00, 0, 6, 0x00, 0x1B, 0x19, 0, 0, 1};
    check(clock.announce_tlvs(tlv) == SYNTONE_RESULT_BAD_CONFIG, "there is no room for it");
    check(clock.lend(SYNTONE_LEND_ANNOUNCED_TLVS, room) == SYNTONE_RESULT_OK, "room is lent");
    check(clock.announce_tlvs(tlv) == SYNTONE_RESULT_OK, "there is now");
    int taken = 0;
    check(clock.take_tlvs([&taken](const syntone_received_tlv &) { ++taken; }) == SYNTONE_RESULT_OK && taken == 0, "none came");
    check(clock.performance(0).result() == SYNTONE_RESULT_OUT_OF_RANGE, "nothing is measured");
    check(clock.measure_performance(records) == SYNTONE_RESULT_OK && clock.performance(0), "now it is");
    check(clock.performance(0)->offset_from_master.average == SYNTONE_NOT_MEASURED, "there was nothing yet");
    syntone_fault fault;
    check(syntone_clock_fault(clock.c_clock(), 0, &fault) == SYNTONE_RESULT_OUT_OF_RANGE, "what is not here is in C");
    syntone::TransparentConfig config;
    config.set_mac48({2, 0, 0, 0, 0, 2});
    syntone::TransparentClock<> transparent(config, board);
    check(syntone_transparent_lend(transparent.c_clock(), SYNTONE_LEND_FAULT_LOG, room.data(), room.size()) == SYNTONE_RESULT_OK,
          "of transparent clocks, too");
    check(transparent.stepped() == SYNTONE_RESULT_OK, "which are told of steps");
}

// UDP ports that the system chooses, for this machine alone.
void a_board_of_linux_says_what_is_the_matter() {
    syntone::LinuxConfig config;
    config.set_interface(0, "no-such-if");
    syntone::LinuxBoard none(config);
    check(!none && none.result() == SYNTONE_RESULT_SYSTEM && none.error()[0] != '\0', "there is no such interface");
    check(none.c_board() == nullptr && none.trouble(0).result() == SYNTONE_RESULT_NULL_POINTER, "so there is no board");
    config.set_interface(0, "");
    for (std::uint8_t i = 0; i < 4; ++i) {
        config.ports[0].address[i] = config.ports[0].peer_address[i] = std::array<std::uint8_t, 4>{127, 0, 0, 1}[i];
    }
    config.ports[0].event_port = config.ports[0].general_port = 0;
    syntone::LinuxBoard board(config);
    check(board && board.c_board() != nullptr, "one is open");
    check(board.trouble(0)->text[0] == '\0' && board.stepped_by_others()->count() == 0, "and nothing is the matter");
    const auto replaced = board.take_replaced_clock();
    check(replaced && !*replaced, "nor is its clock another");
    check(board.clock_identity(0).result() == SYNTONE_RESULT_OUT_OF_RANGE, "an address has no identity");
    check(board.wait(0ns) == SYNTONE_RESULT_OK, "what is past is not waited for");
    auto until = std::chrono::nanoseconds(1h);
    std::array<int, 8> sockets{};
    check(*board.descriptors(sockets, until) >= 2, "two sockets and more");
}

void units_are_those_of_the_wire() {
    check(syntone::Interval(1us).count() == 1'000 * 65'536, "2^-16 ns");
    check(syntone::FractionalNanoseconds(syntone::Interval(98'304)).count() == 1.5, "with its fraction");
    check(syntone::Config().set_lock_threshold(2us).lock_threshold == 2'000 * 65'536, "as the configuration has it");
    const auto transparent = syntone::TransparentConfig().set_syntonised_domain(3);
    check(transparent.syntonised == 1 && transparent.syntonised_domain == 3, "and that of a transparent clock");
    check(syntone::Frequency::from_scaled_ppm(-65'536).ppb() == -1'000, "2^-16 ppm");
    check(syntone::Frequency::from_ppm(-3).ppb() == -3'000, "ppm and ppb");
    const syntone_timestamp stamp = syntone::timestamp(1'700'000'000s + 7ns);
    check(stamp.seconds == 1'700'000'000 && stamp.nanoseconds == 7, "a moment");
    check(syntone::since_epoch(stamp) == 1'700'000'000s + 7ns, "and back");
    const std::array<std::uint8_t, 3> octets{1, 2, 3};
    const syntone::Span<const std::uint8_t> span(octets);
    check(span.size() == 3 && span[2] == 3 && span.end() - span.begin() == 3, "a span of an array");
}

} // namespace

int main() {
    a_clock_that_cannot_be_made_says_why();
    what_a_board_does_not_have_is_not_asked_for();
    a_callback_is_destroyed_with_its_clock_or_when_replaced();
    a_callback_cannot_replace_itself();
    settings_change_while_a_clock_runs_and_are_named_where_they_cannot();
    management_is_asked_and_answered();
    storage_is_lent();
    a_board_of_linux_says_what_is_the_matter();
    units_are_those_of_the_wire();
    std::puts("the wrapper keeps its promises");
    return 0;
}
