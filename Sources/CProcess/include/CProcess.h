#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/// What to start and as whom. Every pointer is borrowed for the length of the call.
struct portolan_process {
    const char *executable;        ///< absolute path
    char *const *arguments;        ///< ends with NULL, begins with the name
    char *const *environment;      ///< ends with NULL
    const char *directory;         ///< working directory, or NULL to keep the caller's
    int output;                    ///< becomes standard output, or -1 to keep the caller's
    int error;                     ///< becomes standard error, or -1 to keep the caller's
    bool changes_user;             ///< whether user and group count
    uid_t user;
    gid_t group;
    int parent_death_signal;       ///< sent to the child when this process ends in any way, or 0
};

/// Called once, on a thread of the child's own, when the child has ended and before it is reaped, so that its identifier is still taken.
typedef void (*portolan_process_ended)(void *context, bool signaled, int status);

/// Starts a child in a process group of its own with default signal handling, standard input from /dev/null and no other descriptor.
/// A thread starts it and waits for it: the kernel sends the parent death signal when the *thread* that forked ends, so that thread must
/// live as long as the child. Blocks until the child runs the executable (milliseconds).
/// Returns 0 and sets `identifier`; `ended` will then be called. Otherwise returns an errno value and `ended` is never called.
int portolan_process_start(const struct portolan_process *process, portolan_process_ended ended, void *context, pid_t *identifier);

/// An anonymous file in memory that is closed on exec; -1 and errno on failure.
int portolan_process_memory_file(void);

/// The user and group of an account; false when there is no such account.
bool portolan_process_account(const char *name, uid_t *user, gid_t *group);
