// SPDX-License-Identifier: GPL-2.0-only
// Two stopped children of many threads, as an editor after ^Z: one by SIGSTOP, one by SIGTSTP. Each thread waits in another
// call and counts in shared memory. A wrong restore is noticed as a thread that runs while its process is stopped, as one
// that does not go on when it is continued, or as a stop that the parent sees differently.
#include "../threads.h"
#include "puppet.h"
#include <dirent.h>
#include <sys/epoll.h>

#define MOST 1000
static int threads = 4;
static volatile unsigned long *beats; // a row of MOST for each child

static struct stopped {
    struct puppet puppet;
    int signal;
} children[] = {{.puppet = {.name = "stop"}, .signal = SIGSTOP}, {.puppet = {.name = "tstp"}, .signal = SIGTSTP}};
static int which, epoll; // in a child: its index

static void *beat(void *arg)
{
    int index = (int)(long)arg;
    volatile unsigned long *own = &beats[which * MOST + index];
    sigset_t none;
    sem_t never;
    struct epoll_event event;
    sigemptyset(&none);
    sigaddset(&none, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &none, NULL);
    must(sem_init(&never, 0, 0));
    for (;;) {
        struct timespec nap = {.tv_nsec = 2000000}, until;
        switch (index % 4) {
        case 0:
            nanosleep(&nap, NULL);
            break;
        case 1:
            epoll_wait(epoll, &event, 1, 2);
            break;
        case 2:
            sigtimedwait(&none, NULL, &nap);
            break;
        default:
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_nsec += 2000000;
            if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
            }
            sem_clockwait(&never, CLOCK_MONOTONIC, &until);
        }
        (*own)++;
    }
    return NULL;
}

static void handler(const char *question)
{
    const char *rest;
    if (!asked(question, "threads", &rest)) {
        puppet_handler(question);
        return;
    }
    which = atoi(rest);
    epoll = must(epoll_create1(EPOLL_CLOEXEC));
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    small_stack(&attr, 64 * 1024);
    for (long i = 0; i < threads; i++) {
        pthread_t thread;
        must_zero(pthread_create(&thread, &attr, beat, (void *)i));
    }
}

static void stop(struct stopped *s)
{
    siginfo_t info;
    must(kill(s->puppet.pid, s->signal));
    must(waitid(P_PID, s->puppet.pid, &info, WSTOPPED | WNOWAIT));
}

static bool all_advance(int child, const unsigned long *from)
{
    for (int i = 0; i < threads; i++)
        if (beats[child * MOST + i] < from[i] + 2)
            return false;
    return true;
}

static bool all_in_state(pid_t pid, char state)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *folder = opendir(path);
    bool all = folder != NULL;
    for (struct dirent *entry; all && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/stat", pid, entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        close(fd);
        text[len < 0 ? 0 : len] = 0;
        char *after = strrchr(text, ')');
        all = after && after[2] == state;
    }
    if (folder)
        closedir(folder);
    return all;
}

static void setup(void)
{
    static const unsigned long zero[MOST];
    if (prog.argc > 0)
        threads = atoi(prog.argv[0]);
    beats = must(mmap(NULL, ARRAY_LEN(children) * MOST * sizeof(*beats), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        fork_server(children[i].puppet.name, handler);
        ask(children[i].puppet.name, "setpgid 0");
        puppet_remember(&children[i].puppet);
        ask(children[i].puppet.name, "threads %zu", i);
        if (!wait_for(all_advance(i, zero), 30000))
            die("threads do not begin");
        stop(&children[i]);
    }
}

static void sabotage(void)
{
    must(kill(children[0].puppet.pid, SIGCONT));
}

static void check(void)
{
    unsigned long before[MOST];
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        struct stopped *s = &children[i];
        siginfo_t info = {0};
        // A restored tree may run a moment before its stop has reached every task.
        expect(wait_for(all_in_state(s->puppet.pid, 'T'), 10000), "not all threads of the child are stopped");
        for (int t = 0; t < threads; t++)
            before[t] = beats[i * MOST + t];
        usleep(20000);
        for (int t = 0; t < threads; t++)
            expect_eq("beats of a thread that is stopped", beats[i * MOST + t], before[t]);
        must(waitid(P_PID, s->puppet.pid, &info, WSTOPPED | WNOHANG));
        expect_eq("si_pid of the stop", info.si_pid, s->puppet.pid);
        expect_eq("si_status of the stop", info.si_status, s->signal);
        must(kill(s->puppet.pid, SIGCONT));
        if (prog.failed)
            continue;
        must(waitid(P_PID, s->puppet.pid, &info, WCONTINUED));
        expect_eq("si_code of the continuation", info.si_code, CLD_CONTINUED);
        expect(wait_for(all_advance(i, before), 30000), "not all threads go on");
        puppet_expect_same(&s->puppet);
        stop(s);
    }
}

static void teardown(void)
{
    for (size_t i = 0; i < ARRAY_LEN(children); i++)
        kill(children[i].puppet.pid, SIGCONT);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage, .teardown = teardown});
}
