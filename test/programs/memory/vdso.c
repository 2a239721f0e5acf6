// SPDX-License-Identifier: GPL-2.0-only
// The vdso: called directly through the address of auxv, by libc, and while a thread is in it nearly all the time.
// A wrong restore is noticed as a fault, a clock that goes back or is off from the system call's, another CPU than
// getcpu's, or a mapping that is no longer [vdso] at its address.
#include "../procfs.h"
#include "../threads.h"
#include <elf.h>
#include <sys/auxv.h>

#ifdef __x86_64__
#define CLOCK_NAME "__vdso_clock_gettime"
#else
#define CLOCK_NAME "__kernel_clock_gettime"
#endif

static int (*vdso_clock)(clockid_t, struct timespec *);
static const char *image;
static volatile uint64_t last, reads, backwards, began;
static pthread_t reader;

static void *find(const char *wanted)
{
    const Elf64_Ehdr *elf = (const void *)image;
    const Elf64_Phdr *ph = (const void *)(image + elf->e_phoff);
    const Elf64_Dyn *dyn = NULL;
    const Elf64_Sym *symbols = NULL;
    const char *strings = NULL;
    const uint32_t *hash = NULL;
    for (int i = 0; i < elf->e_phnum; i++)
        if (ph[i].p_type == PT_DYNAMIC)
            dyn = (const void *)(image + ph[i].p_offset);
    for (; dyn && dyn->d_tag; dyn++) {
        if (dyn->d_tag == DT_SYMTAB)
            symbols = (const void *)(image + dyn->d_un.d_ptr);
        if (dyn->d_tag == DT_STRTAB)
            strings = image + dyn->d_un.d_ptr;
        if (dyn->d_tag == DT_HASH)
            hash = (const void *)(image + dyn->d_un.d_ptr);
    }
    // Without the old hash table the string table's start ends the symbols.
    size_t count = hash ? hash[1] : (size_t)((const Elf64_Sym *)strings - symbols);
    for (size_t i = 0; symbols && i < count; i++)
        if (!strcmp(strings + symbols[i].st_name, wanted))
            return (void *)(image + symbols[i].st_value);
    return NULL;
}

static uint64_t read_vdso(void)
{
    struct timespec ts;
    vdso_clock(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void *read_on(void *arg)
{
    for (;; reads++) {
        for (int i = 0; i < 20000; i++) {
            uint64_t now = read_vdso() - began;
            if (now < last)
                backwards++;
            last = now;
        }
        usleep(1000);
    }
    return arg;
}

static void setup(void)
{
    image = (const char *)getauxval(AT_SYSINFO_EHDR);
    if (!image)
        skip("this kernel gives no vdso");
    vdso_clock = find(CLOCK_NAME);
    if (!vdso_clock)
        die("the vdso has no " CLOCK_NAME);
    must_zero(pthread_create(&reader, NULL, read_on, NULL));
}

static void sabotage(void)
{
    if (!wait_for(reads > 0, 10000))
        die("the reading thread does not begin");
    began = last; // as if the clock had begun anew; not in `last`, which the reader may be about to write
    usleep(50000);
}

static void check(void)
{
    char line[PATH_MAX + 200] = "";
    struct timespec before, after;
    uint64_t count = reads;
    expect(wait_for(reads >= count + 2, 10000), "the reading thread does not go on");
    expect_eq("times the clock went back", backwards, 0);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &before);
    uint64_t middle = read_vdso();
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &after);
    expect(middle >= before.tv_sec * 1000000000ULL + before.tv_nsec && middle <= after.tv_sec * 1000000000ULL + after.tv_nsec,
           "the vdso's clock is not the system call's");
    expect((const char *)getauxval(AT_SYSINFO_EHDR) == image, "AT_SYSINFO_EHDR differs");
    smaps_line(image, NULL, line, sizeof(line));
    expect(strstr(line, "r-xp") && strstr(line, "[vdso]"), "the vdso's mapping is '%s'", line);
    cpu_set_t all, one;
    must(sched_getaffinity(0, sizeof(all), &all));
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        if (CPU_ISSET(cpu, &all) && !sched_setaffinity(0, sizeof(one), &one))
            expect_eq("getcpu, when pinned", sched_getcpu(), cpu);
    }
    must(sched_setaffinity(0, sizeof(all), &all));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
