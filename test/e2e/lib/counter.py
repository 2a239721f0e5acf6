#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Does something to itself, then counts for ever in the first 8 bytes of a file: counter.py FILE CODE.

CODE is Python, with `os`, `socket`, `call` (a system call by number) and `libc` at hand; `held` keeps what it makes.
What it leaves in `object` is written behind the counter.
"""

import ctypes
import mmap
import os
import socket  # noqa: F401  for CODE
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


file = open(sys.argv[1], "w+b")
file.truncate(4096)
memory = mmap.mmap(file.fileno(), 4096)
names = {"os": os, "socket": socket, "ctypes": ctypes, "libc": libc, "call": call, "held": [], "object": ""}
try:
    exec(sys.argv[2], names)
    memory[8:4096] = str(names["object"]).encode().ljust(4088, b"\0")
except OSError as error:
    memory[8:4096] = f"skip: {error}".encode().ljust(4088, b"\0")
count = 0
while True:
    count += 1
    memory[0:8] = struct.pack("<Q", count)
    time.sleep(0.001)
