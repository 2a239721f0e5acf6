// SPDX-License-Identifier: GPL-2.0-only
// Pipes within one task: with data, full, nonblocking, of another size, in packet mode, with one end closed, an end
// reopened through /proc for both directions, also as the only one. A wrong restore is noticed as data lost, doubled or cut elsewhere, another
// capacity or flag, or an end that is open (or closed) when it should not be.
#include "fds.h"

#define DATA 10001

static int plain[2], full[2], sized[2], packet[2], no_writer[2], no_reader[2], both[3];
static int alone[2]; // of pipes whose only descriptor is for both directions: a low number, and a high one
static long full_size;
static char buffer[1 << 20];

static void fill(int *ends, int flags, size_t len, uint64_t seed)
{
    must(pipe2(ends, flags));
    if (len)
        pattern_write(ends[1], len, seed);
}

static void put_packets(void)
{
    for (int i = 1; i <= 5; i++) {
        char text[64];
        memset(text, 'a' + i, sizeof(text));
        must(write(packet[1], text, i * 7));
    }
}

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    fill(plain, O_CLOEXEC, DATA, 1);
    fill(full, O_NONBLOCK, 0, 0);
    for (ssize_t step; (step = write(full[1], buffer, 4096)) > 0;)
        full_size += step;
    fill(sized, 0, 0, 0);
    must(fcntl(sized[0], F_SETPIPE_SZ, 1 << 19));
    pattern_write(sized[1], 300000, 3); // more than a pipe of the usual size holds
    fill(packet, O_DIRECT, 0, 0);
    put_packets();
    fill(no_writer, 0, 500, 4);
    close(no_writer[1]);
    fill(no_reader, 0, 0, 0);
    close(no_reader[0]);
    fill(both, 0, 0, 0);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", both[0]);
    both[2] = must(open(path, O_RDWR | O_NONBLOCK));
    pattern_write(both[2], 100, 5);
    for (int i = 0; i < 2; i++) {
        int ends[2];
        must(pipe(ends));
        snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
        int only = must(open(path, O_RDWR));
        alone[i] = i == 0 ? only : must(fcntl(only, F_DUPFD, 40));
        if (i > 0)
            close(only);
        close(ends[0]);
        close(ends[1]);
        pattern_write(alone[i], 200, 6 + i);
    }
}

static void sabotage(void)
{
    must(read(plain[0], buffer, 1));
}

static void expect_data(const char *what, int fd, size_t len, uint64_t seed)
{
    expect_eq(what, read_now(fd, buffer, sizeof(buffer)), len);
    expect_pattern(what, buffer, len, seed);
}

static void check(void)
{
    expect_eq("close-on-exec", fcntl(plain[0], F_GETFD), FD_CLOEXEC);
    expect_data("plain pipe", plain[0], DATA, 1);
    expect_errno("the drained plain pipe, which has a writer", read_now(plain[0], buffer, 1) ? 0 : -1, EAGAIN);
    pattern_write(plain[1], DATA, 1);

    expect(fcntl(full[0], F_GETFL) & O_NONBLOCK && fcntl(full[1], F_GETFL) & O_NONBLOCK, "the full pipe is not nonblocking");
    expect_errno("write to the full pipe", write(full[1], buffer, 1), EAGAIN);
    expect_eq("bytes in the full pipe", read_now(full[0], buffer, sizeof(buffer)), full_size);
    for (long left = full_size; left > 0; left -= 4096)
        expect_eq("write to the drained pipe", write(full[1], buffer, 4096), 4096);

    expect_eq("size of the larger pipe", fcntl(sized[1], F_GETPIPE_SZ), 1 << 19);
    expect_data("larger pipe", sized[0], 300000, 3);
    pattern_write(sized[1], 300000, 3);

    expect(fcntl(packet[1], F_GETFL) & O_DIRECT, "the packet pipe is not one");
    for (int i = 1; i <= 5; i++) {
        expect_eq("length of the packet", read(packet[0], buffer, sizeof(buffer)), i * 7);
        expect_eq("content of the packet", buffer[0], 'a' + i);
    }
    put_packets();

    expect_data("pipe without writer", no_writer[0], 500, 4);
    expect_eq("its end of file", read(no_writer[0], buffer, 1), 0);
    close(no_writer[0]);
    fill(no_writer, 0, 500, 4);
    close(no_writer[1]);

    expect_errno("write to the pipe without reader", write(no_reader[1], "x", 1), EPIPE);

    expect_eq("flags of the reopened end", fcntl(both[2], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
    expect_data("pipe with the reopened end", both[2], 100, 5);
    pattern_write(both[2], 100, 5);

    for (int i = 0; i < 2; i++) {
        expect_eq("flags of the only end", fcntl(alone[i], F_GETFL) & O_ACCMODE, O_RDWR);
        expect_data("pipe with one end for both directions", alone[i], 200, 6 + i);
        pattern_write(alone[i], 200, 6 + i);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
