// SPDX-License-Identifier: GPL-2.0-only
// Pipes that belong to others, one of them readable by all: who runs as that user may open /dev/stdout again, others not. A
// wrong restore is noticed as another owner or mode, or as a pipe that its owner cannot open.
#include "fds.h"
#include <sys/fsuid.h>

enum { USER = 12345, GROUP = 23456 };
static int given[2], readable[2], own[2];

static void setup(void)
{
    must(pipe(given));
    must(pipe(readable));
    must(pipe(own));
    must(fchown(given[0], USER, GROUP));
    must(fchown(readable[1], USER, 0));
    must(fchmod(readable[1], 0644));
    must(write(given[1], "unread", 6));
}

static void sabotage(void)
{
    must(fchown(given[0], 0, 0));
}

static void expect_pipe(const char *what, int fd, unsigned uid, unsigned gid, unsigned mode)
{
    struct stat st;
    must(fstat(fd, &st));
    expect(st.st_uid == uid && st.st_gid == gid && (st.st_mode & 07777) == mode, "%s: owner and mode: expected %u %u %o, is %u %u %o",
           what, uid, gid, mode, st.st_uid, st.st_gid, st.st_mode & 07777);
}

// What nginx does with /dev/stdout in its configuration, as an unprivileged user.
static int reopened(int fd, int flags)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    setfsuid(USER);
    int again = open(path, flags);
    setfsuid(0);
    if (again >= 0)
        close(again);
    return again >= 0;
}

static void check(void)
{
    expect_pipe("given away", given[0], USER, GROUP, 0600);
    expect_pipe("given away", given[1], USER, GROUP, 0600);
    expect_pipe("readable", readable[0], USER, 0, 0644);
    expect_pipe("own", own[0], 0, 0, 0600);
    expect_eq("its owner opens it again", reopened(given[1], O_WRONLY), 1);
    expect_eq("its owner opens the readable one", reopened(readable[0], O_RDONLY | O_NONBLOCK), 1);
    expect_eq("another opens root's", reopened(own[1], O_WRONLY), 0);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
