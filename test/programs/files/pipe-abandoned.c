// SPDX-License-Identifier: GPL-2.0-only
// Pipes and a FIFO that nobody has open for reading while there is data in them: whoever opens one again (/proc/PID/fd/N, the
// FIFO's path) finds it. A wrong restore is noticed as other data than was written, as packets that are joined, or as a reader
// that finds nothing.
#include "fds.h"
#include <poll.h>

enum { PIPES = 100, PACKETS = 3 };
static int writers[PIPES], fifo;
static char *path;

static void fill(int fd, int n)
{
    if (n % 2)
        must(fcntl(fd, F_SETFL, O_DIRECT));
    for (int i = 0; i < PACKETS; i++) {
        char text[64];
        int len = snprintf(text, sizeof(text), "packet %d of pipe %d", i, n);
        must(write(fd, text, len));
    }
}

static int reopened(int fd)
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    return must(open(link, O_RDONLY | O_NONBLOCK));
}

static void setup(void)
{
    must((long)signal(SIGPIPE, SIG_IGN));
    for (int n = 0; n < PIPES; n++) {
        int ends[2];
        must(pipe(ends));
        writers[n] = ends[1];
        fill(ends[1], n);
        must(close(ends[0]));
    }
    path = side_path(".fifo");
    must(mkfifo(path, 0600));
    int reader = must(open(path, O_RDONLY | O_NONBLOCK));
    fifo = must(open(path, O_WRONLY));
    fill(fifo, PIPES);
    must(close(reader));
}

static void expect_packets(const char *what, int fd, int writer, int n)
{
    char all[256] = "", read_at_once[256];
    int reads = 0;
    for (ssize_t len; (len = read(fd, read_at_once, sizeof(read_at_once))) > 0; reads++)
        strncat(all, read_at_once, len);
    char want[256] = "";
    for (int i = 0, at = 0; i < PACKETS; i++)
        at += snprintf(want + at, sizeof(want) - at, "packet %d of pipe %d", i, n);
    expect_str(what, all, want);
    expect_eq("reads that it came by", reads, n % 2 ? PACKETS : 1);
    fill(writer, n);
    close(fd);
}

static int nobody_reads(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLOUT};
    must(poll(&one, 1, 0));
    return one.revents & POLLERR;
}

static void check(void)
{
    for (int n = 0; n < PIPES; n++) {
        expect_eq("a pipe has no reader", nobody_reads(writers[n]), POLLERR);
        expect_errno("a write that nobody would read", write(writers[n], "x", 1), EPIPE);
        expect_packets("pipe", reopened(writers[n]), writers[n], n);
    }
    expect_eq("the FIFO has no reader", nobody_reads(fifo), POLLERR);
    expect_packets("FIFO", must(open(path, O_RDONLY | O_NONBLOCK)), fifo, PIPES);
}

static void sabotage(void)
{
    char byte;
    int fd = reopened(writers[PIPES / 2]);
    must(read(fd, &byte, 1));
    close(fd);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
