// SPDX-License-Identifier: GPL-2.0-only
// Readers of /proc for the programs that compare what the kernel says of them before and after.
#ifndef STASIS_PROGRAMS_PROCFS_H
#define STASIS_PROGRAMS_PROCFS_H

#include "common.h"

// The whole file, with a 0 after it; at most size - 1 bytes. Returns the length, or -1.
__attribute__((format(printf, 3, 4))) static inline ssize_t read_text(char *text, size_t size, const char *format, ...)
{
    char path[PATH_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(path, sizeof(path), format, args);
    va_end(args);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t len = 0;
    ssize_t step;
    while (len < size - 1 && (step = read(fd, text + len, size - 1 - len)) > 0)
        len += step;
    close(fd);
    text[len] = 0;
    return len;
}

// The value of a `Name:` line of /proc/PID/task/TID/status (tid 0: the process), blanks folded to one.
static inline void status_field(pid_t pid, pid_t tid, const char *name, char *value, size_t size)
{
    char text[8192], key[64];
    value[0] = 0;
    ssize_t len = tid ? read_text(text, sizeof(text), "/proc/%d/task/%d/status", pid, tid)
                      : read_text(text, sizeof(text), "/proc/%d/status", pid);
    if (len < 0)
        return;
    snprintf(key, sizeof(key), "\n%s:", name);
    char *at = strstr(text, key);
    if (!at)
        return;
    size_t out = 0;
    for (at += strlen(key); *at && *at != '\n' && out < size - 1; at++) {
        char c = *at == '\t' ? ' ' : *at;
        if (c != ' ' || (out && value[out - 1] != ' '))
            value[out++] = c;
    }
    value[out] = 0;
}

struct stat_ids {
    char state;
    int ppid, pgrp, session;
};

// Fields 3 to 6 of /proc/PID/stat; state 0 when there is no such task.
static inline struct stat_ids stat_ids(pid_t pid)
{
    char text[2048];
    struct stat_ids ids = {0};
    if (read_text(text, sizeof(text), "/proc/%d/stat", pid) > 0) {
        char *after = strrchr(text, ')');
        if (after && sscanf(after + 1, " %c %d %d %d", &ids.state, &ids.ppid, &ids.pgrp, &ids.session) != 4)
            ids.state = 0;
    }
    return ids;
}

static inline char thread_state(pid_t tid)
{
    char text[2048], state = 0;
    if (read_text(text, sizeof(text), "/proc/self/task/%d/stat", tid) > 0) {
        char *after = strrchr(text, ')');
        if (after)
            sscanf(after + 1, " %c", &state);
    }
    return state;
}

// Seconds for which a thread was ready and had to wait for a processor (schedstat of proc(5)); 0 where that is not counted.
static inline double thread_delay(pid_t tid)
{
    char text[128];
    unsigned long long ns = 0;
    if (read_text(text, sizeof(text), "/proc/self/task/%d/schedstat", tid) > 0 && sscanf(text, "%*u %llu", &ns) != 1)
        ns = 0;
    return ns / 1e9;
}

// A line of this process's smaps for the mapping that holds `address`: its header (`key` NULL) or the value of a key
// such as "VmFlags". Returns false when nothing is mapped there.
static inline bool smaps_line(const void *address, const char *key, char *value, size_t size)
{
    char line[PATH_MAX + 200];
    bool inside = false, found = false;
    FILE *file = fopen("/proc/self/smaps", "re");
    if (!file)
        die("cannot open /proc/self/smaps: %s", strerror(errno));
    while (!found && fgets(line, sizeof(line), file)) {
        unsigned long start, end;
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
            inside = (unsigned long)address >= start && (unsigned long)address < end;
            found = inside && !key;
            if (found)
                snprintf(value, size, "%s", line);
        } else if (key && inside && !strncmp(line, key, strlen(key)) && line[strlen(key)] == ':') {
            const char *at = line + strlen(key) + 1;
            snprintf(value, size, "%s", at + strspn(at, " "));
            found = true;
        }
    }
    fclose(file);
    return found;
}

static inline long smaps_kib(const void *address, const char *key)
{
    char value[128] = "-1";
    smaps_line(address, key, value, sizeof(value));
    return atol(value);
}

static inline long fdinfo_number(int fd, const char *key, int base)
{
    char text[4096], wanted[64];
    if (read_text(text, sizeof(text), "/proc/self/fdinfo/%d", fd) < 0)
        return -1;
    snprintf(wanted, sizeof(wanted), "%s:", key);
    for (char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (!strncmp(at, wanted, strlen(wanted)))
            return strtol(at + strlen(wanted), NULL, base);
    return -1;
}

#endif
