/* The registers of the board, and interrupts off and on. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

/* The MPS2 has its LAN9118 here. */
#define LAN9118_BASE 0x40200000u
/* Set-enable registers of the interrupt controller of every Cortex-M. */
#define NVIC_ISER 0xE000E100u
/* Access to the floating-point unit. */
#define CPACR 0xE000ED88u

static inline volatile uint32_t *reg(uint32_t address) {
    return (volatile uint32_t *)(uintptr_t)address;
}

/* Interrupts off; returns what interrupts_restore() wants back. */
static inline uint32_t interrupts_off(void) {
    uint32_t mask;
    __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(mask) : : "memory");
    return mask;
}

static inline void interrupts_restore(uint32_t mask) {
    __asm volatile("msr primask, %0" : : "r"(mask) : "memory");
}

/* Sleeps until an interrupt is pending, even one that is switched off by interrupts_off(). */
static inline void wait_for_interrupt(void) {
    __asm volatile("wfi" : : : "memory");
}

#endif
