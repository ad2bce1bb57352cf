#define _GNU_SOURCE
#include "Reactor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int portolan_epoll_open(void) {
    int descriptor = epoll_create1(EPOLL_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int portolan_epoll_set(int epoll, int descriptor, uint64_t token, int readable, int writable) {
    struct epoll_event event = {.events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0), .data = {.u64 = token}};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
    if (errno != ENOENT) return errno;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : errno;
}

void portolan_epoll_remove(int epoll, int descriptor) {
    struct epoll_event unused = {0};
    (void)epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &unused);
}

int portolan_epoll_wait(int epoll, struct portolan_event *events, int capacity, int timeout_milliseconds) {
    struct epoll_event raw[64];
    if (capacity > 64) capacity = 64;
    int count = epoll_wait(epoll, raw, capacity, timeout_milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) {
        // Errors and hang-ups wake both sides, so that whoever waits finds out by its next read or write.
        int broken = (raw[index].events & (EPOLLERR | EPOLLHUP)) != 0;
        events[index].token = raw[index].data.u64;
        events[index].readable = broken || (raw[index].events & EPOLLIN) != 0;
        events[index].writable = broken || (raw[index].events & EPOLLOUT) != 0;
    }
    return count;
}

int portolan_wakeup_open(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

void portolan_wakeup_signal(int descriptor) {
    uint64_t one = 1;
    (void)!write(descriptor, &one, sizeof one);
}

void portolan_wakeup_clear(int descriptor) {
    uint64_t value;
    (void)!read(descriptor, &value, sizeof value);
}

void portolan_close(int descriptor) { (void)close(descriptor); }

struct portolan_start {
    void (*entry)(void *);
    void *context;
    char name[16];
};

static void *portolan_thread_main(void *raw) {
    struct portolan_start start = *(struct portolan_start *)raw;
    free(raw);
    (void)pthread_setname_np(pthread_self(), start.name);
    start.entry(start.context);
    return NULL;
}

int portolan_thread_start(const char *name, void (*entry)(void *), void *context) {
    struct portolan_start *start = calloc(1, sizeof *start);
    if (!start) return ENOMEM;
    start->entry = entry;
    start->context = context;
    strncpy(start->name, name, sizeof start->name - 1);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failure = pthread_create(&thread, &attributes, portolan_thread_main, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failure) free(start);
    return failure;
}

static _Thread_local char portolan_thread_mark;

uint64_t portolan_thread_identity(void) { return (uint64_t)(uintptr_t)&portolan_thread_mark; }
