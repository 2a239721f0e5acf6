#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# enter.sh ROOT SHELL BUSYBOX DATA SCRIPT: makes in ROOT, in a mount and a PID namespace of our own, a system that has nothing
# but a static shell as /system/bin/sh, a few devices and /data, a copy of DATA; and runs SCRIPT of that folder in it.
set -eu
root=$1 shell=$2 busybox=$3 data=$4 script=$5
mount -t tmpfs -o mode=755 root "$root"
cd "$root"
mkdir system dev proc data old
for name in system dev data; do mount -t tmpfs -o mode=755 "$name" "$name"; done
mount -t proc proc proc
mkdir system/bin
cp "$shell" system/bin/sh
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
cp -a "$data/." data/
cp "$busybox" data/busybox
exec data/busybox sh -euc '
  data/busybox pivot_root . old
  cd /
  /data/busybox umount -l /old
  /data/busybox mount -o remount,ro /system
  /data/busybox mount -o remount,ro /
  /data/busybox rm /data/busybox
  exec /system/bin/sh "/data/$0"
' "$script"
