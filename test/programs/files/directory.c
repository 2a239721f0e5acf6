// SPDX-License-Identifier: GPL-2.0-only
// Open directories: at their start, and in the middle of a listing whose rest libc has not read yet.
// A wrong restore is noticed as a name missing or twice in the rest, or as openat below it failing.
#include "fds.h"
#include <dirent.h>

#define COUNT 2000

static int start, middle;
static off_t middle_position;
static unsigned char seen[COUNT], seen_before[COUNT];
static struct fd_state start_state;

// Raw, so that the position is the descriptor's alone; `limit` calls at most.
static void list(int fd, unsigned char *names, int limit)
{
    char buffer[1024] __attribute__((aligned(8)));
    long len;
    while (limit-- > 0 && (len = must(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)))) > 0)
        for (long at = 0; at < len;) {
            struct dirent64 *entry = (void *)(buffer + at);
            int number;
            if (sscanf(entry->d_name, "name-%d", &number) == 1)
                names[number]++;
            at += entry->d_reclen;
        }
}

static void setup(void)
{
    char *path = side_path(".folder");
    must(mkdir(path, 0755));
    start = must(open(path, O_RDONLY | O_DIRECTORY));
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof(name), "name-%d", i);
        close(must(openat(start, name, O_CREAT | O_WRONLY, 0644)));
    }
    middle = must(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    list(middle, seen_before, 20);
    middle_position = must(lseek(middle, 0, SEEK_CUR));
    start_state = fd_state(start);
}

static void sabotage(void)
{
    must(lseek(middle, 0, SEEK_SET));
}

static void check(void)
{
    struct stat st;
    expect_fd("directory", start, &start_state, true);
    expect(!fstatat(start, "name-0", &st, 0), "a name below the directory: %s", strerror(errno));
    expect_eq("position in the directory", lseek(middle, 0, SEEK_CUR), middle_position);
    memcpy(seen, seen_before, sizeof(seen));
    list(middle, seen, INT_MAX);
    for (int i = 0; i < COUNT; i++)
        expect(seen[i] == 1, "name %d was listed %d times", i, seen[i]);
    must(lseek(middle, middle_position, SEEK_SET));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
