// SPDX-License-Identifier: GPL-2.0-only
// Frozen time as the target itself feels it: gapclock REPORT MIB. A thread reads CLOCK_MONOTONIC in a loop and keeps the
// largest gap between two readings; another dirties so many MiB over and over, a page each few microseconds.
// Each `.go-N` is answered `ok N gap_ns=… reads=… window_ns=…` for the time since the last one (or since `ready`).
// A wrong restore is noticed as a clock thread that reads no more.
#include "../threads.h"
#include <sys/resource.h>

static size_t pages;
static char *memory;
static volatile uint64_t gap, reads, window_start;
static volatile bool restart = true, blink;
#define BLINK_MS 300
static struct worker clock_worker, dirty_worker;

static void run_clock(struct worker *w)
{
    setpriority(PRIO_PROCESS, w->tid, -19); // others' work is not its gap; without the right to it, it may be
    uint64_t last = mono_ns();
    for (;;) {
        uint64_t now = mono_ns();
        if (restart) {
            gap = 0;
            reads = 0;
            window_start = now;
            restart = false;
        } else if (now - last > gap) {
            gap = now - last;
        }
        reads++;
        last = now;
        if (blink) {
            usleep(BLINK_MS * 1000);
            blink = false;
        }
    }
}

static void run_dirty(struct worker *w)
{
    (void)w;
    for (uint64_t n = 1; pages; n++) {
        for (size_t i = 0; i < pages; i++) {
            *(volatile uint64_t *)(memory + i * 4096) = n;
            if (i % 512 == 511)
                usleep(100);
        }
        usleep(100);
    }
    pause();
}

static void setup(void)
{
    pages = (prog.argc ? atol(prog.argv[0]) : 0) << 8;
    memory = pages ? mmap(NULL, pages << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : NULL;
    if (memory == MAP_FAILED)
        die("cannot map: %s", strerror(errno));
    for (size_t i = 0; i < pages << 9; i++)
        ((uint64_t *)memory)[i] = i * 0x9e3779b97f4a7c15;
    clock_worker = (struct worker){.run = run_clock};
    dirty_worker = (struct worker){.run = run_dirty};
    worker_create(&clock_worker, 0);
    worker_create(&dirty_worker, 0);
    sem_post(&clock_worker.command);
    sem_post(&dirty_worker.command);
    if (!wait_for(!restart, 5000))
        die("the clock thread does not run");
}

int main(int argc, char **argv)
{
    program_open(argc, argv);
    setup();
    restart = true;
    report("ready");
    for (prog.round = 1; wait_round(); prog.round++) {
        if (prog.sabotage) { // a gap made on purpose must be seen
            blink = true;
            wait_for(gap >= BLINK_MS * 1000000ULL, 5000);
        }
        uint64_t largest = gap, count = reads, window = mono_ns() - window_start;
        if (count == 0)
            report("fail %d: the clock thread reads no more", prog.round);
        else if (prog.sabotage && largest >= BLINK_MS * 1000000ULL)
            report("fail %d: the gap made on purpose is seen: gap_ns=%lu", prog.round, largest);
        else
            report("ok %d gap_ns=%lu reads=%lu window_ns=%lu", prog.round, largest, count, window);
        restart = true;
    }
    program_end();
}
