// SPDX-License-Identifier: GPL-2.0-only
// many KIND DESCRIPTORS [gaps]: so many descriptors of one kind (or `all`: so many of each; `mixed`: but for deleted files, which
// take two numbers while they are restored), or as many as the hard limit and the machine allow. Side by side from the lowest free number on; with `gaps` at every second number. Each object holds
// something of its own. A wrong restore is noticed as another content of any, another number or close-on-exec flag.
#include "many-objects.h"
#include <dirent.h>
#include <sys/resource.h>

static const struct kind {
    const char *name;
    int width; // descriptors of each
    void (*make)(int, int[2]);
    void (*check)(int, const int[2]);
} KINDS[] = {
    {"regular", 1, make_regular, check_regular},
    {"directory", 1, make_directory, check_directory},
    {"deleted", 1, make_deleted, check_deleted},
    {"replaced", 1, make_replaced, check_replaced},
    {"memfd", 1, make_memfd, check_memfd},
    {"fifo", 1, make_fifo, check_fifo},
    {"pipe", 2, make_pipe, check_pair},
    {"stream", 2, make_stream, check_pair},
    {"dgram", 2, make_dgram, check_pair},
    {"seqpacket", 2, make_seqpacket, check_pair},
    {"tcp", 1, make_tcp, check_tcp},
    {"udp", 1, make_udp, check_udp},
    {"eventfd", 1, make_eventfd, check_eventfd},
    {"timerfd", 1, make_timerfd, check_timerfd},
    {"signalfd", 1, make_signalfd, check_signalfd},
    {"epoll", 1, make_epoll, check_epoll},
    {"watched", 1, make_watched, check_watched},
    // `all` leaves it out, as restored terminals must find their numbers free.
    {"pty", 2, make_pty, check_pty},
};

// Numbers that others need: standard ones, report, what a kind has beside its objects.
#define OTHERS 64
#define FIRST 100

static struct object {
    const struct kind *kind;
    int nth, fds[2];
    uint64_t saved;
    struct address name;
} *objects;
static int count, step = 1, next_number = FIRST;

// Every third is closed on exec.
static int close_on_exec(int index, int which)
{
    return (index + which) % 3 == 0 ? FD_CLOEXEC : 0;
}

static void place(int index)
{
    struct object *object = &objects[index];
    for (int which = 0; which < object->kind->width; which++) {
        int *fd = &object->fds[which];
        if (step > 1) {
            int at = must(fcntl(*fd, F_DUPFD, next_number));
            next_number = at + step;
            close(*fd);
            *fd = at;
        }
        must(fcntl(*fd, F_SETFD, close_on_exec(index, which)));
    }
}

static void make(const struct kind *kind, int many)
{
    total = many;
    for (int nth = 0; nth < many; nth++) {
        struct object *object = &objects[count];
        *object = (struct object){.kind = kind, .nth = nth, .fds = {-1, -1}};
        saved = &object->saved;
        name = &object->name;
        kind->make(nth, object->fds);
        place(count++);
    }
}

static bool is_wanted(const char *wanted, const struct kind *kind)
{
    bool is_deleted = kind->make == make_deleted || kind->make == make_replaced;
    if (!strcmp(wanted, "all") || !strcmp(wanted, "mixed"))
        return strcmp(kind->name, "pty") && (wanted[0] == 'a' || !is_deleted);
    return !strcmp(wanted, kind->name);
}

static void setup(void)
{
    struct rlimit limit;
    const char *wanted = prog.argc > 1 ? prog.argv[0] : "all";
    int each = prog.argc > 1 ? atoi(prog.argv[1]) : 1;
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(quick_folder))
        die("cannot make a folder in /dev/shm: %s", strerror(errno));
    step = prog.argc > 2 && !strcmp(prog.argv[2], "gaps") ? 2 : 1;
    int kinds = 0;
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
        kinds += is_wanted(wanted, &KINDS[i]);
    if (!kinds)
        die("there is no kind %s", wanted);
    must(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit));
    int most = ((limit.rlim_max > INT_MAX ? INT_MAX : (int)limit.rlim_max) - OTHERS - FIRST) / step;
    most /= kinds;
    each = each < most ? each : most;
    objects = calloc(kinds * each, sizeof(*objects));
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
        if (is_wanted(wanted, &KINDS[i]))
            make(&KINDS[i], each / KINDS[i].width ? each / KINDS[i].width : 1);
}

static void sabotage(void)
{
    must(dup3(must(open("/dev/null", O_RDWR)), objects[count / 2].fds[0], 0));
}

static void check(void)
{
    for (int i = 0; i < count && !prog.failed; i++) {
        struct object *object = &objects[i];
        saved = &object->saved;
        name = &object->name;
        for (int which = 0; which < object->kind->width; which++)
            expect(fcntl(object->fds[which], F_GETFD) == close_on_exec(i, which), "%s %d: descriptor %d: flags %d",
                   object->kind->name, object->nth, object->fds[which], fcntl(object->fds[which], F_GETFD));
        object->kind->check(object->nth, object->fds);
    }
}

static void teardown(void)
{
    DIR *folder = opendir(quick_folder);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (unlinkat(dirfd(folder), entry->d_name, 0) && errno == EISDIR)
            unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR);
    closedir(folder);
    rmdir(quick_folder);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage, .teardown = teardown});
}
