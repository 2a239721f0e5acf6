// SPDX-License-Identifier: GPL-2.0-only
// All sixteen limits at odd values in a child, soft and hard, with an open descriptor above the limit of descriptors and
// little address space left. A wrong restore is noticed as any other value, or as that descriptor being gone.
#include "../tasks.h"
#include <sys/resource.h>

#define HIGH_FD 900

static struct limit {
    const char *name;
    int which;
    rlim_t soft, hard;
} limits[] = {
    {"cpu", RLIMIT_CPU, 3001, 4001},
    {"fsize", RLIMIT_FSIZE, 70001, 1 << 30},
    {"data", RLIMIT_DATA, 50 << 20, 60 << 20},
    {"stack", RLIMIT_STACK, 4 << 20, 64 << 20},
    {"core", RLIMIT_CORE, 0, 4096},
    {"rss", RLIMIT_RSS, 12345678, 23456789},
    {"nproc", RLIMIT_NPROC, 5001, 6001},
    {"nofile", RLIMIT_NOFILE, 50, 1000},
    {"memlock", RLIMIT_MEMLOCK, 1 << 20, 3 << 20},
    {"as", RLIMIT_AS, 60 << 20, 70 << 20},
    {"locks", RLIMIT_LOCKS, 11, 12},
    {"sigpending", RLIMIT_SIGPENDING, 501, 1001},
    {"msgqueue", RLIMIT_MSGQUEUE, 1001, 2001},
    {"nice", RLIMIT_NICE, 3, 7},
    {"rtprio", RLIMIT_RTPRIO, 2, 5},
    {"rttime", RLIMIT_RTTIME, 10000001, 20000001},
};

static rlim_t least(rlim_t a, rlim_t b)
{
    return a < b ? a : b;
}

static void handler(const char *question)
{
    struct rlimit is;
    struct rlimit other = {40, 1000};
    if (asked(question, "sabotage", NULL))
        must(setrlimit(RLIMIT_NOFILE, &other));
    if (!asked(question, "check", NULL))
        return;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        must(getrlimit(limits[i].which, &is));
        expect(is.rlim_cur == limits[i].soft && is.rlim_max == limits[i].hard, "limit %s: expected %lu/%lu, is %lu/%lu",
               limits[i].name, limits[i].soft, limits[i].hard, is.rlim_cur, is.rlim_max);
    }
    expect(fcntl(HIGH_FD, F_GETFD) == FD_CLOEXEC, "descriptor above the limit: %s", strerror(errno));
    expect_errno("a duplicate above the limit", fcntl(0, F_DUPFD, 100), EINVAL);
}

static void child(void)
{
    struct rlimit enough = {1000, 1000}, set;
    must(setrlimit(RLIMIT_NOFILE, &enough));
    must(dup3(0, HIGH_FD, O_CLOEXEC));
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        set = (struct rlimit){limits[i].soft, limits[i].hard};
        must(setrlimit(limits[i].which, &set));
    }
    serve("limited", handler);
}

static void setup(void)
{
    struct rlimit had; // hard limits cannot be raised where CAP_SYS_RESOURCE is missing
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        must(getrlimit(limits[i].which, &had));
        limits[i].hard = least(limits[i].hard, had.rlim_max);
        limits[i].soft = least(limits[i].soft, limits[i].hard);
    }
    fork_child(child);
    ask("limited", "check");
}

static void sabotage(void)
{
    ask("limited", "sabotage");
}

static void check(void)
{
    ask("limited", "check");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
