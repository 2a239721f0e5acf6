// SPDX-License-Identifier: GPL-2.0-only
// Devices without state: null, zero, full, random, urandom, with flags and close-on-exec.
// A wrong restore is noticed as another device number or flag, or a device that does not do its work.
#include "fds.h"

static struct device {
    const char *path;
    int flags, fd;
    struct fd_state state;
} devices[] = {
    {.path = "/dev/null", .flags = O_WRONLY | O_APPEND},
    {.path = "/dev/zero", .flags = O_RDONLY | O_CLOEXEC},
    {.path = "/dev/full", .flags = O_RDWR},
    {.path = "/dev/urandom", .flags = O_RDONLY | O_NONBLOCK},
    {.path = "/dev/random", .flags = O_RDWR},
};

static void setup(void)
{
    for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
        devices[i].fd = must(open(devices[i].path, devices[i].flags));
        devices[i].state = fd_state(devices[i].fd);
    }
}

static void sabotage(void)
{
    must(dup2(devices[0].fd, devices[2].fd));
}

static void check(void)
{
    char a[32] = "x", b[32] = "x";
    for (size_t i = 0; i < ARRAY_LEN(devices); i++)
        expect_fd(devices[i].path, devices[i].fd, &devices[i].state, true);
    expect_eq("write to null", write(devices[0].fd, a, 10), 10);
    expect_eq("read of zero", read(devices[1].fd, a, 32), 32);
    expect_zero("zero", a, 32);
    expect_errno("write to full", write(devices[2].fd, a, 1), ENOSPC);
    expect_eq("read of urandom", read(devices[3].fd, a, 32), 32);
    expect_eq("read of urandom", read(devices[3].fd, b, 32), 32);
    expect(memcmp(a, b, 32), "urandom repeats itself");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
