/* Stands between a program and the C library, as simulators of clocks and networks do: the time of day is a virtual clock with an offset and
 * an oscillator of its own, and every call on the way of time is counted. Nothing reaches the machine's clock.
 *
 * SHIM_OFFSET_S and SHIM_OSCILLATOR_PPB say how the virtual clock begins; SHIM_REPORT is where the counts are written at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <time.h>

#define SECOND 1000000000LL

enum { GETTIME, ADJTIME, SETTIME, SOCKET, BIND, SENDTO, RECVMSG, RECVFROM, POLL, KINDS };
static const char *const names[KINDS] = {"clock_gettime", "clock_adjtime", "clock_settime", "socket", "bind",
                                         "sendto",        "recvmsg",       "recvfrom",      "poll"};
static unsigned long counts[KINDS];

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The virtual clock: at base_real it showed base_virtual and what it has been stepped by. The monotonic time is steered with it and never
 * stepped; that of the oscillator alone is neither. */
static long long base_real, base_virtual, steps, monotonic_offset, raw_begin;
static double oscillator;
static long freq;
static long tick = 10000;
static int tai, status_flags = STA_UNSYNC;

static long long nanos(const struct timespec *time) { return time->tv_sec * SECOND + time->tv_nsec; }

static struct timespec spec(long long nanos) {
    struct timespec time = {nanos / SECOND, nanos % SECOND};
    return time;
}

static long long real_now(void) {
    struct timespec time;
    NEXT(clock_gettime)(CLOCK_REALTIME, &time);
    return nanos(&time);
}

static long long unstepped_of(long long real) {
    double rate = oscillator + freq / 65536.0 * 1e-6 + (tick - 10000) / 10000.0;
    return base_virtual + (real - base_real) + (long long)((real - base_real) * rate);
}

static long long virtual_of(long long real) { return unstepped_of(real) + steps; }

static void rebase(void) {
    long long real = real_now();
    base_virtual = unstepped_of(real);
    base_real = real;
}

static double number(const char *name) {
    const char *text = getenv(name);
    return text ? atof(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
    oscillator = number("SHIM_OSCILLATOR_PPB") * 1e-9;
    struct timespec raw, monotonic;
    NEXT(clock_gettime)(CLOCK_MONOTONIC_RAW, &raw);
    NEXT(clock_gettime)(CLOCK_MONOTONIC, &monotonic);
    raw_begin = nanos(&raw);
    base_real = real_now();
    base_virtual = base_real + (long long)number("SHIM_OFFSET_S") * SECOND;
    monotonic_offset = base_virtual - nanos(&monotonic);
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("SHIM_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    for (int kind = 0; kind < KINDS; kind++) fprintf(file, "%s %lu\n", names[kind], counts[kind]);
    fclose(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    counts[GETTIME]++;
    if (clock == CLOCK_MONOTONIC) {
        *time = spec(unstepped_of(real_now()) - monotonic_offset);
        return 0;
    }
    if (clock != CLOCK_REALTIME && clock != CLOCK_TAI) {
        int result = NEXT(clock_gettime)(clock, time);
        if (!result && clock == CLOCK_MONOTONIC_RAW)
            *time = spec(nanos(time) + (long long)((nanos(time) - raw_begin) * oscillator));
        return result;
    }
    *time = spec(virtual_of(real_now()) + (clock == CLOCK_TAI ? tai * SECOND : 0));
    return 0;
}

int clock_settime(clockid_t clock, const struct timespec *time) {
    counts[SETTIME]++;
    if (clock != CLOCK_REALTIME) return NEXT(clock_settime)(clock, time);
    steps += nanos(time) - virtual_of(real_now());
    return 0;
}

int clock_adjtime(clockid_t clock, struct timex *asked) {
    counts[ADJTIME]++;
    if (clock != CLOCK_REALTIME) return NEXT(clock_adjtime)(clock, asked);
    rebase();
    if (asked->modes & ADJ_SETOFFSET)
        steps += asked->time.tv_sec * SECOND + asked->time.tv_usec * (asked->modes & ADJ_NANO ? 1 : 1000);
    if (asked->modes & ADJ_FREQUENCY) freq = asked->freq;
    if (asked->modes & ADJ_TICK) tick = asked->tick;
    if (asked->modes & ADJ_TAI) tai = asked->constant;
    if (asked->modes & ADJ_STATUS) status_flags = asked->status;
    asked->freq = freq;
    asked->tick = tick;
    asked->tai = tai;
    asked->status = status_flags;
    return status_flags & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}

int socket(int family, int kind, int protocol) {
    counts[SOCKET]++;
    return NEXT(socket)(family, kind, protocol);
}

int bind(int socket, const struct sockaddr *address, socklen_t length) {
    counts[BIND]++;
    return NEXT(bind)(socket, address, length);
}

ssize_t sendto(int socket, const void *octets, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    counts[SENDTO]++;
    return NEXT(sendto)(socket, octets, length, flags, to, size);
}

ssize_t recvfrom(int socket, void *octets, size_t length, int flags, struct sockaddr *from, socklen_t *size) {
    counts[RECVFROM]++;
    return NEXT(recvfrom)(socket, octets, length, flags, from, size);
}

/* The kernel's stamps are times of the virtual clock, too. */
ssize_t recvmsg(int socket, struct msghdr *message, int flags) {
    counts[RECVMSG]++;
    ssize_t length = NEXT(recvmsg)(socket, message, flags);
    if (length < 0) return length;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_TIMESTAMPING) continue;
        struct timespec stamp;
        memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
        if (!nanos(&stamp)) continue;
        stamp = spec(virtual_of(nanos(&stamp)));
        memcpy(CMSG_DATA(part), &stamp, sizeof stamp);
    }
    return length;
}

int poll(struct pollfd *sockets, nfds_t count, int milliseconds) {
    counts[POLL]++;
    return NEXT(poll)(sockets, count, milliseconds);
}
