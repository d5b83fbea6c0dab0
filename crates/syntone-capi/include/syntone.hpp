/*
 * The C++17 interface of Syntone, an IEEE 1588-2019 (PTP) stack: syntone.h with types that know their units.
 *
 * Nothing but this header: every function is inline and calls syntone.h, where ranges, ownership and threads stand. No
 * exceptions, no RTTI, no heap. What a board of yours throws ends the program (its functions are called from C).
 *
 * Use: write a board, a class with the member functions that syntone::hal() lists; fill in a syntone::Config; make a
 * syntone::Clock of both; call its run_once() again and again.
 *
 *     syntone::Config config;
 *     config.set_mac48({0x02, 0x00, 0x5E, 0x10, 0x00, 0x01});
 *     syntone::Clock<> clock(config, board);
 *     if (!clock) { std::puts(clock.error()); }
 *     clock.on_event([&](const syntone_event &event) { ... });
 *     for (;;) { const syntone::Expected<std::chrono::nanoseconds> next = clock.run_once(); ... }
 */
#ifndef SYNTONE_HPP
#define SYNTONE_HPP

#include "syntone.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace syntone {

// An interval in units of 2^-16 ns, as PTP carries it: offsets, delays, latencies, thresholds. std::chrono::nanoseconds and
// longer units become one by themselves; back it is a duration_cast, or a std::chrono::duration of double.
using Interval = std::chrono::duration<std::int64_t, std::ratio<1, 65'536'000'000'000>>;

// The same in nanoseconds with a fraction, for people to read.
using FractionalNanoseconds = std::chrono::duration<double, std::nano>;

// How much faster (negative: slower) than by itself a clock is made to run, in units of 2^-16 ppm.
class Frequency {
  public:
    constexpr Frequency() = default;
    static constexpr Frequency from_scaled_ppm(std::int32_t scaled) { return Frequency(scaled); }
    // Below 32768 ppm either way.
    static constexpr Frequency from_ppm(std::int32_t ppm) { return Frequency(ppm * 65'536); }
    constexpr std::int32_t scaled_ppm() const { return scaled_; }
    constexpr double ppb() const { return scaled_ * 1000.0 / 65'536; }

  private:
    explicit constexpr Frequency(std::int32_t scaled) : scaled_(scaled) {}
    std::int32_t scaled_ = 0;
};

// A piece of memory that somebody else owns: std::span, for those who do not have it.
template <class T> class Span {
  public:
    constexpr Span() = default;
    constexpr Span(T *data, std::size_t size) : data_(data), size_(size) {}
    // Of anything contiguous: arrays, std::array, std::vector, std::string_view of octets.
    template <class Range, class = std::enable_if_t<std::is_convertible_v<
                               std::remove_pointer_t<decltype(std::data(std::declval<Range &>()))> (*)[], T (*)[]>>>
    constexpr Span(Range &&range) : data_(std::data(range)), size_(std::size(range)) {}
    constexpr T *data() const { return data_; }
    constexpr std::size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr T *begin() const { return data_; }
    constexpr T *end() const { return data_ + size_; }
    constexpr T &operator[](std::size_t index) const { return data_[index]; }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

// A result in words.
inline const char *text(syntone_result result) noexcept {
    return syntone_result_text(static_cast<std::int32_t>(result));
}

// A value, or the result that says why there is none.
template <class T> class [[nodiscard]] Expected {
  public:
    Expected(const T &value) : value_(value), result_(SYNTONE_RESULT_OK) {}
    Expected(syntone_result error) : result_(error) {}
    explicit operator bool() const { return result_ == SYNTONE_RESULT_OK; }
    syntone_result result() const { return result_; }
    const char *error() const { return text(result_); }
    // With an error, a value that is all zero.
    const T &operator*() const { return value_; }
    const T *operator->() const { return &value_; }

  private:
    T value_{};
    syntone_result result_;
};

// Header and library match.
inline bool versions_match() noexcept { return syntone_abi_version() == SYNTONE_ABI_VERSION; }

// A moment of the PTP clock, from the time since its epoch, which must not be negative.
constexpr syntone_timestamp timestamp(std::chrono::nanoseconds since_epoch) noexcept {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
    syntone_timestamp stamp{};
    stamp.seconds = static_cast<std::uint64_t>(seconds.count());
    stamp.nanoseconds = static_cast<std::uint32_t>((since_epoch - seconds).count());
    return stamp;
}

// The time since the epoch, without fractions of a nanosecond; below 292 years.
constexpr std::chrono::nanoseconds since_epoch(const syntone_timestamp &stamp) noexcept {
    return std::chrono::seconds(static_cast<std::int64_t>(stamp.seconds)) + std::chrono::nanoseconds(stamp.nanoseconds);
}

// The state of a port by the standard's name.
constexpr const char *state_name(std::uint8_t state) noexcept {
    switch (state) {
    case SYNTONE_PORT_STATE_INITIALIZING: return "INITIALIZING";
    case SYNTONE_PORT_STATE_FAULTY: return "FAULTY";
    case SYNTONE_PORT_STATE_DISABLED: return "DISABLED";
    case SYNTONE_PORT_STATE_LISTENING: return "LISTENING";
    case SYNTONE_PORT_STATE_PRE_MASTER: return "PRE_MASTER";
    case SYNTONE_PORT_STATE_MASTER: return "MASTER";
    case SYNTONE_PORT_STATE_PASSIVE: return "PASSIVE";
    case SYNTONE_PORT_STATE_UNCALIBRATED: return "UNCALIBRATED";
    case SYNTONE_PORT_STATE_SLAVE: return "SLAVE";
    default: return "?";
    }
}

// How well a clock follows, in a word.
constexpr const char *lock_name(std::uint8_t lock) noexcept {
    switch (lock) {
    case SYNTONE_LOCK_UNLOCKED: return "unlocked";
    case SYNTONE_LOCK_LOCKED: return "locked";
    case SYNTONE_LOCK_HOLDOVER: return "holdover";
    default: return "?";
    }
}

// The name of a reason to discard, the index in syntone_port_status.discarded; empty if there is no such reason.
inline std::array<char, 64> discard_name(std::uint32_t reason) noexcept {
    std::array<char, 64> name{};
    static_cast<void>(syntone_discard_name(reason, name.data(), name.size()));
    return name;
}

// The clockIdentity that belongs to a MAC address.
constexpr std::array<std::uint8_t, 8> clock_identity(const std::array<std::uint8_t, 6> &mac) noexcept {
    return {mac[0], mac[1], mac[2], 0xFF, 0xFE, mac[3], mac[4], mac[5]};
}

// Settings: a syntone_config that begins with the default profile, and setters that take units.
struct Config : syntone_config {
    Config() noexcept : syntone_config{} { static_cast<void>(syntone_config_init(this, sizeof(syntone_config))); }

    Config &set_clock_identity(const std::array<std::uint8_t, 8> &identity) noexcept {
        for (std::size_t i = 0; i < identity.size(); ++i) {
            clock_identity[i] = identity[i];
        }
        return *this;
    }
    // The clockIdentity that belongs to a MAC address.
    Config &set_mac48(const std::array<std::uint8_t, 6> &mac) noexcept {
        return set_clock_identity(syntone::clock_identity(mac));
    }
    Config &set_max_frequency(Frequency most) noexcept {
        max_frequency = most.scaled_ppm();
        return *this;
    }
    Config &set_first_step_threshold(Interval threshold) noexcept {
        first_step_threshold = threshold.count();
        return *this;
    }
    Config &set_step_threshold(Interval threshold) noexcept {
        step_threshold = threshold.count();
        return *this;
    }
    Config &set_lock_threshold(Interval threshold) noexcept {
        lock_threshold = threshold.count();
        return *this;
    }
};

// Settings of a transparent clock: a syntone_transparent_config that begins with its defaults, and setters that take units.
struct TransparentConfig : syntone_transparent_config {
    TransparentConfig() noexcept : syntone_transparent_config{} {
        static_cast<void>(syntone_transparent_config_init(this, sizeof(syntone_transparent_config)));
    }

    TransparentConfig &set_clock_identity(const std::array<std::uint8_t, 8> &identity) noexcept {
        for (std::size_t i = 0; i < identity.size(); ++i) {
            clock_identity[i] = identity[i];
        }
        return *this;
    }
    // The clockIdentity that belongs to a MAC address.
    TransparentConfig &set_mac48(const std::array<std::uint8_t, 6> &mac) noexcept {
        return set_clock_identity(syntone::clock_identity(mac));
    }
    // The frequency of the clock is steered to that of the grandmaster of this domain.
    TransparentConfig &set_syntonised_domain(std::uint8_t domain_number) noexcept {
        syntonised = 1;
        syntonised_domain = domain_number;
        return *this;
    }
};

namespace detail {

template <class T> Expected<T> done(syntone_result result, const T &value) noexcept {
    return result == SYNTONE_RESULT_OK ? Expected<T>(value) : Expected<T>(result);
}

// What a function of C tells of when to be called again. The clock may say "never"; a duration cannot count so far.
inline std::chrono::nanoseconds when(std::uint64_t next) noexcept {
    constexpr auto most = static_cast<std::uint64_t>(INT64_MAX);
    return std::chrono::nanoseconds(static_cast<std::int64_t>(next < most ? next : most));
}

template <class Board, class = void> struct has_forward : std::false_type {};
template <class Board>
struct has_forward<Board, std::void_t<decltype(std::declval<Board &>().forward(std::declval<const syntone_transmit &>(),
                                                                               std::declval<const syntone_address &>(),
                                                                               Span<const std::uint8_t>()))>>
    : std::true_type {};
template <class Board, class = void> struct has_link_up : std::false_type {};
template <class Board>
struct has_link_up<Board, std::void_t<decltype(std::declval<Board &>().link_up(std::uint8_t{}))>> : std::true_type {};
template <class Board, class = void> struct has_capabilities : std::false_type {};
template <class Board>
struct has_capabilities<Board, std::void_t<decltype(std::declval<Board &>().capabilities(std::uint8_t{}))>>
    : std::true_type {};
template <class Board, class = void> struct has_step : std::false_type {};
template <class Board>
struct has_step<Board, std::void_t<decltype(std::declval<Board &>().step(std::chrono::nanoseconds{}))>>
    : std::true_type {};

// The functions that C calls. They are noexcept: nothing is thrown into the library.
template <class Board> struct Calls {
    static Board &self(void *context) noexcept { return *static_cast<Board *>(context); }

    static std::int32_t receive(void *context, std::uint8_t *buffer, std::size_t capacity,
                                syntone_received *received) noexcept {
        return self(context).receive(Span<std::uint8_t>(buffer, capacity), *received);
    }
    static std::int32_t send(void *context, const syntone_transmit *transmit, const std::uint8_t *message,
                             std::size_t length) noexcept {
        return self(context).send(*transmit, Span<const std::uint8_t>(message, length));
    }
    static std::int32_t forward(void *context, const syntone_transmit *transmit, const syntone_address *source,
                                const std::uint8_t *message, std::size_t length) noexcept {
        return self(context).forward(*transmit, *source, Span<const std::uint8_t>(message, length));
    }
    static std::int32_t poll_egress(void *context, syntone_egress_stamp *stamp) noexcept {
        return self(context).poll_egress(*stamp);
    }
    static std::uint64_t monotonic(void *context) noexcept {
        const std::chrono::nanoseconds now = self(context).monotonic();
        return static_cast<std::uint64_t>(now.count());
    }
    static std::int32_t now(void *context, syntone_timestamp *now) noexcept { return self(context).now(*now); }
    static std::int32_t set_frequency(void *context, std::int32_t frequency) noexcept {
        return self(context).set_frequency(Frequency::from_scaled_ppm(frequency));
    }
    static std::uint8_t link_up(void *context, std::uint8_t port) noexcept { return self(context).link_up(port) ? 1 : 0; }
    static void capabilities(void *context, std::uint8_t port, syntone_port_capabilities *told) noexcept {
        *told = self(context).capabilities(port);
    }
    static std::int32_t step(void *context, std::int64_t nanoseconds) noexcept {
        return self(context).step(std::chrono::nanoseconds(nanoseconds));
    }
};

// A callable in place: std::function without heap and RTTI.
class Callback {
  public:
    static constexpr std::size_t capacity = 4 * sizeof(void *);

    Callback() = default;
    Callback(const Callback &) = delete;
    Callback &operator=(const Callback &) = delete;
    ~Callback() { clear(); }

    template <class F> void set(F &&function) {
        using Held = std::decay_t<F>;
        static_assert(sizeof(Held) <= capacity && alignof(Held) <= alignof(void *),
                      "too much is captured: capture a reference to it");
        clear();
        ::new (static_cast<void *>(storage_)) Held(std::forward<F>(function));
        call_ = [](void *held, const syntone_event &event) { (*static_cast<Held *>(held))(event); };
        destroy_ = [](void *held) { static_cast<Held *>(held)->~Held(); };
    }
    void clear() noexcept {
        if (destroy_ != nullptr) {
            destroy_(storage_);
        }
        call_ = nullptr;
        destroy_ = nullptr;
    }
    static void invoke(void *context, const syntone_event *event) noexcept {
        auto &callback = *static_cast<Callback *>(context);
        if (callback.call_ != nullptr) {
            callback.call_(callback.storage_, *event);
        }
    }

  private:
    alignas(void *) unsigned char storage_[capacity];
    void (*call_)(void *, const syntone_event &) = nullptr;
    void (*destroy_)(void *) = nullptr;
};

// Hands what C hands over to a callable that lives as long as the call.
template <class F> struct Handed {
    static void octets(void *context, const std::uint8_t *octets, std::size_t length) noexcept {
        (*static_cast<F *>(context))(Span<const std::uint8_t>(octets, length));
    }
    static void tlv(void *context, const syntone_received_tlv *tlv) noexcept { (*static_cast<F *>(context))(*tlv); }
};
template <class F> void *context(F &function) noexcept {
    return const_cast<void *>(static_cast<const void *>(std::addressof(function)));
}

} // namespace detail

// What management may do.
enum class Access : std::uint8_t { none = 0, ask = 1, change = 2 };

// A board as syntone.h wants it. It is not copied: it must live, and stay where it is, as long as the clock. Its member
// functions, with the meaning of those of syntone_hal:
//
//     std::int32_t receive(syntone::Span<std::uint8_t> buffer, syntone_received &received);
//     std::int32_t send(const syntone_transmit &transmit, syntone::Span<const std::uint8_t> message);
//     std::int32_t poll_egress(syntone_egress_stamp &stamp);
//     std::chrono::nanoseconds monotonic();
//     std::int32_t now(syntone_timestamp &now);
//     std::int32_t set_frequency(syntone::Frequency frequency);
//     syntone::Frequency max_frequency();                                    // asked once
//     std::int32_t step(std::chrono::nanoseconds by);                        // may be missing
//     bool link_up(std::uint8_t port);                                       // may be missing
//     std::int32_t forward(const syntone_transmit &transmit, const syntone_address &source,
//                          syntone::Span<const std::uint8_t> message);       // may be missing
//     syntone_port_capabilities capabilities(std::uint8_t port);             // may be missing
template <class Board> syntone_hal hal(Board &board) {
    using Calls = detail::Calls<Board>;
    syntone_hal table{};
    table.struct_size = sizeof table;
    table.abi_version = SYNTONE_ABI_VERSION;
    table.context = &board;
    table.receive = Calls::receive;
    table.send = Calls::send;
    table.poll_egress = Calls::poll_egress;
    table.monotonic = Calls::monotonic;
    table.now = Calls::now;
    table.set_frequency = Calls::set_frequency;
    table.max_frequency = Frequency(board.max_frequency()).scaled_ppm();
    if constexpr (detail::has_step<Board>::value) {
        table.step = Calls::step;
    }
    if constexpr (detail::has_forward<Board>::value) {
        table.forward = Calls::forward;
    }
    if constexpr (detail::has_link_up<Board>::value) {
        table.link_up = Calls::link_up;
    }
    if constexpr (detail::has_capabilities<Board>::value) {
        table.capabilities = Calls::capabilities;
    }
    return table;
}

// A request for message intervals that leaves all as they are; change what is to be different, and Clock::request_intervals().
constexpr syntone_interval_request interval_request() noexcept {
    syntone_interval_request request{};
    request.log_announce_interval = SYNTONE_INTERVAL_NO_CHANGE;
    request.log_sync_interval = SYNTONE_INTERVAL_NO_CHANGE;
    request.log_pdelay_req_interval = SYNTONE_INTERVAL_NO_CHANGE;
    return request;
}

// Storage for the performance records of a clock with at most `Ports` ports.
template <unsigned Ports = 1> struct PerformanceStorage {
    alignas(SYNTONE_CLOCK_ALIGN) unsigned char octets[SYNTONE_PERFORMANCE_SIZE(Ports)];
};

// A clock with at most `Ports` ports, in its own storage: it is neither copied nor moved. Whether it could be made is told
// by its value as a condition; every call on one that could not returns SYNTONE_RESULT_NULL_POINTER.
template <unsigned Ports = 1> class Clock {
    static_assert(Ports >= 1 && Ports <= SYNTONE_MAX_PORTS, "a clock has 1 to SYNTONE_MAX_PORTS ports");

  public:
    // Over a board, which must outlive the clock.
    template <class Board, class = std::enable_if_t<!std::is_same_v<std::remove_cv_t<Board>, syntone_hal>>>
    Clock(const syntone_config &config, Board &board) : Clock(config, hal(board)) {}
    // Over a table of functions, which is copied.
    Clock(const syntone_config &config, const syntone_hal &hal) noexcept
        : result_(syntone_clock_init(storage_, sizeof storage_, &config, &hal, &clock_, &config_error_)) {}
    Clock(const Clock &) = delete;
    Clock &operator=(const Clock &) = delete;

    explicit operator bool() const noexcept { return clock_ != nullptr; }
    // Why it could not be made.
    syntone_result result() const noexcept { return result_; }
    const char *error() const noexcept { return text(result_); }
    // With SYNTONE_RESULT_BAD_CONFIG, the option that is outside its range.
    const syntone_config_error &config_error() const noexcept { return config_error_; }

    // Does everything that is due; when it is to be called again at the latest, on the board's monotonic time.
    Expected<std::chrono::nanoseconds> run_once() noexcept {
        std::uint64_t next = 0;
        const syntone_result result = syntone_clock_run_once(clock_, &next);
        return detail::done(result, detail::when(next));
    }

    // Has `function` called with each event from now on, from within run_once(): anything that can be called with a
    // const syntone_event &, of at most four pointers' size. Refused from within itself.
    template <class F> syntone_result on_event(F &&function) {
        const syntone_result result = syntone_clock_on_event(clock_, detail::Callback::invoke, &callback_);
        if (result == SYNTONE_RESULT_OK) {
            callback_.set(std::forward<F>(function));
        }
        return result;
    }

    // The program itself has stepped the PTP clock.
    syntone_result stepped(std::chrono::nanoseconds by) noexcept { return syntone_clock_stepped(clock_, by.count()); }

    Expected<syntone_status> status() noexcept {
        syntone_status status{};
        status.struct_size = sizeof status;
        const syntone_result result = syntone_clock_status(clock_, &status);
        return detail::done(result, status);
    }

    // Of a port, from 0.
    Expected<syntone_port_status> port_status(std::uint8_t port) noexcept {
        syntone_port_status status{};
        status.struct_size = sizeof status;
        const syntone_result result = syntone_clock_port_status(clock_, port, &status);
        return detail::done(result, status);
    }

    // Changes what the clock says of itself as grandmaster; struct_size is set here.
    syntone_result set_grandmaster(syntone_grandmaster grandmaster, syntone_config_error *error = nullptr) noexcept {
        grandmaster.struct_size = sizeof grandmaster;
        return syntone_clock_set_grandmaster(clock_, &grandmaster, error);
    }

    // Lets the clock be upgraded while it holds over; struct_size is set here.
    syntone_result set_holdover_upgrade(syntone_holdover_upgrade upgrade, syntone_config_error *error = nullptr) noexcept {
        upgrade.struct_size = sizeof upgrade;
        return syntone_clock_set_holdover_upgrade(clock_, &upgrade, error);
    }
    // Its settings, and whether it is in effect.
    Expected<syntone_holdover_upgrade> holdover_upgrade() noexcept {
        syntone_holdover_upgrade upgrade{};
        upgrade.struct_size = sizeof upgrade;
        const syntone_result result = syntone_clock_holdover_upgrade_state(clock_, &upgrade);
        return detail::done(result, upgrade);
    }

    Expected<syntone_utc> utc(const syntone_timestamp &time) noexcept {
        syntone_utc utc{};
        const syntone_result result = syntone_clock_utc(clock_, &time, &utc);
        return detail::done(result, utc);
    }

    // Changes a setting while the clock runs: one of SYNTONE_SETTING_...; the port, from 0, matters to those of a port. With
    // SYNTONE_RESULT_BAD_CONFIG, `error`, which may be null, names option, value and range.
    syntone_result set(std::uint16_t setting, std::int64_t value, std::uint8_t port = 0,
                       syntone_config_error *error = nullptr) noexcept {
        return syntone_clock_set(clock_, setting, port, value, error);
    }
    Expected<std::int64_t> get(std::uint16_t setting, std::uint8_t port = 0) noexcept {
        std::int64_t value = 0;
        const syntone_result result = syntone_clock_get(clock_, setting, port, &value);
        return detail::done(result, value);
    }
    // Starts all ports anew.
    syntone_result initialize() noexcept { return syntone_clock_initialize(clock_); }
    // Starts from a frequency that was saved; before the first run_once().
    syntone_result start_from(Frequency frequency) noexcept {
        return syntone_clock_start_from(clock_, frequency.scaled_ppm());
    }

    // Has the clock answer a management message of this program, or of another one on the same host: `function` is called with a
    // Span<const std::uint8_t> for each answer, which was made in `buffer`, from within this call.
    template <class F>
    syntone_result answer(Access allowed, Span<const std::uint8_t> request, Span<std::uint8_t> buffer, F &&function) {
        using Handed = detail::Handed<std::remove_reference_t<F>>;
        return syntone_clock_answer(clock_, static_cast<std::uint8_t>(allowed), request.data(), request.size(),
                                    buffer.data(), buffer.size(), Handed::octets, detail::context(function));
    }

    // Lends storage, aligned to 8, for one of SYNTONE_LEND_...; it must outlive the clock.
    syntone_result lend(std::uint16_t purpose, Span<std::uint8_t> storage) noexcept {
        return syntone_clock_lend(clock_, purpose, storage.data(), storage.size());
    }
    // Calls `function` with a const syntone_received_tlv & for each TLV of an organisation that has come, and forgets them.
    template <class F> syntone_result take_tlvs(F &&function) {
        using Handed = detail::Handed<std::remove_reference_t<F>>;
        return syntone_clock_take_tlvs(clock_, Handed::tlv, detail::context(function));
    }
    // Sends these TLVs with each Announce from now on.
    syntone_result announce_tlvs(Span<const std::uint8_t> tlvs, syntone_config_error *error = nullptr) noexcept {
        return syntone_clock_announce_tlvs(clock_, tlvs.data(), tlvs.size(), error);
    }

    // Measures from now on how well the clock follows; the storage must outlive the clock. `passed` of the operator's day has passed.
    template <unsigned N>
    syntone_result measure_performance(PerformanceStorage<N> &storage,
                                       std::chrono::nanoseconds passed = std::chrono::nanoseconds(0)) noexcept {
        static_assert(N >= Ports, "the storage is of fewer ports");
        return syntone_clock_measure_performance(clock_, storage.octets, sizeof storage.octets,
                                                 static_cast<std::uint64_t>(passed.count()));
    }
    // A record by its number, one of SYNTONE_PERFORMANCE_... or between.
    Expected<syntone_performance> performance(std::uint16_t number) noexcept {
        syntone_performance record{};
        record.struct_size = sizeof record;
        const syntone_result result = syntone_clock_performance(clock_, number, &record);
        return detail::done(result, record);
    }
    Expected<syntone_port_performance> port_performance(std::uint8_t port, std::uint16_t number) noexcept {
        syntone_port_performance record{};
        record.struct_size = sizeof record;
        const syntone_result result = syntone_clock_port_performance(clock_, port, number, &record);
        return detail::done(result, record);
    }

    // How often offset and delay were how large in a day, SYNTONE_PERFORMANCE_CURRENT_DAY or SYNTONE_PERFORMANCE_PREVIOUS_DAY.
    Expected<syntone_histograms> histograms(std::uint16_t number = SYNTONE_PERFORMANCE_CURRENT_DAY) noexcept {
        syntone_histograms histograms{};
        histograms.struct_size = sizeof histograms;
        const syntone_result result = syntone_clock_histograms(clock_, number, &histograms);
        return detail::done(result, histograms);
    }

    // What a port, from 0, tells of its measurements as a slave.
    Expected<syntone_slave_monitoring> slave_monitoring(std::uint8_t port = 0) noexcept {
        syntone_slave_monitoring monitoring{};
        monitoring.struct_size = sizeof monitoring;
        const syntone_result result = syntone_clock_slave_monitoring(clock_, port, &monitoring);
        return detail::done(result, monitoring);
    }
    // Changes that: take slave_monitoring(), change it, and set it.
    syntone_result set_slave_monitoring(syntone_slave_monitoring monitoring, std::uint8_t port = 0,
                                        syntone_config_error *error = nullptr) noexcept {
        monitoring.struct_size = sizeof monitoring;
        return syntone_clock_set_slave_monitoring(clock_, port, &monitoring, error);
    }
    // Lets others ask a port, from 0, for message intervals in these ranges; struct_size is set here.
    syntone_result accept_interval_requests(syntone_accepted_intervals accepted, std::uint8_t port = 0,
                                            syntone_config_error *error = nullptr) noexcept {
        accepted.struct_size = sizeof accepted;
        return syntone_clock_accept_interval_requests(clock_, port, &accepted, error);
    }
    // Nobody may ask any more, as at first.
    syntone_result refuse_interval_requests(std::uint8_t port = 0) noexcept {
        return syntone_clock_accept_interval_requests(clock_, port, nullptr, nullptr);
    }
    // Has a port, from 0, ask for other message intervals, once; begin with syntone::interval_request().
    syntone_result request_intervals(syntone_interval_request request, std::uint8_t port = 0) noexcept {
        request.struct_size = sizeof request;
        return syntone_clock_request_intervals(clock_, port, &request);
    }

    // For functions of syntone.h that are not here; null if there is no clock.
    syntone_clock *c_clock() noexcept { return clock_; }

  private:
    alignas(SYNTONE_CLOCK_ALIGN) unsigned char storage_[SYNTONE_CLOCK_SIZE(Ports)];
    syntone_clock *clock_ = nullptr;
    syntone_config_error config_error_{};
    detail::Callback callback_;
    syntone_result result_; // behind what syntone_clock_init() writes to
};

// A transparent clock with at most `Ports` ports, in its own storage: it is neither copied nor moved. All is as with Clock.
template <unsigned Ports = 2> class TransparentClock {
    static_assert(Ports >= 2 && Ports <= SYNTONE_MAX_PORTS, "a transparent clock has 2 to SYNTONE_MAX_PORTS ports");

  public:
    // Over a board, which must outlive the clock.
    template <class Board, class = std::enable_if_t<!std::is_same_v<std::remove_cv_t<Board>, syntone_hal>>>
    TransparentClock(const syntone_transparent_config &config, Board &board) : TransparentClock(config, syntone::hal(board)) {}
    // Over a table of functions, which is copied.
    TransparentClock(const syntone_transparent_config &config, const syntone_hal &hal) noexcept
        : result_(syntone_transparent_init(storage_, sizeof storage_, &config, &hal, &clock_, &config_error_)) {}
    TransparentClock(const TransparentClock &) = delete;
    TransparentClock &operator=(const TransparentClock &) = delete;

    explicit operator bool() const noexcept { return clock_ != nullptr; }
    // Why it could not be made.
    syntone_result result() const noexcept { return result_; }
    const char *error() const noexcept { return text(result_); }
    // With SYNTONE_RESULT_BAD_CONFIG, the option that is outside its range.
    const syntone_config_error &config_error() const noexcept { return config_error_; }

    // Does everything that is due; when it is to be called again at the latest, on the board's monotonic time.
    Expected<std::chrono::nanoseconds> run_once() noexcept {
        std::uint64_t next = 0;
        const syntone_result result = syntone_transparent_run_once(clock_, &next);
        return detail::done(result, detail::when(next));
    }

    // The program has stepped the PTP clock.
    syntone_result stepped() noexcept { return syntone_transparent_stepped(clock_); }

    // Lets a port, from 0, forward, or blocks it.
    syntone_result set_forwarding(std::uint8_t port, bool forwarding) noexcept {
        return syntone_transparent_set_forwarding(clock_, port, forwarding ? 1 : 0);
    }

    // Of a port, from 0.
    Expected<syntone_transparent_port> port_status(std::uint8_t port) noexcept {
        syntone_transparent_port status{};
        status.struct_size = sizeof status;
        const syntone_result result = syntone_transparent_port_status(clock_, port, &status);
        return detail::done(result, status);
    }

    // How much faster than this clock the master of a domain runs, as measured by the Syncs that pass.
    Expected<Frequency> rate(std::uint16_t sdo_id, std::uint8_t domain_number) noexcept {
        std::int32_t rate = 0;
        const syntone_result result = syntone_transparent_rate(clock_, sdo_id, domain_number, &rate);
        return detail::done(result, Frequency::from_scaled_ppm(rate));
    }

    // What management messages that come in by a port, from 0, may do; at first nothing.
    syntone_result set_management_access(std::uint8_t port, Access allowed) noexcept {
        return syntone_transparent_set_management_access(clock_, port, static_cast<std::uint8_t>(allowed));
    }
    // As Clock::answer().
    template <class F>
    syntone_result answer(Access allowed, Span<const std::uint8_t> request, Span<std::uint8_t> buffer, F &&function) {
        using Handed = detail::Handed<std::remove_reference_t<F>>;
        return syntone_transparent_answer(clock_, static_cast<std::uint8_t>(allowed), request.data(), request.size(),
                                          buffer.data(), buffer.size(), Handed::octets, detail::context(function));
    }

    // For functions of syntone.h that are not here; null if there is no clock.
    syntone_transparent *c_clock() noexcept { return clock_; }

  private:
    alignas(SYNTONE_CLOCK_ALIGN) unsigned char storage_[SYNTONE_TRANSPARENT_SIZE(Ports)];
    syntone_transparent *clock_ = nullptr;
    syntone_config_error config_error_{};
    syntone_result result_; // behind what syntone_transparent_init() writes to
};

// Settings of the board of Linux: a syntone_linux_config that begins with its defaults.
struct LinuxConfig : syntone_linux_config {
    LinuxConfig() noexcept : syntone_linux_config{} {
        static_cast<void>(syntone_linux_config_init(this, sizeof(syntone_linux_config)));
    }
    // The interface of a port, from 0. A name that is too long stays as it is cut off, and is refused when it is opened.
    LinuxConfig &set_interface(std::uint8_t port, const char *name) noexcept {
        if (port < SYNTONE_MAX_PORTS) {
            std::size_t i = 0;
            for (; i + 1 < sizeof ports[port].name && name[i] != '\0'; ++i) {
                ports[port].name[i] = name[i];
            }
            ports[port].name[i] = '\0';
        }
        return *this;
    }
};

// The board of Linux, open as long as this lives: sockets, time stamps and clock. Only on Linux. Declare it before the clock
// that runs on it, so that it outlives it.
class LinuxBoard {
  public:
    explicit LinuxBoard(const syntone_linux_config &config) noexcept
        : result_(syntone_linux_open(&config, &board_, &error_)) {}
    ~LinuxBoard() { static_cast<void>(syntone_linux_close(board_)); }
    LinuxBoard(const LinuxBoard &) = delete;
    LinuxBoard &operator=(const LinuxBoard &) = delete;

    explicit operator bool() const noexcept { return board_ != nullptr; }
    syntone_result result() const noexcept { return result_; }
    // Why it could not be opened, and what helps; opened, why stamps are not those of the hardware. May be empty.
    const char *error() const noexcept { return error_.text[0] != '\0' ? error_.text : bool(*this) ? "" : text(result_); }

    // What a Clock is made of.
    syntone_hal hal() noexcept {
        syntone_hal table{};
        static_cast<void>(syntone_linux_hal(board_, &table, sizeof table));
        return table;
    }
    // Waits until something has arrived, or until a time that run_once() told; for who has no event loop.
    syntone_result wait(std::chrono::nanoseconds until) noexcept {
        return syntone_linux_wait(board_, static_cast<std::uint64_t>(until.count()));
    }
    // What to poll, for POLLIN and POLLPRI, and until when at the latest: `until` is what run_once() told, and may become
    // earlier. How many descriptors were written.
    Expected<std::size_t> descriptors(Span<int> to, std::chrono::nanoseconds &until) noexcept {
        std::size_t count = 0;
        auto at = static_cast<std::uint64_t>(until.count());
        const syntone_result result = syntone_linux_descriptors(board_, to.data(), to.size(), &count, &at);
        if (result != SYNTONE_RESULT_OK) {
            return result;
        }
        until = std::chrono::nanoseconds(static_cast<std::int64_t>(at));
        return count;
    }
    // The clockIdentity of a port's hardware address.
    Expected<std::array<std::uint8_t, 8>> clock_identity(std::uint8_t port) noexcept {
        std::array<std::uint8_t, 8> identity{};
        const syntone_result result = syntone_linux_clock_identity(board_, port, identity.data());
        if (result != SYNTONE_RESULT_OK) {
            return result;
        }
        return identity;
    }
    // Why a port, from 0, has no link, where that is known.
    Expected<syntone_linux_error> trouble(std::uint8_t port) noexcept {
        syntone_linux_error error{};
        const syntone_result result = syntone_linux_trouble(board_, port, &error);
        return detail::done(result, error);
    }
    // How far another program has stepped the clock since this was asked last; tell it by Clock::stepped().
    Expected<std::chrono::nanoseconds> stepped_by_others() noexcept {
        std::int64_t nanoseconds = 0;
        const syntone_result result = syntone_linux_stepped_by_others(board_, &nanoseconds);
        return detail::done(result, std::chrono::nanoseconds(nanoseconds));
    }
    // Another hardware clock, with another oscillator, has taken the place of the board's since this was asked last.
    Expected<bool> take_replaced_clock() noexcept {
        std::uint8_t replaced = 0;
        const syntone_result result = syntone_linux_take_replaced_clock(board_, &replaced);
        return detail::done(result, replaced != 0);
    }
    // For functions of syntone.h that are not here; null if it is not open.
    syntone_linux *c_board() noexcept { return board_; }

  private:
    syntone_linux *board_ = nullptr;
    syntone_linux_error error_{};
    syntone_result result_; // behind what syntone_linux_open() writes to
};

// Decodes the message at the start of octets that begin with a PTP header. Its TLVs point into these octets. If they are no
// message, `why`, which may be null, gets field, reason and offset.
inline Expected<syntone_message> decode(Span<const std::uint8_t> octets, syntone_parse_error *why = nullptr) noexcept {
    syntone_message message{};
    message.struct_size = sizeof message;
    const syntone_result result = syntone_message_decode(octets.data(), octets.size(), &message, why);
    return detail::done(result, message);
}

// Encodes a message, and gives its length; its struct_size is set here.
inline Expected<std::size_t> encode(syntone_message message, Span<std::uint8_t> buffer) noexcept {
    message.struct_size = sizeof message;
    std::size_t length = 0;
    const syntone_result result = syntone_message_encode(&message, buffer.data(), buffer.size(), &length);
    return detail::done(result, length);
}

// A management request to every port of every clock in a domain; change what is to be different.
inline syntone_request request(std::uint16_t management_id, std::uint8_t action = SYNTONE_ACTION_GET) noexcept {
    syntone_request request{};
    request.management_id = management_id;
    request.action = action;
    for (std::uint8_t &octet : request.target.clock_identity) {
        octet = 0xFF;
    }
    request.target.port_number = 0xFFFF;
    return request;
}

// Encodes a management request, with the dataField of its TLV, and gives its length; its struct_size is set here.
inline Expected<std::size_t> encode(syntone_request request, Span<const std::uint8_t> data,
                                    Span<std::uint8_t> buffer) noexcept {
    request.struct_size = sizeof request;
    std::size_t length = 0;
    const syntone_result result =
        syntone_request_encode(&request, data.data(), data.size(), buffer.data(), buffer.size(), &length);
    return detail::done(result, length);
}

// Takes the answer to a management request apart; its data point into these octets.
inline Expected<syntone_response> decode_response(Span<const std::uint8_t> octets) noexcept {
    syntone_response response{};
    response.struct_size = sizeof response;
    const syntone_result result = syntone_response_decode(octets.data(), octets.size(), &response);
    return detail::done(result, response);
}

// The TLVs of a message, for a range-based for.
class Tlvs {
  public:
    class Iterator {
      public:
        Iterator(const std::uint8_t *tlvs, std::size_t length) : tlvs_(tlvs), length_(length) { ++*this; }
        const syntone_tlv &operator*() const { return tlv_; }
        Iterator &operator++() {
            there_ = syntone_tlv_next(tlvs_, length_, &position_, &tlv_) == SYNTONE_RESULT_OK;
            return *this;
        }
        // All that is ever asked is whether it is the end.
        bool operator!=(const Iterator &other) const { return there_ != other.there_; }

      private:
        const std::uint8_t *tlvs_;
        std::size_t length_;
        std::size_t position_ = 0;
        syntone_tlv tlv_{};
        bool there_ = false;
    };
    explicit Tlvs(const syntone_message &message) : tlvs_(message.tlvs), length_(message.tlvs_length) {}
    Iterator begin() const { return {tlvs_, length_}; }
    Iterator end() const { return {nullptr, 0}; }

  private:
    const std::uint8_t *tlvs_;
    std::size_t length_;
};

// The measurement at `index`, from 0, that a slave tells of in a TLV of a Signaling message; the TLV is one of Tlvs.
inline Expected<syntone_slave_event> slave_event(const syntone_tlv &tlv, std::size_t index) noexcept {
    syntone_slave_event event{};
    event.struct_size = sizeof event;
    const syntone_result result = syntone_slave_event_decode(&tlv, index, &event);
    return detail::done(result, event);
}

// The name of a message by its type.
constexpr const char *message_name(std::uint8_t type) noexcept {
    switch (type) {
    case SYNTONE_MESSAGE_SYNC: return "Sync";
    case SYNTONE_MESSAGE_DELAY_REQ: return "Delay_Req";
    case SYNTONE_MESSAGE_PDELAY_REQ: return "Pdelay_Req";
    case SYNTONE_MESSAGE_PDELAY_RESP: return "Pdelay_Resp";
    case SYNTONE_MESSAGE_FOLLOW_UP: return "Follow_Up";
    case SYNTONE_MESSAGE_DELAY_RESP: return "Delay_Resp";
    case SYNTONE_MESSAGE_PDELAY_RESP_FOLLOW_UP: return "Pdelay_Resp_Follow_Up";
    case SYNTONE_MESSAGE_ANNOUNCE: return "Announce";
    case SYNTONE_MESSAGE_SIGNALING: return "Signaling";
    case SYNTONE_MESSAGE_MANAGEMENT: return "Management";
    default: return "?";
    }
}

// What a status tells, with its unit.
inline Interval offset_from_master(const syntone_status &status) noexcept { return Interval(status.offset_from_master); }
inline Interval mean_delay(const syntone_status &status) noexcept { return Interval(status.mean_delay); }
inline Frequency frequency(const syntone_status &status) noexcept { return Frequency::from_scaled_ppm(status.frequency); }
inline Interval mean_link_delay(const syntone_port_status &status) noexcept { return Interval(status.mean_link_delay); }

} // namespace syntone

#endif // SYNTONE_HPP
