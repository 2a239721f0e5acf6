// SPDX-License-Identifier: GPL-2.0-only
//! `ep_show_fdinfo` in `fs/eventpoll.c`.

use crate::dev::Dev;
use crate::error::Result;
use crate::scan::Line;

/// What an epoll watches. The order is the kernel's: by address of the description, then by descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpollTarget {
    /// The descriptor at the time of `EPOLL_CTL_ADD`. By now another file may be there, or none:
    /// `kcmp(KCMP_EPOLL_TFD)` finds the description.
    pub tfd: i32,
    /// `EPOLL*` bits. A fired `EPOLLONESHOT` has lost its event bits.
    pub events: u32,
    /// The user's data.
    pub data: u64,
    /// Position of the target (4.13).
    pub pos: Option<i64>,
    /// Inode number of the target (4.13).
    pub ino: Option<u64>,
    /// Device of the target's superblock (4.13).
    pub dev: Option<Dev>,
}

pub(super) fn read(targets: &mut Vec<EpollTarget>, mut line: Line<'_>) -> Result<bool> {
    if !line.skip(b"tfd:") {
        return Ok(false);
    }
    let tfd = line.signed("the descriptor of an epoll target")?;
    line.blanks();
    line.need(b"events:", "events: of an epoll target")?;
    let events = line.hex("events in hexadecimal")?;
    line.blanks();
    line.need(b"data:", "data: of an epoll target")?;
    let data = line.hex("data in hexadecimal")?;
    line.blanks();
    let (mut pos, mut ino, mut dev) = (None, None, None);
    if line.skip(b"pos:") {
        pos = Some(line.signed("the position of an epoll target")?);
        line.blanks();
        line.need(b"ino:", "ino: of an epoll target")?;
        ino = Some(line.hex("an inode number in hexadecimal")?);
        line.blanks();
        line.need(b"sdev:", "sdev: of an epoll target")?;
        dev = Some(Dev::from_kernel(line.hex("a device in hexadecimal")?));
    }
    targets.push(EpollTarget {
        tfd,
        events,
        data,
        pos,
        ino,
        dev,
    });
    Ok(true)
}
