// SPDX-License-Identifier: GPL-2.0-only
//! Room in this process's table of descriptors.
use rustix::io::fcntl_dupfd_cloexec;
use std::fs::File;

/// What a session of hundreds of processes has open at once.
const ROOM: i32 = 1024;

/// Has the kernel make room for many descriptors while something else is done.
///
/// A table that several threads share grows at 64 descriptors, at 128 and so on, and each time whoever opens the next one
/// waits for an RCU grace period, 10 ms or more (`expand_fdtable`, fs/file.c): twice in a dump of a hundred processes.
pub(crate) fn make_room() {
    let grow = || File::open("/dev/null").map(|file| drop(fcntl_dupfd_cloexec(file, ROOM - 1)));
    // Without the thread, or with a limit below that, the table grows when it must.
    let _ = std::thread::Builder::new().spawn(grow);
}
