// SPDX-License-Identifier: GPL-2.0-only
// eventfds: a counter, an empty nonblocking one, one shared with a child; with "semaphore" for an argument a semaphore too.
// A wrong restore is noticed as another count, or a semaphore that gives all at once.
#include "fds.h"
#include <sys/eventfd.h>

static int counter, semaphore = -1, empty, shared;

static void handler(const char *question)
{
    if (asked(question, "add", NULL))
        must(eventfd_write(shared, 5));
}

static void fill(void)
{
    must(eventfd_write(counter, 0x123456789a));
    if (semaphore >= 0)
        must(eventfd_write(semaphore, 3));
}

static void make_semaphore(void)
{
    char text[512] = "";
    semaphore = must(eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK));
    read_text(text, sizeof(text), "/proc/self/fdinfo/%d", semaphore);
    if (!strstr(text, "eventfd-semaphore:"))
        skip("needs eventfd-semaphore in fdinfo (Linux 6.5): nobody else can know");
}

static void take_all(void)
{
    eventfd_t value = 0;
    for (int i = 0; i < 3; i++) {
        expect(!eventfd_read(semaphore, &value), "semaphore, take %d: %s", i + 1, strerror(errno));
        expect_eq("value of a take", value, 1);
    }
    expect_errno("a fourth take", eventfd_read(semaphore, &value), EAGAIN);
}

static void setup(void)
{
    counter = must(eventfd(0, EFD_CLOEXEC));
    if (prog.argc)
        make_semaphore();
    empty = must(eventfd(0, EFD_NONBLOCK));
    shared = must(eventfd(7, 0));
    fill();
    fork_server("child", handler);
}

static void sabotage(void)
{
    must(eventfd_write(semaphore >= 0 ? semaphore : counter, 1));
}

static void check(void)
{
    eventfd_t value = 0;
    must(eventfd_read(counter, &value));
    expect_eq("counter", value, 0x123456789a);
    expect_eq("close-on-exec", fcntl(counter, F_GETFD), FD_CLOEXEC);
    if (semaphore >= 0)
        take_all();
    expect_errno("read of the empty one", eventfd_read(empty, &value), EAGAIN);
    ask("child", "add");
    must(eventfd_read(shared, &value));
    expect_eq("shared counter", value, 12);
    must(eventfd_write(shared, 7));
    fill();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
