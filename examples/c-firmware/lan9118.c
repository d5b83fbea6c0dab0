#include "lan9118.h"

#include "registers.h"

enum {
    RX_DATA = 0x00,
    TX_DATA = 0x20,
    RX_STATUS = 0x40,
    TX_STATUS = 0x48,
    IRQ_CFG = 0x54,
    INT_STS = 0x58,
    INT_EN = 0x5C,
    BYTE_TEST = 0x64,
    FIFO_INT = 0x68,
    RX_CFG = 0x6C,
    TX_CFG = 0x70,
    HW_CFG = 0x74,
    RX_FIFO_INF = 0x7C,
    TX_FIFO_INF = 0x80,
    GPT_CFG = 0x8C,
    FREE_RUN = 0x9C,
    MAC_CSR_CMD = 0xA4,
    MAC_CSR_DATA = 0xA8,
};

/* BYTE_TEST reads this once the chip can be talked to. */
#define BYTE_TEST_PATTERN 0x87654321u
/* Enabled, active high, driven. */
#define IRQ_CFG_ON 0x111u
/* Interrupts: more frames wait than the level in FIFO_INT; the general-purpose timer has run out. */
#define RX_LEVEL (1u << 3)
#define TIMER (1u << 19)
#define GPT_ENABLE (1u << 29)
/* HW_CFG: reset; and the bit that must be set, with 5 KB for transmission. */
#define SOFT_RESET 1u
#define HW_CFG_VALUE (1u << 20 | 5u << 16)
/* TX_CFG: on, and statuses that nobody fetches are overwritten. */
#define TX_CFG_VALUE (1u << 1 | 1u << 2)
/* Command A: first and last segment of a frame. */
#define WHOLE_FRAME (1u << 13 | 1u << 12)
/* Either status: the frame is bad, or did not leave. */
#define STATUS_ERROR (1u << 15)
#define CSR_BUSY (1u << 31)
/* Registers of the MAC, and full duplex, all multicast, transmitter and receiver on. */
#define MAC_CR 1u
#define MAC_ADDRESS_HIGH 2u
#define MAC_ADDRESS_LOW 3u
#define MAC_CR_VALUE (1u << 20 | 1u << 19 | 1u << 3 | 1u << 2)

/* Octets before each frame in the data FIFOs, so that the PTP message begins at a word; and the check sequence behind it. */
enum { PADDING = 2, CHECK_LENGTH = 4 };
/* How often a register is asked before the chip counts as dead. */
enum { PATIENCE = 100000 };
/* Frames that can wait with a time stamp. */
enum { ARRIVALS = 8 };

/* The arrival times of the frames that wait in the controller, oldest first. If more wait than have a place, none gets one
 * until all are gone: nobody knows any more which stamp would be whose. Used with interrupts off. */
static struct {
    uint32_t stamps[ARRIVALS];
    uint8_t first;
    uint8_t count;
    bool overflowed;
} arrivals;

static uint32_t get(uint32_t offset) {
    return *reg(LAN9118_BASE + offset);
}

static void put(uint32_t offset, uint32_t value) {
    *reg(LAN9118_BASE + offset) = value;
}

static bool wait_clear(uint32_t offset, uint32_t bits) {
    for (uint32_t turn = 0; turn < PATIENCE; ++turn) {
        if ((get(offset) & bits) == 0) {
            return true;
        }
    }
    return false;
}

static bool write_mac(uint32_t number, uint32_t value) {
    put(MAC_CSR_DATA, value);
    put(MAC_CSR_CMD, CSR_BUSY | number);
    return wait_clear(MAC_CSR_CMD, CSR_BUSY);
}

bool lan9118_start(const uint8_t station[6]) {
    put(HW_CFG, SOFT_RESET);
    if (!wait_clear(HW_CFG, SOFT_RESET) || get(BYTE_TEST) != BYTE_TEST_PATTERN) {
        return false;
    }
    put(HW_CFG, HW_CFG_VALUE);
    put(RX_CFG, (uint32_t)PADDING << 8);
    put(TX_CFG, TX_CFG_VALUE);
    put(FIFO_INT, 0);
    put(INT_STS, UINT32_MAX);
    put(INT_EN, RX_LEVEL | TIMER);
    put(IRQ_CFG, IRQ_CFG_ON);
    const uint32_t low = station[0] | (uint32_t)station[1] << 8 | (uint32_t)station[2] << 16 | (uint32_t)station[3] << 24;
    return write_mac(MAC_ADDRESS_LOW, low) && write_mac(MAC_ADDRESS_HIGH, station[4] | (uint32_t)station[5] << 8) &&
           write_mac(MAC_CR, MAC_CR_VALUE);
}

uint32_t lan9118_counter(void) {
    return get(FREE_RUN);
}

static uint8_t waiting(void) {
    return (uint8_t)(get(RX_FIFO_INF) >> 16);
}

/* `count` frames are in the controller at the counter `now`: those that were not noted before have just arrived. */
static void note(uint32_t now, uint8_t count) {
    while (arrivals.count < count && !arrivals.overflowed) {
        if (arrivals.count == ARRIVALS) {
            arrivals.overflowed = true;
            return;
        }
        arrivals.stamps[(arrivals.first + arrivals.count) % ARRIVALS] = now;
        ++arrivals.count;
    }
}

/* Notes what has arrived by `now` and moves the interrupt's level up to it, so that the next frame interrupts again. */
static void catch_up(uint32_t now) {
    /* A frame that arrives in between shows as a count that has changed. */
    for (uint32_t turn = 0; turn < PATIENCE; ++turn) {
        put(INT_STS, RX_LEVEL);
        const uint8_t count = waiting();
        note(now, count);
        put(FIFO_INT, count);
        now = lan9118_counter();
        if (waiting() == count) {
            return;
        }
    }
}

void lan9118_on_interrupt(void) {
    /* First of all: this is the time stamp. */
    const uint32_t now = lan9118_counter();
    put(INT_STS, TIMER);
    catch_up(now);
}

void lan9118_sleep(uint16_t hundreds) {
    put(GPT_CFG, 0);
    put(GPT_CFG, GPT_ENABLE | hundreds);
    /* With interrupts off, so that a frame cannot slip in between the look and the sleep. */
    const uint32_t mask = interrupts_off();
    if (arrivals.count == 0) {
        wait_for_interrupt();
    }
    interrupts_restore(mask);
}

static uint32_t take_word(lan9118_frame *frame) {
    frame->left = frame->left > 4 ? frame->left - 4 : 0;
    return get(RX_DATA);
}

/* The status of the oldest frame; false if there is none. */
static bool take_status(lan9118_frame *frame, uint32_t *status) {
    const uint32_t mask = interrupts_off();
    const bool there = waiting() != 0;
    if (there) {
        catch_up(lan9118_counter());
        *status = get(RX_STATUS);
        if (waiting() == 0) {
            arrivals.overflowed = false;
        }
        frame->has_arrival = arrivals.count != 0;
        if (frame->has_arrival) {
            frame->arrival = arrivals.stamps[arrivals.first];
            arrivals.first = (uint8_t)((arrivals.first + 1) % ARRIVALS);
            --arrivals.count;
        }
        catch_up(lan9118_counter());
    }
    interrupts_restore(mask);
    return there;
}

bool lan9118_take(lan9118_frame *frame) {
    for (;;) {
        while (frame->left > 0) {
            take_word(frame);
        }
        frame->held = 0;
        uint32_t status;
        if (!take_status(frame, &status)) {
            return false;
        }
        frame->left = (status >> 16 & 0x3FFF) + PADDING;
        if ((status & STATUS_ERROR) == 0) {
            uint8_t padding[PADDING];
            lan9118_read(frame, padding, sizeof padding);
            return true;
        }
    }
}

void lan9118_read(lan9118_frame *frame, uint8_t *octets, size_t count) {
    for (; count > 0; --count) {
        if (frame->held == 0) {
            frame->word = frame->left > 0 ? take_word(frame) : 0;
            frame->held = 4;
        }
        *octets++ = (uint8_t)frame->word;
        frame->word >>= 8;
        --frame->held;
    }
}

size_t lan9118_remaining(const lan9118_frame *frame) {
    const uint32_t all = frame->left + frame->held;
    return all > CHECK_LENGTH ? all - CHECK_LENGTH : 0;
}

bool lan9118_send(const uint8_t header[ETHERNET_HEADER], const uint8_t *payload, size_t length, uint16_t tag,
                  uint32_t *departure) {
    const uint32_t octets = ((uint32_t)length + ETHERNET_HEADER) & 0x7FF;
    if ((get(TX_FIFO_INF) & 0xFFFF) < octets + 32) {
        return false;
    }
    put(TX_DATA, WHOLE_FRAME | (uint32_t)PADDING << 16 | octets);
    /* One word is kept back, so that the counter can be read just before the last one. */
    uint32_t last = (uint32_t)tag << 16 | octets;
    uint32_t word = 0;
    uint32_t shift = 8 * PADDING;
    for (uint32_t i = 0; i < octets; ++i) {
        word |= (uint32_t)(i < ETHERNET_HEADER ? header[i] : payload[i - ETHERNET_HEADER]) << shift;
        shift = (shift + 8) & 31;
        if (shift == 0) {
            put(TX_DATA, last);
            last = word;
            word = 0;
        }
    }
    if (shift > 0) {
        put(TX_DATA, last);
        last = word;
    }
    const uint32_t mask = interrupts_off();
    *departure = lan9118_counter();
    put(TX_DATA, last);
    interrupts_restore(mask);
    return true;
}

bool lan9118_sent(uint16_t *tag, bool *left) {
    if ((get(TX_FIFO_INF) >> 16 & 0xFF) == 0) {
        return false;
    }
    const uint32_t status = get(TX_STATUS);
    *tag = (uint16_t)(status >> 16);
    *left = (status & STATUS_ERROR) == 0;
    return true;
}
