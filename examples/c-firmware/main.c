/* A slave on the MPS2 board that QEMU emulates, in C: two seconds and 50 ppm wrong at first, it follows whatever master is on
 * the cable. With QUIET it says nothing and runs for ever. */
#include "board.h"
#ifndef QUIET
#include "console.h"
#endif

static _Alignas(SYNTONE_CLOCK_ALIGN) unsigned char storage[SYNTONE_CLOCK_SIZE(1)];

/* The clock of this board; NULL if it cannot be made. In a function of its own, so that its variables are gone afterwards. */
static __attribute__((noinline)) syntone_clock *make_clock(void) {
    syntone_config config;
    syntone_hal hal;
    syntone_clock *clock = NULL;
    if (!board_start(&hal) || syntone_config_init(&config, sizeof config) != SYNTONE_RESULT_OK) {
        return NULL;
    }
    for (int i = 0; i < 3; ++i) {
        config.clock_identity[i] = board_station[i];
        config.clock_identity[5 + i] = board_station[3 + i];
    }
    config.clock_identity[3] = 0xFF;
    config.clock_identity[4] = 0xFE;
    config.slave_only = 1;
    config.clock_class = 255;
    if (syntone_clock_init(storage, sizeof storage, &config, &hal, &clock, NULL) != SYNTONE_RESULT_OK) {
        return NULL;
    }
    return clock;
}

int main(void) {
    syntone_clock *const clock = make_clock();
#ifndef QUIET
    if (clock == NULL || syntone_clock_on_event(clock, console_event, NULL) != SYNTONE_RESULT_OK) {
        console_exit(false);
    }
#endif
    for (;;) {
        uint64_t next;
        if (syntone_clock_run_once(clock, &next) != SYNTONE_RESULT_OK) {
            return 1;
        }
#ifndef QUIET
        console_watch(clock);
#endif
        board_sleep_until(next);
    }
}
