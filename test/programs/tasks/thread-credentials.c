// SPDX-License-Identifier: GPL-2.0-only
// Threads of one process with credentials of their own, set with the raw calls that libc spreads over all threads.
// A wrong restore is noticed as another Uid, Gid, Groups or capability line of a thread, or other securebits.
#include "../procfs.h"
#include "../threads.h"
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>

static struct worker workers[3];
static char saved[3][512];
static const char *const lines[] = {"Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapInh", "NoNewPrivs"};

static void describe(char *text, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char value[128];
        status_field(getpid(), syscall(SYS_gettid), lines[i], value, sizeof(value));
        len += snprintf(text + len, size - len, "%s=%s; ", lines[i], value);
    }
    snprintf(text + len, size - len, "securebits=%x", prctl(PR_GET_SECUREBITS));
}

static void start(struct worker *w)
{
    gid_t groups[] = {300, 301};
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = 1 << CAP_KILL, .permitted = 1 << CAP_KILL | 1 << CAP_SETUID}};
    if (w->index == 0) {
        must(syscall(SYS_setgroups, 2, groups));
        must(syscall(SYS_setresgid, 11, 12, 13));
        must(syscall(SYS_setresuid, 21, 22, 23));
    } else if (w->index == 1) {
        must(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED));
        must(syscall(SYS_capset, &header, data));
    }
    must(prctl(PR_SET_DUMPABLE, 1)); // a change of ids has cleared it for the whole process
    describe(saved[w->index], sizeof(saved[0]));
}

static void run(struct worker *w)
{
    char now[512];
    if (prog.sabotage && w->index == 0)
        must(syscall(SYS_setresuid, 22, 22, 22));
    describe(now, sizeof(now));
    expect_str("credentials of a thread", now, saved[w->index]);
}

static void setup(void)
{
    if (geteuid())
        skip("needs root");
    for (int i = 0; i < 3; i++) {
        workers[i] = (struct worker){.index = i, .start = start, .run = run};
        worker_create(&workers[i], 0);
    }
    expect(strstr(saved[0], "Uid=21 22 23") && strstr(saved[2], "Uid=0 0 0 0"), "set up as '%s'", saved[0]);
}

static void sabotage(void) {} // done by the thread itself: its ids are its own

static void check(void)
{
    for (int i = 0; i < 3; i++)
        worker_command(&workers[i]);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
