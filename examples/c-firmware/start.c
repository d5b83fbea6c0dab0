/* From reset to main(): the vector table, the variables, the floating-point unit. */
#include "lan9118.h"
#include "registers.h"

int main(void);
void reset(void);

/* From the linker script. */
extern uint32_t stack_top, data_begin, data_end, data_load, bss_begin, bss_end;

__attribute__((used)) void reset(void) {
    for (uint32_t *to = &data_begin, *from = &data_load; to < &data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = &bss_begin; to < &bss_end;) {
        *to++ = 0;
    }
    /* The ABI passes floating-point numbers in its registers, so it must be on, used or not. */
    *reg(CPACR) |= 0xFu << 20;
    __asm volatile("dsb\n\tisb");
    main();
    for (;;) {
        wait_for_interrupt();
    }
}

static void fault(void) {
    for (;;) {
    }
}

/* Fifteen exceptions, then the interrupts of the board, of which Ethernet is number 13. */
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*handlers[15 + 14])(void);
} vectors = {&stack_top, {[0] = reset, [1] = fault, [2] = fault, [15 + 13] = lan9118_on_interrupt}};
