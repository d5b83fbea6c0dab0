#include "console.h"

#include "board.h"

#define SECOND 1000000000u

/* Operations of semihosting, and the reasons to end. */
enum { WRITE0 = 0x04, EXIT = 0x18, EXIT_WELL = 0x20026, EXIT_BADLY = 0x20023 };

/* A line being written; what does not fit is left out. */
static char line[128];
static unsigned length;

static void semihosting(uint32_t operation, uintptr_t argument) {
    register uint32_t r0 __asm("r0") = operation;
    register uintptr_t r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

static void put(char octet) {
    if (length < sizeof line - 2) {
        line[length++] = octet;
    }
}

static void text(const char *words) {
    while (*words != '\0') {
        put(*words++);
    }
}

static void number(int64_t value) {
    char digits[20];
    unsigned count = 0;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    if (value < 0) {
        put('-');
    }
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    while (count > 0) {
        put(digits[--count]);
    }
}

static void print(void) {
    line[length++] = '\n';
    line[length] = '\0';
    semihosting(WRITE0, (uintptr_t)line);
    length = 0;
}

static const char *state_name(uint8_t state) {
    static const char *const names[] = {"OTHER",      "INITIALIZING", "FAULTY",  "DISABLED",     "LISTENING",
                                        "PRE_MASTER", "MASTER",       "PASSIVE", "UNCALIBRATED", "SLAVE"};
    return names[state < sizeof names / sizeof *names ? state : 0];
}

static const char *lock_name(uint8_t lock) {
    return lock == SYNTONE_LOCK_LOCKED ? "locked" : lock == SYNTONE_LOCK_HOLDOVER ? "holdover" : "unlocked";
}

void console_event(void *context, const syntone_event *event) {
    (void)context;
    switch (event->kind) {
    case SYNTONE_EVENT_STATE:
        text("state ");
        text(state_name(event->state));
        break;
    case SYNTONE_EVENT_LOCK:
        text("lock ");
        text(lock_name(event->lock));
        break;
    case SYNTONE_EVENT_STEPPED:
        text("stepped by ");
        number(event->stepped);
        text(" ns");
        break;
    default:
        return;
    }
    print();
}

static void report(uint64_t now, const syntone_status *status, uint8_t state) {
    number((int64_t)(now / 1000000));
    text(" ms ");
    text(state_name(state));
    text(" ");
    text(lock_name(status->lock));
    text(" offset ");
    number(status->offset_from_master / 65536);
    text(" ns, delay ");
    number(status->mean_delay / 65536);
    text(" ns, frequency ");
    number((int64_t)status->frequency * 1000 / 65536);
    text(" ppb");
    print();
}

void console_watch(syntone_clock *clock) {
    static uint64_t next_line, locked_since;
    const uint64_t now = board_monotonic(0);
    syntone_status status = {.struct_size = sizeof status};
    syntone_port_status port = {.struct_size = sizeof port};
    if (syntone_clock_status(clock, &status) != SYNTONE_RESULT_OK ||
        syntone_clock_port_status(clock, 0, &port) != SYNTONE_RESULT_OK) {
        console_exit(false);
    }
    if (status.lock != SYNTONE_LOCK_LOCKED) {
        locked_since = now;
    }
    const bool steady = now - locked_since > 5ull * SECOND;
    if (now >= next_line || steady) {
        next_line = now + SECOND;
        report(now, &status, port.state);
    }
    if (steady || now > 60ull * SECOND) {
        console_exit(steady);
    }
}

void console_exit(bool well) {
    text(well ? "locked" : "not locked");
    print();
    semihosting(EXIT, well ? EXIT_WELL : EXIT_BADLY);
}
