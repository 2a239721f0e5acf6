// SPDX-License-Identifier: GPL-2.0-only
// A pipeline of three tasks: the first writes numbered lines, the second passes them on, the third counts. Both pipes are
// full most of the time. A wrong restore is noticed as a number missing, doubled or out of order, or as no more numbers.
#include "fds.h"

static int first[2], second[2];
static volatile long *shown; // written by the last task, read by the leader: 0 last number, 1 errors

static void produce(void)
{
    char line[32];
    close(first[0]), close(second[0]), close(second[1]);
    for (long n = 1;; n++) {
        int len = snprintf(line, sizeof(line), "line %ld\n", n);
        if (write(first[1], line, len) != len)
            _exit(1);
    }
}

static void pass(void)
{
    char buffer[3000];
    close(first[1]), close(second[0]);
    for (ssize_t len; (len = read(first[0], buffer, sizeof(buffer))) > 0;)
        for (ssize_t done = 0, step; done < len; done += step)
            if ((step = write(second[1], buffer + done, len - done)) <= 0)
                _exit(1);
    shown[1]++; // an end that should not come
    _exit(1);
}

static void consume(void)
{
    char line[64];
    long n, want = 1;
    close(first[0]), close(first[1]), close(second[1]);
    FILE *file = fdopen(second[0], "r");
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "line %ld", &n) != 1 || n != want)
            shown[1]++;
        shown[0] = want = n;
        want++;
        if (n % 200 == 0)
            usleep(10000); // slower than the writer: the pipes stay full
    }
    shown[1]++;
    _exit(1);
}

static void setup(void)
{
    shown = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(pipe(first));
    must(pipe(second));
    fork_child(produce);
    fork_child(pass);
    fork_child(consume);
    close(first[0]), close(first[1]), close(second[0]), close(second[1]);
    if (!wait_for(shown[0] > 1000, 10000))
        die("no lines arrive");
}

static void sabotage(void)
{
    char path[64], line[64];
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", prog.children[2], second[0]);
    int fd = must(open(path, O_RDONLY));
    must(read(fd, line, 60)); // steals some lines
    close(fd);
    long from = shown[0];
    wait_for(shown[1] > 0 || shown[0] > from + 20000, 20000);
}

static void check(void)
{
    long before = shown[0];
    expect(wait_for(shown[0] > before + 20000 || shown[1], 20000), "lines no longer arrive: %ld, then %ld", before, shown[0]);
    expect_eq("numbers missing, doubled or out of order", shown[1], 0);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
