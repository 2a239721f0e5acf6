#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs a command in a new pseudo-terminal, as its session leader: terminal.py COMMAND...

Standard input is typed, what is displayed goes to standard output. The first line on standard error is the pid of the
command. Ends as the command does (128 + N where signal N ended it). It stands for a user's terminal: outside of the
tree, and without any other descriptor that the command could inherit.
"""

import fcntl
import os
import select
import struct
import sys
import termios

os.closerange(3, 1024)
master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)
    os.closerange(3, 1024)
    os.execvp(sys.argv[1], sys.argv[1:])
os.close(slave)
os.write(2, b"%d\n" % pid)

watched = [0, master]
while master in watched:
    for fd in select.select(watched, [], [])[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:  # EIO: nobody has the other side open
            data = b""
        if not data:
            watched.remove(fd)
        elif fd == 0:
            os.write(master, data)
        else:
            os.write(1, data)
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
