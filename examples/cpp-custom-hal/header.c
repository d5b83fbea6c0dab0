/* The header serves C11 as well: a clock in static storage that says why it cannot start. */
#include <syntone.h>

#include <stdio.h>

static _Alignas(SYNTONE_CLOCK_ALIGN) unsigned char storage[SYNTONE_CLOCK_SIZE(2)];

int main(void) {
    syntone_config config;
    syntone_hal hal = {.struct_size = sizeof hal, .abi_version = SYNTONE_ABI_VERSION};
    syntone_clock *clock = NULL;
    syntone_result result = syntone_config_init(&config, sizeof config);
    if (result != SYNTONE_RESULT_OK) {
        return 1;
    }
    config.port_count = 2;
    result = syntone_clock_init(storage, sizeof storage, &config, &hal, &clock, NULL);
    printf("C11: %s\n", syntone_result_text(result));
    return result == SYNTONE_RESULT_MISSING_FUNCTION && clock == NULL ? 0 : 1;
}
