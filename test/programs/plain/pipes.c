// SPDX-License-Identifier: GPL-2.0-only
// Pipes as every program has them: one with data, one full and larger than usual, one whose writers are gone, one to a child.
// A wrong restore is noticed as other bytes, another size, an end of file too early or never, or a child that is not reached.
#include "../files/fds.h"

static int data[2], full[2], ended[2], down[2], up[2];
static const int SIZE = 1 << 17;

static void handler(const char *question)
{
    char text[16] = "";
    if (!asked(question, "pass", NULL))
        return;
    must(read(down[0], text, sizeof(text)));
    expect_str("from above", text, "downwards");
    must(write(up[1], "upwards", 8));
}

static void fill(int fd, size_t len, uint64_t seed)
{
    static char bytes[1 << 17];
    pattern_fill(bytes, len, seed);
    must(write(fd, bytes, len));
}

static void expect_bytes(const char *what, int fd, size_t len, uint64_t seed)
{
    static char bytes[1 << 17];
    expect_eq(what, read_now(fd, bytes, len), len);
    expect_pattern(what, bytes, len, seed);
}

static void setup(void)
{
    must(pipe(data));
    must(pipe2(full, O_NONBLOCK));
    must(fcntl(full[1], F_SETPIPE_SZ, SIZE));
    must(pipe(ended));
    must(pipe(down));
    must(pipe(up));
    fill(data[1], 5000, 1);
    fill(full[1], SIZE, 2);
    fill(ended[1], 100, 3);
    close(ended[1]);
    fork_server("child", handler);
    close(up[1]);
}

static void sabotage(void)
{
    char byte;
    must(read(data[0], &byte, 1));
}

static void check(void)
{
    char text[16] = "";
    expect_bytes("data", data[0], 5000, 1);
    expect_eq("size", fcntl(full[1], F_GETPIPE_SZ), SIZE);
    expect_errno("one byte more", write(full[1], "x", 1), EAGAIN);
    expect_bytes("full", full[0], SIZE, 2);
    if (prog.round == 1)
        expect_bytes("ended", ended[0], 100, 3);
    expect_eq("end of file", read(ended[0], text, 1), 0);
    must(write(down[1], "downwards", 10));
    ask("child", "pass");
    must(read(up[0], text, sizeof(text)));
    expect_str("from below", text, "upwards");
    fill(data[1], 5000, 1);
    fill(full[1], SIZE, 2);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
