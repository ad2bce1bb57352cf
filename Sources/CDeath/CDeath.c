// The definitions of a preloaded object come before those of the C library, for the program and for every library that it uses. What they
// do is asked of the kernel directly, so that nothing is looked up and nothing is allocated.
#define _GNU_SOURCE
#include "CDeath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long steps;
static long last;
static int files_only;
static int record = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *step = getenv("DEATH_STEP");
    const char *path = getenv("DEATH_LOG");
    if (step) last = strtol(step, NULL, 10);
    if (path) record = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    // Programs that this one starts live on.
    files_only = getenv("DEATH_FILES") != NULL;
    unsetenv("LD_PRELOAD");
}

static void take_step(const char *call)
{
    int number = errno;
    long step = atomic_fetch_add(&steps, 1) + 1;
    if (record >= 0) {
        char line[80];
        int length = snprintf(line, sizeof line, "%ld %s\n", step, call);
        syscall(SYS_write, record, line, (size_t)length);
    }
    if (step == last) {
        syscall(SYS_kill, syscall(SYS_getpid), 9);
        for (;;) syscall(SYS_pause);
    }
    errno = number;
}

static int is_file(int descriptor)
{
    struct stat status;
    return descriptor > 2 && syscall(SYS_fstat, descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

static int is_local_socket(int descriptor)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    return syscall(SYS_getsockname, descriptor, &address, &length) == 0 && address.ss_family == AF_UNIX;
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    if (is_file(descriptor)) take_step("write");
    return syscall(SYS_write, descriptor, bytes, count);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    if (is_file(descriptor)) take_step("writev");
    return syscall(SYS_writev, descriptor, parts, count);
}

int fsync(int descriptor)
{
    take_step("fsync");
    return (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor)
{
    take_step("fdatasync");
    return (int)syscall(SYS_fdatasync, descriptor);
}

int syncfs(int descriptor)
{
    take_step("syncfs");
    return (int)syscall(SYS_syncfs, descriptor);
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    if (flags & O_CREAT) take_step("create");
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define MODE(flags, mode, after) \
    mode_t mode = 0; \
    if ((flags) & O_CREAT) { \
        va_list list; \
        va_start(list, after); \
        mode = va_arg(list, mode_t); \
        va_end(list); \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags, mode, flags)
    return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags, mode, flags)
    return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    MODE(flags, mode, flags)
    return open_at(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    MODE(flags, mode, flags)
    return open_at(folder, path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
    take_step("mkdir");
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    take_step("mkdir");
    return (int)syscall(SYS_mkdirat, folder, path, mode);
}

int rename(const char *from, const char *to)
{
    take_step("rename");
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int old, const char *from, int new, const char *to)
{
    take_step("rename");
    return (int)syscall(SYS_renameat2, old, from, new, to, 0);
}

int unlink(const char *path)
{
    take_step("unlink");
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int folder, const char *path, int flags)
{
    take_step("unlink");
    return (int)syscall(SYS_unlinkat, folder, path, flags);
}

int rmdir(const char *path)
{
    take_step("rmdir");
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

ssize_t send(int descriptor, const void *bytes, size_t count, int flags)
{
    int counts = !files_only && is_local_socket(descriptor);
    if (counts) take_step("send");
    ssize_t sent = syscall(SYS_sendto, descriptor, bytes, count, flags, NULL, 0);
    if (counts && sent > 0) take_step("sent");
    return sent;
}
