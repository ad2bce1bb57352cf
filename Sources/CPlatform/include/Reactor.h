#pragma once
#include <stdint.h>

/// What epoll reported about one descriptor.
struct portolan_event {
    uint64_t token;
    int readable;
    int writable;
};

/// Opens an epoll descriptor (`epoll_create1`). Returns it, or minus errno.
int portolan_epoll_open(void);
/// Registers or changes the interest in a descriptor, level-triggered (`epoll_ctl`). Returns 0 or errno.
int portolan_epoll_set(int epoll, int descriptor, uint64_t token, int readable, int writable);
/// Forgets a descriptor; one that the kernel has already forgotten is fine.
void portolan_epoll_remove(int epoll, int descriptor);
/// Waits at most `timeout_milliseconds` (-1: for ever). Returns the number of events written, or minus errno; EINTR counts as none.
int portolan_epoll_wait(int epoll, struct portolan_event *events, int capacity, int timeout_milliseconds);

/// Opens a non-blocking eventfd. Returns it, or minus errno.
int portolan_wakeup_open(void);
/// Makes the eventfd readable.
void portolan_wakeup_signal(int descriptor);
/// Makes the eventfd unreadable again.
void portolan_wakeup_clear(int descriptor);

/// Closes a descriptor.
void portolan_close(int descriptor);

/// Starts a detached thread named `name` (15 bytes count) that blocks all signals. Returns 0 or errno.
int portolan_thread_start(const char *name, void (*entry)(void *), void *context);
/// Identifies the calling thread for as long as it lives; never 0.
uint64_t portolan_thread_identity(void);
