// SPDX-License-Identifier: GPL-2.0-only
// Pipes and a FIFO whose packets were written in packet mode that has been left since, or by another description than the one
// that writes bytes. A wrong restore is noticed as a read that ends elsewhere, as bytes of a packet that a short read leaves
// behind, or as writes that are joined or kept apart otherwise than their descriptions say.
#include "fds.h"

static int left[2], single[2], single_byte[2], between[3], fifo[2], apart[2];
static char buffer[1 << 17];

static void put(int fd, size_t len, char mark)
{
    memset(buffer, mark, len);
    must(write(fd, buffer, len));
}

static void direct(int fd, bool on)
{
    must(fcntl(fd, F_SETFL, on ? O_DIRECT : 0));
}

static void fill(void)
{
    direct(left[1], true);
    put(left[1], 4, 'a');
    put(left[1], 5, 'b');
    direct(left[1], false);

    direct(single[1], true);
    put(single[1], 6, 'c');
    direct(single[1], false);
    direct(single_byte[1], true);
    put(single_byte[1], 1, 'd');
    direct(single_byte[1], false);

    put(between[2], 3, 'e'); // packets
    put(between[1], 8192, 'f');
    put(between[2], 4096, 'g');
    put(between[2], 1, 'h');
    put(between[1], 10, 'i');

    direct(fifo[1], true);
    put(fifo[1], 7, 'k');
    direct(fifo[1], false);

    // What fills a page that was begun is joined with it; so the page is another's, and has no room.
    int other[2];
    must(pipe(other));
    put(other[1], 2000, 'l');
    must(tee(other[0], apart[1], 2000, 0));
    close(other[0]);
    close(other[1]);
    direct(apart[1], true);
    put(apart[1], 9, 'm');
    direct(apart[1], false);
}

static void setup(void)
{
    must(pipe(left));
    must(pipe(single));
    must(pipe(single_byte));
    must(pipe(between));
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", between[1]);
    between[2] = must(open(path, O_WRONLY));
    direct(between[2], true); // open(2) would not have it
    must(mkfifo(side_path(".fifo"), 0600));
    fifo[0] = must(open(side_path(".fifo"), O_RDONLY | O_NONBLOCK));
    fifo[1] = must(open(side_path(".fifo"), O_WRONLY));
    must(pipe(apart));
    fill();
}

static void sabotage(void)
{
    must(read(left[0], buffer, 1)); // the rest of the packet goes with it
}

// One read: how much it brings, and its first and last byte.
static void expect_part(const char *what, int fd, size_t room, ssize_t len, char first, char last)
{
    int flags = fcntl(fd, F_GETFL);
    must(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
    expect_eq(what, read(fd, buffer, room), len);
    expect(buffer[0] == first && buffer[len - 1] == last, "%s: '%c'…'%c' instead of '%c'…'%c'", what, buffer[0], buffer[len - 1], first,
           last);
    must(fcntl(fd, F_SETFL, flags));
}

// Bytes at the end of the queue, as stream or packets.
static void expect_joined(const char *what, int *ends, bool joined)
{
    put(ends[1], 2, 'x');
    put(ends[1], 2, 'x');
    expect_part(what, ends[0], sizeof(buffer), joined ? 4 : 2, 'x', 'x');
    if (!joined)
        expect_part(what, ends[0], sizeof(buffer), 2, 'x', 'x');
}

static void check(void)
{
    expect_eq("flags of the one that has left packet mode", fcntl(left[1], F_GETFL) & O_DIRECT, 0);
    expect_part("first packet", left[0], sizeof(buffer), 4, 'a', 'a');
    expect_part("second packet, short", left[0], 2, 2, 'b', 'b');
    expect_joined("after packet mode", left, true);

    put(single[1], 3, 'y');
    expect_part("single packet", single[0], sizeof(buffer), 6, 'c', 'c');
    expect_part("behind the single packet", single[0], sizeof(buffer), 3, 'y', 'y');
    expect_joined("after the single packet", single, true);
    put(single_byte[1], 3, 'y');
    expect_part("packet of a byte", single_byte[0], sizeof(buffer), 1, 'd', 'd');
    expect_part("behind the packet of a byte", single_byte[0], sizeof(buffer), 3, 'y', 'y');

    expect_eq("flags of the writer of packets", fcntl(between[2], F_GETFL) & O_DIRECT, O_DIRECT);
    expect_eq("flags of the writer of bytes", fcntl(between[1], F_GETFL) & O_DIRECT, 0);
    expect_part("packet of three", between[0], 2, 2, 'e', 'e');
    expect_part("bytes", between[0], 8000, 8000, 'f', 'f');
    expect_part("bytes and a part of the next packet", between[0], 200, 200, 'f', 'g');
    expect_part("the packet behind", between[0], sizeof(buffer), 1, 'h', 'h');
    expect_part("last bytes", between[0], sizeof(buffer), 10, 'i', 'i');

    expect_part("packet in the FIFO", fifo[0], 3, 3, 'k', 'k');
    expect_joined("FIFO", fifo, true);

    expect_part("bytes before the packet", apart[0], 1999, 1999, 'l', 'l');
    expect_part("last byte and one of the packet", apart[0], 2, 2, 'l', 'm');
    expect_errno("rest of the packet", read_now(apart[0], buffer, 1) ? 0 : -1, EAGAIN);
    fill();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
