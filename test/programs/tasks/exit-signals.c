// SPDX-License-Identifier: GPL-2.0-only
// Children that tell their parent of their end by no signal, by SIGUSR1, and by SIGCHLD (clone(2)).
// A wrong restore is noticed as another signal in /proc, and as wait(2) taking a child for the other kind.
#include "../procfs.h"
#include "../tasks.h"

static const int signals[] = {0, SIGUSR1, SIGCHLD};
static pid_t children[ARRAY_LEN(signals)];

static void handler(const char *question)
{
    if (asked(question, "leave", NULL))
        leave_code = 0;
}

static pid_t child(int signal)
{
    char name[16];
    pid_t pid = must(syscall(SYS_clone, signal, 0, 0, 0, 0));
    if (pid == 0) {
        snprintf(name, sizeof(name), "child-%d", signal);
        serve(name, handler);
    }
    return pid;
}

// Field 38 of /proc/PID/stat, by proc_pid_stat(5).
static int signal_of(pid_t pid)
{
    char text[1024];
    int signal = -1;
    must(read_text(text, sizeof(text), "/proc/%d/stat", pid));
    char *field = strrchr(text, ')') + 2; // the third
    for (int i = 3; i < 38 && field; i++)
        field = strchr(field, ' ') ? strchr(field, ' ') + 1 : NULL;
    return field && sscanf(field, "%d", &signal) == 1 ? signal : -1;
}

static void setup(void)
{
    must(signal(SIGUSR1, SIG_IGN) == SIG_ERR ? -1 : 0);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        children[i] = child(signals[i]);
}

static void sabotage(void)
{
    ask("child-0", "leave");
    must(waitpid(children[0], NULL, __WALL));
    children[0] = child(SIGCHLD);
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        bool usual = signals[i] == SIGCHLD;
        expect_eq("exit signal", signal_of(children[i]), signals[i]);
        if (usual)
            expect_eq("wait for a child", waitpid(children[i], NULL, WNOHANG), 0);
        else
            expect_errno("wait for a child of another signal", waitpid(children[i], NULL, WNOHANG), ECHILD);
        expect_eq("wait for any kind", waitpid(children[i], NULL, WNOHANG | __WALL), 0);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
