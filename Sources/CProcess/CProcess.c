#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct start {
    const struct portolan_process *process;
    portolan_process_ended ended;
    void *context;
    sem_t started;
    pid_t identifier;
    int failure;
};

// Runs between fork and exec: only async-signal-safe calls.
static int become(const struct portolan_process *process, pid_t parent) {
    sigset_t none;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);

    int empty = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (empty < 0 || dup2(empty, STDIN_FILENO) < 0) return errno;
    if (process->output >= 0 && dup2(process->output, STDOUT_FILENO) < 0) return errno;
    if (process->error >= 0 && dup2(process->error, STDERR_FILENO) < 0) return errno;
    // Marking instead of closing keeps the pipe that reports a failed exec.
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) return errno;

    // The bare calls: glibc's own would try to change all threads of a process that was copied at any moment of theirs.
    if (process->changes_user && (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setgid, process->group) < 0
                                  || syscall(SYS_setuid, process->user) < 0)) return errno;
    if (process->directory && chdir(process->directory) < 0) return errno;
    // After the change of user, which clears it.
    if (process->parent_death_signal && prctl(PR_SET_PDEATHSIG, process->parent_death_signal) < 0) return errno;
    if (getppid() != parent) return ESRCH;
    execve(process->executable, process->arguments, process->environment);
    return errno;
}

static int start(const struct portolan_process *process, pid_t *identifier) {
    int report[2];
    pid_t parent = getpid();
    if (pipe2(report, O_CLOEXEC) < 0) return errno;
    pid_t child = fork();
    if (child == 0) {
        int failure = become(process, parent);
        while (write(report[1], &failure, sizeof failure) < 0 && errno == EINTR) {}
        _exit(127);
    }
    int failure = child < 0 ? errno : 0;
    close(report[1]);
    if (child > 0) {
        ssize_t length;
        while ((length = read(report[0], &failure, sizeof failure)) < 0 && errno == EINTR) {}
        if (length == sizeof failure) {
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        } else {
            failure = 0;
        }
    }
    close(report[0]);
    *identifier = child;
    return failure;
}

static void *attend(void *argument) {
    struct start *request = argument;
    portolan_process_ended ended = request->ended;
    void *context = request->context;
    pid_t child = 0;
    int failure = start(request->process, &child);
    request->identifier = child;
    request->failure = failure;
    sem_post(&request->started);  // the request is gone from here on
    if (failure) return NULL;

    siginfo_t information = {0};
    while (waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT) < 0 && errno == EINTR) {}
    ended(context, information.si_code != CLD_EXITED, information.si_status);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return NULL;
}

int portolan_process_start(const struct portolan_process *process, portolan_process_ended ended, void *context, pid_t *identifier) {
    struct start request = {.process = process, .ended = ended, .context = context};
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    sem_init(&request.started, 0, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    // The attending thread must never run a signal handler of the program's.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&thread, &attributes, attend, &request);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failure == 0) {
        while (sem_wait(&request.started) < 0 && errno == EINTR) {}
        failure = request.failure;
        *identifier = request.identifier;
    }
    sem_destroy(&request.started);
    return failure;
}

int portolan_process_memory_file(void) { return memfd_create("output", MFD_CLOEXEC); }

bool portolan_process_account(const char *name, uid_t *user, gid_t *group) {
    struct passwd entry, *found = NULL;
    char buffer[4096];
    if (getpwnam_r(name, &entry, buffer, sizeof buffer, &found) != 0 || !found) return false;
    *user = found->pw_uid;
    *group = found->pw_gid;
    return true;
}
