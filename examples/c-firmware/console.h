/* What the board says, by semihosting. With QUIET it says nothing, and nothing of this is linked. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>
#include <syntone.h>

/* Says what happened. */
void console_event(void *context, const syntone_event *event);

/* Says once a second how it goes. Ends the emulator well after five seconds of unbroken lock, badly after a minute. */
void console_watch(syntone_clock *clock);

/* Ends the emulator. */
void console_exit(bool well);

#endif
