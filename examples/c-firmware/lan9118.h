/* The LAN9118 Ethernet controller, as far as PTP needs it. It stamps nothing itself: an interrupt reads its free-running
 * counter when a frame has arrived, and so does the program just before it hands over the last word of a frame to be sent. */
#ifndef LAN9118_H
#define LAN9118_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAN9118_TICK_NANOS = 40, ETHERNET_HEADER = 14 };

/* A frame in the controller. It leaves as it is read, and must be read before the next one is taken. */
typedef struct {
    uint32_t arrival; /* the counter, if has_arrival */
    uint32_t left;    /* octets still in the controller, check sequence included */
    uint32_t word;    /* the last word that was taken, and how many of its octets are left */
    uint32_t held;
    bool has_arrival;
} lan9118_frame;

/* Resets the chip and switches it on; its counter begins at 0. False if it does not answer. */
bool lan9118_start(const uint8_t station[6]);

/* The free-running counter: 25 MHz. */
uint32_t lan9118_counter(void);

/* To be called by the interrupt. */
void lan9118_on_interrupt(void);

/* Waits for a frame, `hundreds` times 100 us at the most. */
void lan9118_sleep(uint16_t hundreds);

/* Takes the next good frame; false if there is none. What nobody read of the one before is dropped. */
bool lan9118_take(lan9118_frame *frame);

/* The next octets of the frame, behind those that were read. */
void lan9118_read(lan9118_frame *frame, uint8_t *octets, size_t count);

/* Octets of the frame that were not read, without the check sequence. */
size_t lan9118_remaining(const lan9118_frame *frame);

/* Sends a frame under a tag; false if there is no room. `departure` gets the counter at the moment it left. */
bool lan9118_send(const uint8_t header[ETHERNET_HEADER], const uint8_t *payload, size_t length, uint16_t tag,
                  uint32_t *departure);

/* What became of the next frame that was sent, by its tag; false if nothing is known yet. */
bool lan9118_sent(uint16_t *tag, bool *left);

#endif
