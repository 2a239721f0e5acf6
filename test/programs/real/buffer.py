#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A Python program of four threads, timers and a large buffer: buffer.py REPORT [MIB].

Speaks the protocol of the other programs (README.md). `ok N` is followed by the SHA-256 of the buffer, computed anew.
A wrong restore is noticed as another checksum, a thread or timer that no longer counts, or a lost local value.
"""

import hashlib
import os
import random
import signal
import sys
import threading
import time

IDLE_SECONDS = 600
report_path = os.path.realpath(sys.argv[1])
mib = int(sys.argv[2]) if len(sys.argv) > 2 else 256
sabotage = "STASIS_SABOTAGE" in os.environ
report = open(report_path, "a", buffering=1)


def beside(suffix):
    return os.path.exists(report_path + suffix)


class Counter(threading.Thread):
    """Counts, and notices when its own local state is not what it left."""

    def __init__(self, index):
        super().__init__(name=f"counter-{index}", daemon=True)
        self.index, self.count, self.broken = index, 0, None
        self.local = threading.local()

    def run(self):
        self.local.value = self.index * 1000
        words, expected = [f"word-{self.index}-{n}" for n in range(1000)], self.index * 1000
        while True:
            self.count += 1
            expected += 1
            self.local.value += 1
            if self.local.value != expected or words[self.count % 1000] != f"word-{self.index}-{self.count % 1000}":
                self.broken = f"local value {self.local.value}, expected {expected}"
            time.sleep(0.003 * (self.index + 1))


alarms = 0


def on_alarm(signum, frame):
    global alarms
    alarms += 1


def checksum():
    return hashlib.sha256(buffer).hexdigest()


def changed(value, seconds=10.0):
    """Whether value() changes in time: by trials, not by a clock that a dump would disturb."""
    before = value()
    for _ in range(int(seconds / 0.01)):
        if value() != before:
            return True
        time.sleep(0.01)
    return False


def verify(threads, expected):
    now = checksum()
    if now != expected:
        return None, f"checksum: expected {expected}, is {now}"
    for thread in threads:
        if thread.broken or not thread.is_alive():
            return None, f"{thread.name}: {thread.broken or 'is not alive'}"
        if not changed(lambda thread=thread: thread.count):
            return None, f"{thread.name}: does not count beyond {thread.count}"
    if not changed(lambda: alarms):
        return None, f"the interval timer does not fire beyond {alarms}"
    fired = threading.Event()
    threading.Timer(0.05, fired.set).start()
    if not fired.wait(10):
        return None, "a new timer does not fire"
    return now, None


def main():
    if not sys.flags.interactive:
        null = os.open("/dev/null", os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        os.close(null)
        try:
            os.setsid()
        except PermissionError:
            pass  # a session leader already
    threads = [Counter(index) for index in range(1, 4)]  # with the main thread: four
    for thread in threads:
        thread.start()
    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    expected = checksum()
    print("ready", file=report)
    round_number, idle = 1, 0
    while not beside(".end") and beside("") and idle < IDLE_SECONDS * 100:
        if beside(f".go-{round_number}"):
            if sabotage:
                buffer[len(buffer) // 2] ^= 1
            value, failure = verify(threads, expected)
            print(f"fail {round_number}: {failure}" if failure else f"ok {round_number} {value}", file=report)
            round_number, idle = round_number + 1, 0
        time.sleep(0.01)
        idle += 1
    signal.setitimer(signal.ITIMER_REAL, 0)  # the interpreter takes its handlers away first when it ends


generator = random.Random(4711)
buffer = bytearray(generator.randbytes(1 << 20) * mib)
for page in range(0, len(buffer), 4096):  # no two pages alike
    buffer[page : page + 8] = page.to_bytes(8, "little")
main()
