// SPDX-License-Identifier: GPL-2.0-only
// Contents that can be made again from a seed, so that what memory and files should hold is known without keeping it.
#ifndef STASIS_PROGRAMS_PATTERN_H
#define STASIS_PROGRAMS_PATTERN_H

#include "common.h"

static inline uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static inline void pattern_fill(void *memory, size_t len, uint64_t seed)
{
    unsigned char *at = memory;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = mix(seed + i);
        memcpy(at + i, &word, len - i < 8 ? len - i : 8);
    }
}

// The offset of the first byte that differs, or -1.
static inline long pattern_differs(const void *memory, size_t len, uint64_t seed)
{
    const unsigned char *at = memory;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = mix(seed + i);
        size_t step = len - i < 8 ? len - i : 8;
        if (memcmp(at + i, &word, step))
            for (size_t j = 0;; j++)
                if (at[i + j] != ((unsigned char *)&word)[j])
                    return i + j;
    }
    return -1;
}

static inline void expect_pattern(const char *what, const void *memory, size_t len, uint64_t seed)
{
    long at = pattern_differs(memory, len, seed);
    expect(at < 0, "%s: content differs from what was written at byte %ld of %zu", what, at, len);
}

static inline long zero_differs(const void *memory, size_t len)
{
    const unsigned char *at = memory;
    for (size_t i = 0; i < len; i++)
        if (at[i])
            return i;
    return -1;
}

static inline void expect_zero(const char *what, const void *memory, size_t len)
{
    long at = zero_differs(memory, len);
    expect(at < 0, "%s: byte %ld of %zu is not zero", what, at, len);
}

static inline void *map_anon(size_t len, int prot, int extra_flags)
{
    void *at = mmap(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | extra_flags, -1, 0);
    if (at == MAP_FAILED)
        die("cannot map %zu bytes: %s", len, strerror(errno));
    return at;
}

// Writes `len` bytes of the pattern to the descriptor's position.
static inline void pattern_write(int fd, size_t len, uint64_t seed)
{
    char *buffer = malloc(len ? len : 1);
    pattern_fill(buffer, len, seed);
    for (size_t done = 0; done < len;) {
        ssize_t step = must(write(fd, buffer + done, len - done));
        done += step;
    }
    free(buffer);
}

// Compares the file from `offset` on without moving its position.
static inline void expect_file_pattern(const char *what, int fd, off_t offset, size_t len, uint64_t seed)
{
    char *buffer = malloc(len ? len : 1);
    size_t done = 0;
    ssize_t step;
    while (done < len && (step = pread(fd, buffer + done, len - done, offset + done)) > 0)
        done += step;
    expect(done == len, "%s: %zu bytes of %zu can be read", what, done, len);
    if (done == len)
        expect_pattern(what, buffer, len, seed);
    free(buffer);
}

#endif
