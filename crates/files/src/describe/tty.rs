// SPDX-License-Identifier: GPL-2.0-only
//! Pseudo-terminals (`drivers/tty/pty.c`, `fs/devpts/inode.c`). Both ends show the settings of the pair,
//! which belong to the slave.
//!
//! System calls only count unread data; `tty_queue` says how it is seen, and where it cannot be, the
//! dump is refused.

use super::{Case, Stop, names};
use crate::context::Context;
use crate::error::FilesError;
use crate::refusals::Reason;
use crate::sys::ioctl;
use rustix::fs::{major, minor, stat};
use stasis_kernel_text::Dev;
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{Description, Tty, TtyEnd};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

pub(super) fn master(context: &mut Context<'_>, case: &Case<'_>) -> Result<Kind, Stop> {
    let ask =
        |query, call| ioctl::int(case.fd, query).map_err(|e| case.failed("look at the terminal", call, e));
    let mut tty = Tty {
        index: ask(ioctl::PTY_NUMBER, "ioctl(TIOCGPTN)")? as u32,
        locked: ask(ioctl::PTY_LOCKED, "ioctl(TIOCGPTLCK)")? != 0,
        packet: ask(ioctl::PTY_PACKET, "ioctl(TIOCGPKT)")? != 0,
        // ENOTTY: the pair is no session's terminal.
        session: ioctl::int(case.fd, ioctl::TTY_SESSION).unwrap_or(0) as u32,
        foreground: ioctl::int(case.fd, ioctl::TTY_FOREGROUND).unwrap_or(0).max(0) as u32,
        master_in_tree: true,
        end: TtyEnd::Master as i32,
        ..Tty::default()
    };
    settings(case, &mut tty)?;
    slave_node(case.link, &mut tty);
    let pair = context
        .terminals
        .pairs
        .entry((tty.devpts, tty.index))
        .or_default();
    pair.masters.push(case.number);
    pair.output = ask(ioctl::UNREAD, "ioctl(FIONREAD)")?;
    if pair.master.is_none() {
        pair.master = Some(
            case.fd
                .try_clone_to_owned()
                .map_err(|e| case.failed("look at the terminal", "dup", e))?,
        );
    }
    Ok(Kind::Tty(tty))
}

pub(super) fn slave(context: &mut Context<'_>, case: &Case<'_>, index: u32) -> Result<Kind, Stop> {
    let stat = &case.stat;
    let mut tty = Tty {
        end: TtyEnd::Slave as i32,
        index,
        devpts: stat.st_dev,
        uid: stat.st_uid,
        gid: stat.st_gid,
        mode: stat.st_mode & 0o7777,
        ..Tty::default()
    };
    if let Ok(discipline @ 1..) = ioctl::int(case.fd, ioctl::TTY_DISCIPLINE) {
        return Err(Reason::new(
            "terminal with another line discipline",
            format!("its bytes go to line discipline {discipline} of the kernel"),
            "let the program give it up first (TIOCSETD)",
        )
        .into());
    }
    // EIO: every query fails once the master is closed or the terminal is hung up.
    match ioctl::int(case.fd, ioctl::UNREAD) {
        Ok(input) => {
            settings(case, &mut tty)?;
            let pair = context.terminals.pairs.entry((tty.devpts, index)).or_default();
            pair.slaves.push(case.number);
            pair.input = input;
        }
        Err(error) if error.raw_os_error() == Some(libc::EIO) => tty.hung_up = true,
        Err(error) => {
            return Err(case
                .failed("look at the terminal", "ioctl(FIONREAD)", error)
                .into());
        }
    }
    Ok(Kind::Tty(tty))
}

/// `/dev/tty`: the controlling terminal at the time it was opened.
pub(super) fn current(case: &Case<'_>, found: &mut Description) -> Result<Kind, Stop> {
    let mut tty = Tty {
        end: TtyEnd::Current as i32,
        ..Tty::default()
    };
    match ioctl::int(case.fd, ioctl::TTY_DEVICE) {
        Ok(device) => {
            let device = Dev::from_user(device as u32);
            if !(136..=143).contains(&device.major) {
                return Err(names::device(device.major, device.minor, case.link).into());
            }
            found.rdev = device.to_user();
            tty.index = device.minor;
            settings(case, &mut tty)?;
        }
        Err(error) if error.raw_os_error() == Some(libc::EIO) => tty.hung_up = true,
        Err(error) => {
            return Err(case
                .failed("look at the terminal", "ioctl(TIOCGDEV)", error)
                .into());
        }
    }
    Ok(Kind::Tty(tty))
}

fn settings(case: &Case<'_>, tty: &mut Tty) -> Result<(), FilesError> {
    let failed = |call, e| case.failed("look at the terminal", call, e);
    tty.termios = ioctl::termios2(case.fd)
        .map_err(|e| failed("ioctl(TCGETS2)", e))?
        .to_vec();
    tty.winsize = ioctl::window_size(case.fd)
        .map_err(|e| failed("ioctl(TIOCGWINSZ)", e))?
        .to_vec();
    tty.exclusive = ioctl::int(case.fd, ioctl::TTY_EXCLUSIVE).is_ok_and(|on| on != 0);
    Ok(())
}

/// The node of the slave. Opening it to look (`TIOCGPTPEER`) would count as an opening of the slave, whose
/// last close the master sees; but the kernel finds a master's devpts beside it (`devpts_mntget`), and so can
/// we.
fn slave_node(master: &[u8], tty: &mut Tty) {
    let Some(end) = master.iter().rposition(|&byte| byte == b'/') else {
        return;
    };
    for folder in [&b"pts/"[..], b""] {
        let path = [&master[..=end], folder, tty.index.to_string().as_bytes()].concat();
        let Ok(node) = stat(OsStr::from_bytes(&path)) else {
            continue;
        };
        if (136..=143).contains(&major(node.st_rdev)) && minor(node.st_rdev) == tty.index {
            tty.devpts = node.st_dev;
            (tty.uid, tty.gid, tty.mode) = (node.st_uid, node.st_gid, node.st_mode & 0o7777);
            return;
        }
    }
}
