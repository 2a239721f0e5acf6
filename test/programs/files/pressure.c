// SPDX-License-Identifier: GPL-2.0-only
// Triggers of pressure stall information: descriptors of /proc/pressure that wait for stalls, and one that was only opened.
// A wrong restore is noticed as a descriptor that takes a second trigger, or does not take its first, or that cannot be
// polled for one.
#include "fds.h"
#include <poll.h>

static const struct kind {
    const char *path, *trigger;
} kinds[] = {
    {"/proc/pressure/cpu", "some 1000000 2000000"},
    {"/proc/pressure/memory", "full 1500000 4000000"},
    {"/proc/pressure/io", NULL},
};
static int fds[ARRAY_LEN(kinds)];

static ssize_t put(int fd, const char *trigger)
{
    return write(fd, trigger, strlen(trigger) + 1);
}

static int make(const struct kind *kind)
{
    int fd = open(kind->path, O_RDWR | O_NONBLOCK);
    if (fd < 0)
        skip("%s: %s", kind->path, strerror(errno));
    if (kind->trigger && put(fd, kind->trigger) < 0)
        skip("%s takes no trigger: %s", kind->path, strerror(errno));
    return fd;
}

static void setup(void)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        fds[i] = make(&kinds[i]);
}

static void sabotage(void)
{
    int other = must(open(kinds[0].path, O_RDWR | O_NONBLOCK));
    must(dup2(other, fds[0]));
    close(other);
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct pollfd poll_for = {fds[i], POLLPRI, 0};
        int came = poll(&poll_for, 1, 0);
        // Without a trigger there is nothing to be polled for, which is an error condition.
        if (kinds[i].trigger)
            expect(came == 0 || poll_for.revents == POLLPRI, "%s: polls as %x", kinds[i].path, poll_for.revents);
        else
            expect(came == 1 && poll_for.revents & POLLERR, "%s: polls as %x without a trigger", kinds[i].path, poll_for.revents);
        if (kinds[i].trigger)
            expect_errno(kinds[i].path, put(fds[i], kinds[i].trigger), EBUSY);
    }
    expect(put(fds[2], "some 1000000 2000000") > 0, "the first trigger of a descriptor: %s", strerror(errno));
    close(fds[2]);
    fds[2] = make(&kinds[2]);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
