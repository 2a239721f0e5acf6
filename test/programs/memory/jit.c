// SPDX-License-Identifier: GPL-2.0-only
// Code in private anonymous memory as a JIT has it: read-execute, execute-only, and write-execute, one running in a
// thread while it is dumped. A wrong restore is noticed as code that faults or gives another value, or other permissions.
#include "../procfs.h"
#include "../threads.h"

typedef int (*function)(void);

static char *areas[3];
static const int protections[] = {PROT_READ | PROT_EXEC, PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC};
static const char *const shown[] = {"r-xp", "--xp", "rwxp"};
static volatile int calls, wrong;
static pthread_t thread;

static void emit(char *at, int value) // int f(void) { return value; }
{
#if defined(__x86_64__)
    at[0] = (char)0xb8;
    memcpy(at + 1, &value, 4);
    at[5] = (char)0xc3;
#elif defined(__aarch64__)
    uint32_t code[] = {0x52800000 | (uint32_t)(value & 0xffff) << 5, 0xd65f03c0};
    memcpy(at, code, sizeof(code));
#else
#error no code for this architecture
#endif
    __builtin___clear_cache(at, at + 16);
}

static int call(char *at)
{
    return ((function)at)();
}

static void *run(void *arg)
{
    for (;; calls++) {
        for (int i = 0; i < 100000; i++)
            if (call(areas[0]) != 4000)
                wrong++;
        usleep(500);
    }
    return arg;
}

static void setup(void)
{
    for (int i = 0; i < 3; i++) {
        areas[i] = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        emit(areas[i], 4000 + i);
        must(mprotect(areas[i], 65536, protections[i]));
    }
    must_zero(pthread_create(&thread, NULL, run, NULL));
}

static void sabotage(void)
{
    emit(areas[2], 1);
}

static void check(void)
{
    int before = calls;
    expect(wait_for(calls >= before + 2, 10000), "the running code does not go on");
    expect_eq("wrong results of the running code", wrong, 0);
    for (int i = 0; i < 3; i++) {
        char line[PATH_MAX + 200] = "";
        smaps_line(areas[i], NULL, line, sizeof(line));
        expect(strstr(line, shown[i]), "mapping %d: expected %s, is '%s'", i, shown[i], line);
        expect_eq("result of the code", call(areas[i]), 4000 + i);
    }
    emit(areas[2], 5000);
    expect_eq("result of new code", call(areas[2]), 5000);
    emit(areas[2], 4002);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
