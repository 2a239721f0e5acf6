// SPDX-License-Identifier: GPL-2.0-only
// Descriptors and credentials in messages of unix sockets.
#ifndef STASIS_PROGRAMS_SCM_H
#define STASIS_PROGRAMS_SCM_H

#include "sockets.h"

#define MOST_FDS 8

static inline void send_fds(int socket, const char *text, const int *fds, int count)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * MOST_FDS)];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {(void *)text, strlen(text)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    must(sendmsg(socket, &message, 0));
}

// Receives `text` with descriptors: how many there were; credentials too when `creds` is not NULL.
static inline int receive_fds(int socket, const char *text, int *fds, struct ucred *creds)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * MOST_FDS) + CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr align;
    } control = {0};
    char buffer[256] = "";
    struct iovec part = {buffer, strlen(text)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control)};
    int count = 0;
    ssize_t len = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    expect(len == (ssize_t)strlen(text) && !strcmp(buffer, text), "message: expected '%s', is '%s' (%s)", text, buffer,
           len < 0 ? strerror(errno) : "");
    if (len < 0)
        return 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_type == SCM_RIGHTS) {
            count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds, CMSG_DATA(header), sizeof(int) * count);
        } else if (header->cmsg_type == SCM_CREDENTIALS && creds) {
            memcpy(creds, CMSG_DATA(header), sizeof(*creds));
        }
    }
    return count;
}

#endif
