// SPDX-License-Identifier: GPL-2.0-only
// memfds: open with a position and mapped shared and private, mapped only (descriptor closed), shared with a child, and
// sealed against writing, growing and shrinking; one that is mapped by one task and open in another, which has something else
// at those addresses. A wrong restore is noticed as other content, position, name or seals,
// or as a write through one way that the other way does not show.
#include "../pattern.h"
#include "../procfs.h"
#include "../tasks.h"

#define SIZE (300UL << 10)

static int plain, sealed, child_fd, handed_fd;
static char *shared, *private, *only_mapped, *sealed_view, *handed;
static const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

static int make(const char *name, unsigned flags, uint64_t seed)
{
    int fd = must(memfd_create(name, flags));
    pattern_write(fd, SIZE, seed);
    return fd;
}

static char *view(int fd, int prot, int flags)
{
    char *at = mmap(NULL, SIZE, prot, flags, fd, 0);
    if (at == MAP_FAILED)
        die("cannot map a memfd: %s", strerror(errno));
    return at;
}

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "verify", &rest)) {
        expect_file_pattern("memfd of the child", child_fd, 0, SIZE, strtoul(rest, NULL, 10));
        expect_pattern("memfd mapped only, child", only_mapped, SIZE, strtoul(rest, NULL, 10) + 1);
        expect_file_pattern("memfd that the parent has mapped", handed_fd, 0, SIZE, 300);
        expect_pattern("what the child has there", handed, SIZE, 301);
    } else if (asked(question, "cover", NULL)) {
        int fd = make("other", 0, 301);
        must(munmap(handed, SIZE));
        handed = must(mmap(handed, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0));
        close(fd);
    }
}

static void setup(void)
{
    plain = make("plain name", MFD_ALLOW_SEALING | MFD_CLOEXEC, 100);
    shared = view(plain, PROT_READ | PROT_WRITE, MAP_SHARED);
    private = view(plain, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    pattern_fill(private + 8192, 4096, 55);
    must(lseek(plain, 1234, SEEK_SET));
    int fd = make("mapped", 0, 101);
    only_mapped = view(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    close(fd);
    sealed = make("sealed", MFD_ALLOW_SEALING, 200);
    sealed_view = view(sealed, PROT_READ, MAP_PRIVATE);
    must(fcntl(sealed, F_ADD_SEALS, seals));
    child_fd = dup(plain);
    handed_fd = make("handed", 0, 300);
    handed = view(handed_fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    fork_server("child", handler);
    close(child_fd);
    close(handed_fd);
    ask("child", "cover");
    ask("child", "verify 100");
}

static void sabotage(void)
{
    shared[4096] ^= 1;
}

static void check(void)
{
    char link[PATH_MAX] = "", path[64];
    uint64_t now = 99 + prog.round;
    expect_pattern("shared view", shared, SIZE, now);
    expect_pattern("unchanged part of the private view", private, 8192, now);
    expect_pattern("changed page of the private view", private + 8192, 4096, 55);
    expect_pattern("memfd mapped only", only_mapped, SIZE, now + 1);
    expect_pattern("memfd that the child has open", handed, SIZE, 300);
    expect_eq("position", lseek(plain, 0, SEEK_CUR), 1234);
    expect_eq("seals of the plain one", fcntl(plain, F_GET_SEALS), 0);
    expect_eq("close-on-exec", fcntl(plain, F_GETFD), FD_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", plain);
    must(readlink(path, link, sizeof(link) - 1));
    expect_str("name", link, "/memfd:plain name (deleted)");
    expect_file_pattern("sealed one", sealed, 0, SIZE, 200);
    expect_pattern("view of the sealed one", sealed_view, SIZE, 200);
    expect_eq("seals of the sealed one", fcntl(sealed, F_GET_SEALS), seals);
    expect_errno("write to the sealed one", pwrite(sealed, "x", 1, 0), EPERM);
    expect_errno("growing the sealed one", ftruncate(sealed, SIZE + 1), EPERM);
    ask("child", "verify %lu", now);
    pattern_fill(shared, SIZE, now + 1);
    expect_file_pattern("what was written through the view", plain, 0, SIZE, now + 1);
    pattern_fill(only_mapped, SIZE, now + 2);
    ask("child", "verify %lu", now + 1);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
