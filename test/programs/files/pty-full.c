// SPDX-License-Identifier: GPL-2.0-only
// Pseudo-terminals that are full in both directions, filled by writes of several lengths: how much there is room for hangs on
// those. A wrong restore is noticed as bytes lost or changed, if it succeeds at all.
#include "fds.h"
#include <pty.h>
#include <termios.h>

#define MOST 65536
// What a new terminal takes. One that was used may keep buffers beside and hold more, which a dump refuses.
#define ROOM (4095 + 19968)

static const size_t lengths[] = {3, 80, 700, 1792, 2048, 5000, 0}; // 0: all of them in turns
static struct line {
    int ends[2];     // master and slave
    size_t waits[2]; // bytes that each may read
} lines[ARRAY_LEN(lengths)];

static size_t shift;

static char pattern(size_t i)
{
    return 'a' + (i + shift) % 23;
}

static void fill(int to, size_t length, size_t *filled)
{
    static char bytes[MOST];
    size_t next = 0;
    // What the kernel's worker carries further makes room for a while.
    for (int stalls = 0; stalls < 10 && *filled < ROOM;) {
        size_t wanted = stalls ? 1 : length ? length : lengths[next++ % (ARRAY_LEN(lengths) - 1)];
        if (wanted > ROOM - *filled)
            wanted = ROOM - *filled;
        for (size_t i = 0; i < wanted; i++)
            bytes[i] = pattern(*filled + i);
        ssize_t count = write(to, bytes, wanted);
        if (count > 0)
            *filled += count;
        else
            usleep(1000), stalls++;
    }
}

static void drain(const char *what, int from, size_t filled)
{
    static char bytes[MOST];
    size_t got = 0;
    ssize_t count = 0;
    if (!wait_for((count = read(from, bytes + got, sizeof(bytes) - got)) > 0 ? (got += count) >= filled : got >= filled, 10000))
        fail("%s: %zu of %zu bytes", what, got, filled);
    expect_eq(what, got, filled);
    for (size_t i = 0; i < got; i++)
        if (bytes[i] != pattern(i)) {
            fail("%s: byte %zu is another", what, i);
            return;
        }
}

static void fill_both(struct line *line, size_t length)
{
    for (int end = 0; end < 2; end++) {
        line->waits[end] = 0;
        fill(line->ends[1 - end], length, &line->waits[end]);
    }
}

static void setup(void)
{
    struct termios raw;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        must(openpty(&lines[i].ends[0], &lines[i].ends[1], NULL, NULL, NULL));
        must(tcgetattr(lines[i].ends[1], &raw));
        cfmakeraw(&raw);
        must(tcsetattr(lines[i].ends[1], TCSANOW, &raw));
        for (int end = 0; end < 2; end++)
            must(fcntl(lines[i].ends[end], F_SETFL, O_RDWR | O_NONBLOCK));
        fill_both(&lines[i], lengths[i]);
    }
}

static void sabotage(void)
{
    drain("what the master had not read", lines[0].ends[0], lines[0].waits[0]);
    shift = 1;
    fill_both(&lines[0], lengths[0]);
    shift = 0;
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        drain("what the master had not read", lines[i].ends[0], lines[i].waits[0]);
        drain("what the slave had not read", lines[i].ends[1], lines[i].waits[1]);
        fill_both(&lines[i], lengths[i]);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
