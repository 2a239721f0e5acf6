// SPDX-License-Identifier: GPL-2.0-only
// A private mapping of a file, from an odd page on: some pages changed, one changed and then changed back, the rest as in
// the file; a second one without write permission, with a byte changed before.
// A wrong restore is noticed as any page that is not what was written, or not as the file's.
#include "../pattern.h"
#include "../procfs.h"

#define PAGE 4096UL
#define PAGES 256
#define FIRST 7
#define SIZE ((FIRST + PAGES) * PAGE - 104)

static char *writable, *readable;
static char *path;

static bool changed(int page)
{
    return page % 5 == 2 || page == 0 || page == PAGES - 1;
}

static void setup(void)
{
    path = side_path(".mapped");
    int fd = must(open(path, O_RDWR | O_CREAT, 0600));
    pattern_write(fd, SIZE, 5); // the last page is not whole: its end is zero
    writable = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, FIRST * PAGE);
    readable = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, FIRST * PAGE);
    if (writable == MAP_FAILED || readable == MAP_FAILED)
        die("cannot map the file");
    close(fd);
    for (int i = 0; i < PAGES; i++)
        if (changed(i))
            pattern_fill(writable + i * PAGE, PAGE, 1000 + i);
    writable[PAGE] ^= 1;
    writable[PAGE] ^= 1;
    readable[3 * PAGE + 5] ^= 0xff;
    must(mprotect(readable, PAGES * PAGE, PROT_READ));
}

static void sabotage(void)
{
    must(madvise(writable, PAGE, MADV_DONTNEED)); // the first page is the file's again
}

static void check(void)
{
    char line[PATH_MAX + 200] = "", *model = malloc((FIRST + PAGES) * PAGE);
    pattern_fill(model, SIZE, 5);
    memset(model + SIZE, 0, (FIRST + PAGES) * PAGE - SIZE);
    for (int i = 0; i < PAGES; i++) {
        if (changed(i))
            expect_pattern("changed page", writable + i * PAGE, PAGE, 1000 + i);
        else
            expect_mem("unchanged page", writable + i * PAGE, model + (FIRST + i) * PAGE, PAGE);
        if (i == 3)
            expect_eq("changed byte of the read-only mapping", (readable[3 * PAGE + 5] ^ model[(FIRST + 3) * PAGE + 5]) & 0xff,
                      0xff);
        else
            expect_mem("page of the read-only mapping", readable + i * PAGE, model + (FIRST + i) * PAGE, PAGE);
    }
    free(model);
    smaps_line(writable, NULL, line, sizeof(line));
    expect(strstr(line, "rw-p 00007000") && strstr(line, path), "the mapping is now '%s'", line);
    smaps_line(readable, NULL, line, sizeof(line));
    expect(strstr(line, "r--p 00007000") && strstr(line, path), "the read-only mapping is now '%s'", line);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
