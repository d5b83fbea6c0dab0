/* The board as Syntone wants it: PTP in Ethernet frames, and a PTP clock that is arithmetic on a counter. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>
#include <syntone.h>

/* A locally administered address. */
extern const uint8_t board_station[6];

/* Starts the controller and fills in the table of its functions. The clock is two seconds and 50 ppm wrong at first. False if
 * the controller does not answer. To be called once. */
bool board_start(syntone_hal *hal);

/* Nanoseconds since the start. */
uint64_t board_monotonic(void *context);

/* Waits for an interrupt: the next frame, or the monotonic time `until`, as good as a timer of 100 us allows. */
void board_sleep_until(uint64_t until);

#endif
