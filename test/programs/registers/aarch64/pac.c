// SPDX-License-Identifier: GPL-2.0-only
// Pointer authentication: two threads, each with keys of its own, one of them without the second instruction key; both wait in
// functions whose return addresses are signed. A wrong restore is noticed as a signature that comes out differently, as a key
// that is in use again, or as a return that ends the process.
#pragma GCC target("branch-protection=pac-ret")
#include "../../threads.h"
#include <sys/auxv.h>

#define KEYS 5

struct own {
    uint64_t signatures[KEYS];
};

static struct worker workers[2];
static struct own owns[2];
static bool broken;

static void sign(uint64_t into[KEYS])
{
    const uint64_t pointer = (uint64_t)&prog, context = 0x1234567890abcdef;
    uint64_t a = pointer, b = pointer, c = pointer, d = pointer, generic;
    __asm__(".arch armv8.3-a\n"
            "  pacia %0, %5\n  pacib %1, %5\n  pacda %2, %5\n  pacdb %3, %5\n  pacga %4, %6, %5\n"
            : "+&r"(a), "+&r"(b), "+&r"(c), "+&r"(d), "=&r"(generic)
            : "r"(context), "r"(pointer));
    memcpy(into, (uint64_t[KEYS]){a, b, c, d, generic}, KEYS * sizeof(*into));
}

static void run(struct worker *w)
{
    static const char *const names[KEYS] = {"APIA", "APIB", "APDA", "APDB", "APGA"};
    struct own *own = &owns[w->index];
    uint64_t now[KEYS];
    if (broken && w->index == 0)
        must(prctl(PR_PAC_RESET_KEYS, PR_PAC_APDAKEY, 0, 0, 0));
    sign(now);
    for (int i = 0; i < KEYS; i++)
        expect(now[i] == own->signatures[i], "thread %d, key %s: expected %lx, is %lx", w->index, names[i], own->signatures[i], now[i]);
    if (w->index == 1) {
        expect(now[1] == (uint64_t)&prog, "a key that was turned off signs");
        expect_eq("keys in use", prctl(PR_PAC_GET_ENABLED_KEYS, 0, 0, 0, 0), PR_PAC_APIAKEY | PR_PAC_APDAKEY | PR_PAC_APDBKEY);
    }
}

// Its own return is not signed: it changes the key.
__attribute__((target("branch-protection=none"))) static void start(struct worker *w)
{
    must(prctl(PR_PAC_RESET_KEYS, 0, 0, 0, 0));
    if (w->index == 1)
        must(prctl(PR_PAC_SET_ENABLED_KEYS, PR_PAC_APIBKEY, 0, 0, 0));
    sign(owns[w->index].signatures);
}

static void setup(void)
{
    if (!(getauxval(AT_HWCAP) & HWCAP_PACA) || !(getauxval(AT_HWCAP) & HWCAP_PACG))
        skip("needs pointer authentication");
    if (prctl(PR_PAC_GET_ENABLED_KEYS, 0, 0, 0, 0) < 0)
        skip("needs PR_PAC_SET_ENABLED_KEYS: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        workers[i] = (struct worker){.index = i, .start = start, .run = run};
        worker_create(&workers[i], 0);
    }
    expect(owns[0].signatures[0] != owns[1].signatures[0], "both threads have the same key");
}

static void check(void)
{
    for (int i = 0; i < 2; i++)
        worker_command(&workers[i]);
}

static void sabotage(void)
{
    broken = true;
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
