// SPDX-License-Identifier: GPL-2.0-only
// Four threads (the leader's first among them) and two children that verify themselves without end, each under a timer
// signal every 700 µs. Any mismatch is written to the report and ends the program with code 86; a child's death with 87.
// Heartbeats: 64-bit counters, one each 64 bytes of REPORT.heartbeat, one for each of the six strands. `.go-N` is answered
// when all six have advanced since the last round. For whatever is done to it from outside: it must not notice.
#include "survivor-checks.h"
#include "../threads.h"
#include <sys/time.h>

#define THREADS 4
#define STRANDS 6
#define STRIDE 8 // 64-bit words between counters
#define STORM_US 700
#define EXIT_CHILD_DIED 87

static struct strand strands[STRANDS];
static volatile uint64_t *heartbeats;
static pid_t child_pids[STRANDS];

static void on_storm(int signal)
{
    int error = errno;
    char here;
    (void)signal;
    claim(&here > self->signal_stack && &here < self->signal_stack + SIGNAL_STACK, "a handler runs on another stack");
#ifdef __x86_64__
    // Leaves the vector registers and flags as dirty as it can.
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n movaps %%xmm0, %%xmm7\n movaps %%xmm0, %%xmm15" : : : "xmm0", "xmm7", "xmm15");
#endif
    self->handled++;
    errno = error;
}

static void prepare(struct strand *s)
{
    self = s;
    s->pid = getpid();
    s->tid = syscall(SYS_gettid);
    s->parent = s->id < THREADS ? 0 : getppid();
    s->beats = &heartbeats[s->id * STRIDE];
    s->random = mix(s->id);
    s->block = map_anon(BLOCK_WORDS * 8, PROT_READ | PROT_WRITE, 0);
    pattern_fill(s->block, BLOCK_WORDS * 8, 0);
    s->tiny = (char *)map_anon(3 * 4096, PROT_NONE, 0) + 4096; // untouchable before and after
    must(mprotect(s->tiny, 4096, PROT_READ | PROT_WRITE));
    s->signal_stack = map_anon(SIGNAL_STACK, PROT_READ | PROT_WRITE, 0);
    s->file = must(open(side_path(".strand-%d", s->id), O_RDWR | O_CREAT | O_TRUNC, 0600));
    must(pipe(s->ends));
    must(sigaltstack(&(stack_t){.ss_sp = s->signal_stack, .ss_size = SIGNAL_STACK}, NULL));
    s->mask = raw_mask_now();
    s->count = 1;
}

// Threads have a POSIX timer of their own; the children, of one thread each, an interval timer.
static void start_storm(struct strand *s)
{
    if (s->id < THREADS) {
        int id;
        struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = STORM};
        struct itimerspec each = {{0, STORM_US * 1000}, {0, STORM_US * 1000}};
        event._sigev_un._tid = s->tid;
        must(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
        must(syscall(SYS_timer_settime, id, 0, &each, NULL));
    } else {
        struct itimerval each = {{0, STORM_US}, {0, STORM_US}};
        must(setitimer(ITIMER_REAL, &each, NULL));
    }
}

static void cycle(struct strand *s)
{
    check_memory(s);
    check_registers(s);
    check_tiny_stack(s);
    check_sleeps(s);
    check_masks(s);
    check_calls(s);
    *s->beats = s->count++;
}

static void *thread_main(void *arg)
{
    struct strand *s = arg;
    prepare(s);
    start_storm(s);
    for (;;)
        cycle(s);
    return NULL;
}

static void child_main(struct strand *s)
{
    prog.child_count = 0;
    prepare(s);
    start_storm(s);
    for (unsigned long n = 0;; n++) {
        cycle(s);
        if (n % 64 == 0 && program_over())
            _exit(0);
    }
}

static void look_at_children(void)
{
    for (int i = THREADS; i < STRANDS; i++) {
        siginfo_t dead = {0};
        // Not reaped: its number stays its own until both are killed.
        must(waitid(P_PID, child_pids[i], &dead, WEXITED | WNOHANG | WNOWAIT));
        // A child may see before us that it is over.
        if (dead.si_pid == 0 || (dead.si_code == CLD_EXITED && dead.si_status == 0 && program_over()))
            continue;
        report("mismatch: child %d of strand %d died: code %d, status %d", child_pids[i], i, dead.si_code, dead.si_status);
        kill(child_pids[THREADS], SIGKILL);
        kill(child_pids[STRANDS - 1], SIGKILL);
        _exit(EXIT_CHILD_DIED);
    }
}

// All six have advanced since `from`, within 20 s of this strand's own cycles.
static int lagging(const uint64_t *from)
{
    for (uint64_t until = mono_ns() + 20000000000; mono_ns() < until;) {
        int slow = -1;
        for (int i = 0; i < STRANDS; i++)
            if (heartbeats[i * STRIDE] < from[i] + 3)
                slow = i;
        if (slow < 0)
            return -1;
        cycle(&strands[0]);
    }
    for (int i = 0; i < STRANDS; i++)
        if (heartbeats[i * STRIDE] < from[i] + 3)
            return i;
    return -1;
}

static void answer_round(void)
{
    uint64_t from[STRANDS];
    if (prog.sabotage)
        spoil = true; // the strand itself must notice
    for (int i = 0; i < STRANDS; i++)
        from[i] = heartbeats[i * STRIDE];
    int slow = lagging(from);
    if (slow >= 0)
        report("fail %d: strand %d does not advance beyond %lu", prog.round, slow, from[slow]);
    else
        report("ok %d", prog.round);
    prog.round++;
}

int main(int argc, char **argv)
{
    struct sigaction storm = {.sa_handler = on_storm, .sa_flags = SA_ONSTACK | SA_RESTART};
    char suffix[32];
    int idle = 0;
    program_open(argc, argv);
    int fd = must(open(side_path(".heartbeat"), O_RDWR | O_CREAT | O_TRUNC, 0644));
    must(ftruncate(fd, 4096));
    heartbeats = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    must(sigaction(STORM, &storm, NULL));
    must(sigaction(SIGALRM, &storm, NULL));
    for (int i = 0; i < STRANDS; i++)
        strands[i].id = i;
    for (int i = THREADS; i < STRANDS; i++) {
        child_pids[i] = must(fork());
        if (child_pids[i] == 0)
            child_main(&strands[i]);
        prog.children[prog.child_count++] = child_pids[i];
    }
    for (int i = 1; i < THREADS; i++) {
        pthread_t thread;
        must_zero(pthread_create(&thread, NULL, thread_main, &strands[i]));
    }
    prepare(&strands[0]);
    start_storm(&strands[0]);
    if (lagging((uint64_t[STRANDS]){0}) >= 0)
        die("not all strands run");
    report("ready");
    for (prog.round = 1; !program_over(); idle++) {
        for (int i = 0; i < 8; i++)
            cycle(&strands[0]);
        look_at_children();
        snprintf(suffix, sizeof(suffix), ".go-%d", prog.round);
        if (exists_beside(suffix)) {
            answer_round();
            idle = 0;
        }
        if (idle > IDLE_POLLS / 2) // a turn takes 20 ms or so
            die("idle for ten minutes");
    }
    program_end();
}
