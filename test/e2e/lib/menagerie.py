#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A task and its child that hold one of most things there is an image for: menagerie.py FOLDER.

Writes FOLDER/ready. When FOLDER/go appears it writes what everything still holds to FOLDER/proof as one JSON object,
and ends. For tests in which the program is not what is tested.
"""

import errno
import fcntl
import json
import mmap
import os
import select
import signal
import socket
import sys
import threading
import time


def bind(made, host):
    """To a port that the kernel gives nobody by chance while this tree is on disk."""
    for port in range(30000 + os.getpid() % 2500, 32768):
        try:
            return made.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise SystemExit("no port is free")


os.chdir(sys.argv[1])
null = os.open("/dev/null", os.O_RDWR)
for fd in range(3):
    os.dup2(null, fd)
os.close(null)

regular = open("regular", "w+")
regular.write("regular bytes")
regular.flush()
regular.seek(8)
locked = open("locked", "w+")
fcntl.lockf(locked, fcntl.LOCK_EX)
left, right = socket.socketpair()
left.send(b"queued bytes")
reader, writer = os.pipe()
os.write(writer, b"pipe bytes")
os.mkfifo("fifo")
fifo = os.open("fifo", os.O_RDWR)
os.write(fifo, b"fifo bytes")
shared = mmap.mmap(-1, 1 << 20)
ghost = open("ghost", "w+")
ghost.write("ghost bytes")
ghost.flush()
os.unlink("ghost")
memory = os.memfd_create("memory")
os.write(memory, b"memory bytes")
named = socket.socket(socket.AF_UNIX)
named.bind("named.sock")
named.listen(3)
datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
datagrams.bind("datagrams.sock")
tcp = socket.socket()
bind(tcp, "127.0.0.1")
tcp.listen(5)
udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
bind(udp, "::1")
epoll = select.epoll()
epoll.register(reader, select.EPOLLIN)
event = os.eventfd(3) if hasattr(os, "eventfd") else None
ballast = bytearray(os.urandom(1 << 20)) * 4
signal.setitimer(signal.ITIMER_REAL, 1000, 5)
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
ports = {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1]}

parent = os.getpid()
child = os.fork()
if child == 0:
    shared[0:12] = b"shared bytes"
    while os.getppid() == parent:
        time.sleep(0.02)
    os._exit(0)
while shared[0:12] != b"shared bytes":
    time.sleep(0.005)
expected = hash(bytes(ballast))
with open("ready.new", "w") as ready:
    json.dump({"pid": parent, "child": child, **ports}, ready)
os.rename("ready.new", "ready")

while not os.path.exists("go"):
    time.sleep(0.01)
client = socket.socket(socket.AF_UNIX)
client.connect("named.sock")
proof = {
    "regular": regular.read(),
    "pipe": os.read(reader, 100).decode(),
    "fifo": os.read(fifo, 100).decode(),
    "queue": right.recv(100).decode(),
    "shared": shared[0:12].decode(),
    "ghost": os.pread(ghost.fileno(), 100, 0).decode(),
    "memory": os.pread(memory, 100, 0).decode(),
    "accepted": named.accept()[0].fileno() >= 0,
    "ballast": hash(bytes(ballast)) == expected,
    "timer": 5 == signal.getitimer(signal.ITIMER_REAL)[1],
    "ports": ports == {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1]},
}
with open("proof.new", "w") as file:
    json.dump(proof, file)
os.rename("proof.new", "proof")
os._exit(0)
