#include "board.h"

#include "lan9118.h"
#include "registers.h"

/* The controller's interrupt. */
enum { ETHERNET_INTERRUPT = 13 };
/* Tags with this bit are those of event messages. */
enum { EVENT_TAG = 1 << 15 };
/* How far the clock can be steered, in units of 2^-16 ppm: 30 000 ppm. */
enum { MAX_FREQUENCY = 30000 << 16 };
/* How much too fast the oscillator is made to be, in the same units: 50 ppm. */
enum { OSCILLATOR_ERROR = 50 << 16 };
/* PTP in Ethernet frames, and its event messages: those whose messageType is below this. */
enum { ETHERTYPE_HIGH = 0x88, ETHERTYPE_LOW = 0xF7, FIRST_GENERAL_TYPE = 8 };

const uint8_t board_station[6] = {0x02, 0x00, 0x00, 0x00, 0x38, 0x60};

/* The 32-bit counter in 64 bits. It wraps after 171.8 s and is looked at more often. */
static uint64_t latest;

/* The clock: at the count `ticks` it showed `nanos` and `fraction` (of 2^-30 ns); each tick since is `deviation` (in the
 * same unit) longer than 40 ns. */
static struct {
    uint64_t ticks;
    int64_t nanos;
    int64_t fraction;
    int32_t deviation;
} ptp;

/* Event messages on their way, at the place that their tag names. */
static struct {
    uint32_t ticket;
    uint32_t departure;
    uint16_t tag;
} pending[4];
static uint16_t last_tag;

static lan9118_frame frame;

/* The full count that belongs to `raw`, which was read less than half a wrap before or after the last look. */
static uint64_t extended(uint32_t raw) {
    const int32_t distance = (int32_t)(raw - (uint32_t)latest);
    const uint64_t ticks = latest + (uint64_t)(int64_t)distance;
    if (distance > 0) {
        latest = ticks;
    }
    return ticks;
}

static uint64_t ticks_now(void) {
    return extended(lan9118_counter());
}

/* What the clock shows at the count `ticks`, within 2^31 ticks of its origin; the rest goes to `fraction`. */
static int64_t ptp_at(uint64_t ticks, int64_t *fraction) {
    const int64_t run = (int32_t)(uint32_t)(ticks - ptp.ticks);
    const int64_t scaled = run * ptp.deviation + ptp.fraction;
    *fraction = scaled & ((1 << 30) - 1);
    return ptp.nanos + run * LAN9118_TICK_NANOS + (scaled >> 30);
}

static void move_origin(uint64_t ticks) {
    int64_t fraction;
    ptp.nanos = ptp_at(ticks, &fraction);
    ptp.fraction = fraction;
    ptp.ticks = ticks;
}

/* Units of 2^-16 ppm in those of the deviation: 40 ns * 2^30 / (10^6 * 2^16) = 0.65536 each. */
static int32_t deviation(int32_t frequency) {
    return (int32_t)(((int64_t)frequency * 2814749767 + ((int64_t)1 << 31)) >> 32);
}

static syntone_timestamp stamp_at(uint64_t ticks) {
    int64_t fraction;
    uint64_t rest = (uint64_t)ptp_at(ticks, &fraction);
    syntone_timestamp stamp = {0};
    /* Divided by hand: the function that divides any two numbers of 64 bits is six times as large. */
    for (int bit = 33; bit >= 0; --bit) {
        if (rest >> bit >= 1000000000u) {
            rest -= (uint64_t)1000000000u << bit;
            stamp.seconds |= (uint64_t)1 << bit;
        }
    }
    stamp.nanoseconds = (uint32_t)rest;
    return stamp;
}

static int32_t receive(void *context, uint8_t *buffer, size_t capacity, syntone_received *received) {
    (void)context;
    while (lan9118_take(&frame)) {
        uint8_t header[ETHERNET_HEADER];
        lan9118_read(&frame, header, sizeof header);
        const size_t length = lan9118_remaining(&frame);
        if (header[12] != ETHERTYPE_HIGH || header[13] != ETHERTYPE_LOW || length == 0) {
            continue;
        }
        if (length > capacity) {
            return SYNTONE_HAL_BUFFER_TOO_SMALL;
        }
        lan9118_read(&frame, buffer, length);
        received->length = length;
        received->has_stamp = frame.has_arrival && (buffer[0] & 0xF) < FIRST_GENERAL_TYPE;
        if (received->has_stamp) {
            received->stamp = stamp_at(extended(frame.arrival));
        }
        received->source.kind = SYNTONE_ADDRESS_ETHERNET;
        for (int i = 0; i < 6; ++i) {
            received->source.octets[i] = header[6 + i];
        }
        return SYNTONE_HAL_ONE;
    }
    return SYNTONE_HAL_OK;
}

static int32_t send(void *context, const syntone_transmit *transmit, const uint8_t *message, size_t length) {
    (void)context;
    static const uint8_t primary[6] = {0x01, 0x1B, 0x19, 0x00, 0x00, 0x00};
    static const uint8_t peer[6] = {0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E};
    const uint8_t *to = transmit->destination == SYNTONE_DESTINATION_PRIMARY ? primary
                        : transmit->destination == SYNTONE_DESTINATION_PEER  ? peer
                                                                             : transmit->address.octets;
    uint8_t header[ETHERNET_HEADER];
    for (int i = 0; i < 6; ++i) {
        header[i] = to[i];
        header[6 + i] = board_station[i];
    }
    header[12] = ETHERTYPE_HIGH;
    header[13] = ETHERTYPE_LOW;
    /* General messages go under the tag 0. */
    const uint16_t tag = transmit->is_event ? (uint16_t)((last_tag + 1) | EVENT_TAG) : 0;
    uint32_t departure;
    if (!lan9118_send(header, message, length, tag, &departure)) {
        return SYNTONE_HAL_BUSY;
    }
    if (tag != 0) {
        last_tag = tag;
        pending[tag & 3].tag = tag;
        pending[tag & 3].ticket = transmit->ticket;
        pending[tag & 3].departure = departure;
    }
    return SYNTONE_HAL_OK;
}

static int32_t poll_egress(void *context, syntone_egress_stamp *stamp) {
    (void)context;
    uint16_t tag;
    bool left;
    while (lan9118_sent(&tag, &left)) {
        if (tag != 0 && pending[tag & 3].tag == tag) {
            pending[tag & 3].tag = 0;
            stamp->ticket = pending[tag & 3].ticket;
            stamp->has_stamp = left;
            stamp->stamp = stamp_at(extended(pending[tag & 3].departure));
            return SYNTONE_HAL_ONE;
        }
    }
    return SYNTONE_HAL_OK;
}

static void capabilities(void *context, uint8_t port, syntone_port_capabilities *told) {
    (void)context;
    (void)port;
    told->resolution = (int64_t)LAN9118_TICK_NANOS << 16;
}

uint64_t board_monotonic(void *context) {
    (void)context;
    const uint64_t ticks = ticks_now();
    /* The clock's origin stays near enough for its arithmetic. */
    if (ticks - ptp.ticks > 1u << 30) {
        move_origin(ticks);
    }
    return ticks * LAN9118_TICK_NANOS;
}

static int32_t now(void *context, syntone_timestamp *time) {
    (void)context;
    *time = stamp_at(ticks_now());
    return SYNTONE_HAL_OK;
}

static int32_t step(void *context, int64_t nanoseconds) {
    (void)context;
    move_origin(ticks_now());
    ptp.nanos += nanoseconds;
    return SYNTONE_HAL_OK;
}

static int32_t set_frequency(void *context, int32_t frequency) {
    (void)context;
    move_origin(ticks_now());
    ptp.deviation = deviation(frequency + OSCILLATOR_ERROR);
    return SYNTONE_HAL_OK;
}

bool board_start(syntone_hal *hal) {
    static const syntone_hal table = {
        .struct_size = sizeof table,
        .abi_version = SYNTONE_ABI_VERSION,
        .receive = receive,
        .send = send,
        .poll_egress = poll_egress,
        .capabilities = capabilities,
        .monotonic = board_monotonic,
        .now = now,
        .step = step,
        .set_frequency = set_frequency,
        .max_frequency = MAX_FREQUENCY,
    };
    *hal = table;
    ptp.nanos = 2000000000;
    ptp.deviation = deviation(OSCILLATOR_ERROR);
    if (!lan9118_start(board_station)) {
        return false;
    }
    *reg(NVIC_ISER) = 1u << ETHERNET_INTERRUPT;
    return true;
}

void board_sleep_until(uint64_t until) {
    const uint64_t now = board_monotonic(0);
    const uint64_t wait = until > now ? until - now : 0;
    const uint32_t nanos = wait < UINT32_MAX ? (uint32_t)wait : UINT32_MAX;
    const uint32_t hundreds = nanos / 100000;
    if (hundreds > 0) {
        lan9118_sleep(hundreds < UINT16_MAX ? (uint16_t)hundreds : UINT16_MAX);
    }
}
