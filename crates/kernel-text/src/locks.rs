// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/locks` and the `lock:` lines of fdinfo (`lock_get_status` in `fs/locks.c`; `proc_locks(5)`).

use crate::dev::Dev;
use crate::error::Result;
use crate::scan::{Line, Lines};

/// Who a lock belongs to and how it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `POSIX`: `fcntl(F_SETLK)`, of a process.
    Posix,
    /// `OFDLCK`: `fcntl(F_OFD_SETLK)`, of an open file description (3.15).
    Ofd,
    /// `FLOCK`: `flock(2)`, of an open file description.
    Flock,
    /// `LEASE`: `fcntl(F_SETLEASE)`.
    Lease,
    /// `DELEG`: a delegation of the NFS server.
    Deleg,
    /// Another: `ACCESS` and `UNKNOWN` of the kernel's own making.
    Other,
}

/// What a lock permits to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `READ`: shared.
    Read,
    /// `WRITE`: exclusive.
    Write,
    /// Another: a lease that is broken down to nothing (`UNLCK`), the share modes before 5.15.
    Other,
}

/// One lock, held or waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLock {
    /// Running number within the text; a waiter has that of the lock it waits for.
    pub id: u64,
    /// Whether it waits (`->`) rather than holds.
    pub waiting: bool,
    /// How it was made.
    pub class: Class,
    /// Whether a lease is being broken (`BREAKING`, `BREAKER`).
    pub breaking: bool,
    /// Whether it binds those who do not ask (`MANDATORY`, before 5.15).
    pub mandatory: bool,
    /// What it permits to others.
    pub kind: Kind,
    /// The process that made it, by the reader's PID namespace: not always who holds it now. -1 for OFD
    /// locks, 0 when outside.
    pub pid: i32,
    /// The device of the file's superblock; `None` without a file (`<none>`).
    pub dev: Option<Dev>,
    /// The inode number of the file, 0 without one.
    pub ino: u64,
    /// First byte, always 0 unless [`Class::Posix`] or [`Class::Ofd`].
    pub start: u64,
    /// Last byte; `None` for the end of the file wherever that will be (`EOF`).
    pub end: Option<u64>,
}

/// All locks of the machine that the reader's PID namespace may see (`/proc/locks`).
///
/// # Errors
/// The first line that is not as the kernel prints it.
pub fn parse(text: &[u8]) -> Result<Vec<FileLock>> {
    Lines::new("/proc/locks", text).map(read).collect()
}

/// One lock, from behind `lock:` where there is that.
pub(crate) fn read(mut line: Line<'_>) -> Result<FileLock> {
    let id = line.dec("the number of a lock")?;
    line.need(b":", "a colon after the lock's number")?;
    line.blanks();
    let waiting = line.skip(b"->");
    let class = match line.word() {
        b"" => return Err(line.error("the class of a lock")),
        b"POSIX" => Class::Posix,
        b"OFDLCK" => Class::Ofd,
        b"FLOCK" => Class::Flock,
        b"LEASE" => Class::Lease,
        b"DELEG" => Class::Deleg,
        _ => Class::Other,
    };
    let mode = line.word();
    let kind = match line.word() {
        b"" => return Err(line.error("READ or WRITE")),
        b"READ" => Kind::Read,
        b"WRITE" => Kind::Write,
        _ => Kind::Other,
    };
    let pid = line.signed("the pid of a lock's maker")?;
    line.blanks();
    let dev = if line.skip(b"<none>") {
        None
    } else {
        Some(device(&mut line)?)
    };
    line.need(b":", "a colon before the inode number")?;
    let ino = line.dec("the inode number")?;
    let start = line.dec("the first byte")?;
    line.blanks();
    let end = if line.skip(b"EOF") {
        None
    } else {
        Some(line.dec("the last byte, or EOF")?)
    };
    let breaking = matches!(mode, b"BREAKING" | b"BREAKER");
    let mandatory = mode == b"MANDATORY";
    Ok(FileLock {
        id,
        waiting,
        class,
        breaking,
        mandatory,
        kind,
        pid,
        dev,
        ino,
        start,
        end,
    })
}

fn device(line: &mut Line<'_>) -> Result<Dev> {
    let major = line.hex("the device's major number in hexadecimal")?;
    line.need(b":", "a colon within the device number")?;
    Ok(Dev {
        major,
        minor: line.hex("the device's minor number in hexadecimal")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class() {
        let text = b"1: LEASE  ACTIVE    READ 15414 fe:00:10004845 0 EOF\n\
            2: OFDLCK ADVISORY  WRITE -1 fe:00:10004844 30 32\n\
            4: POSIX  ADVISORY  WRITE 15414 fe:00:10004844 5 14\n\
            4: -> POSIX  ADVISORY  READ 15457 fe:00:10004844 5 14\n\
            4:  -> POSIX  ADVISORY  WRITE 0 fe:00:10004844 5 9223372036854775806\n\
            5: FLOCK  ADVISORY  READ 15414 00:1a:10004844 0 EOF\n\
            6: LEASE  BREAKER   UNLCK 7 <none>:0 0 EOF\n\
            7: POSIX  MANDATORY WRITE 8 08:01:9 0 0\n";
        let locks = parse(text).unwrap();
        let classes: Vec<_> = locks.iter().map(|l| l.class).collect();
        use Class::{Flock, Lease, Ofd, Posix};
        assert_eq!(classes, [Lease, Ofd, Posix, Posix, Posix, Flock, Lease, Posix]);
        assert_eq!(
            locks.iter().map(|l| l.waiting).collect::<Vec<_>>()[2..5],
            [false, true, true]
        );
        assert_eq!((locks[1].pid, locks[1].start, locks[1].end), (-1, 30, Some(32)));
        assert_eq!(
            (locks[5].dev, locks[5].end),
            (
                Some(Dev {
                    major: 0,
                    minor: 0x1a
                }),
                None
            )
        );
        assert_eq!(
            (locks[6].dev, locks[6].kind, locks[6].breaking),
            (None, Kind::Other, true)
        );
        assert!(locks[7].mandatory && !locks[0].breaking);
        assert_eq!(
            (locks[0].ino, locks[3].kind, locks[4].id),
            (10004845, Kind::Read, 4)
        );
    }

    #[test]
    fn a_broken_line_is_named() {
        let error =
            parse(b"1: FLOCK ADVISORY READ 1 fe:00:2 0 EOF\n2: FLOCK  ADVISORY  READ x\n").unwrap_err();
        assert_eq!(
            (error.line, error.expected, error.text),
            (2, "the pid of a lock's maker", "/proc/locks")
        );
        for text in [
            "1",
            "1:",
            "1: POSIX",
            "1: POSIX ADVISORY READ 1 fe00:2 0 EOF",
            "1: POSIX A READ 1 0:0:2 0",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
