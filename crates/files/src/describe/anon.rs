// SPDX-License-Identifier: GPL-2.0-only
//! Files on the anonymous inode (`fs/anon_inodes.c`), and pidfds (`fs/pidfs.c`): all that is to be known is in their fdinfo.

use super::names;
use super::{Case, Stop};
use crate::error::FilesError;
use crate::sys::ioctl;
use stasis_kernel_text::fdinfo::{self, FdKind};
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{Epoll, EpollTarget, Eventfd, Pidfd, Signalfd, Timerfd};

pub(super) fn examine(case: &Case<'_>, class: &[u8]) -> Result<Kind, Stop> {
    if case.path_only() {
        return Err(names::pathless(case.link).into());
    }
    // None is for an epoll without targets.
    let forwarded = match class {
        b"timerfd" => forward(case)?,
        _ => None,
    };
    let text = forwarded.as_deref().or(case.open.extra.as_deref());
    let kind = match text {
        Some(text) => {
            fdinfo::parse(text)
                .map_err(|e| unreadable(case, e.to_string()))?
                .kind
        }
        None => FdKind::Plain,
    };
    match (class, kind) {
        (b"eventfd", FdKind::Eventfd(eventfd)) => {
            // Before 6.5 the kernel keeps to itself whether it is a semaphore.
            let semaphore = eventfd.semaphore.unwrap_or(false);
            Ok(Kind::Eventfd(Eventfd {
                count: eventfd.count,
                semaphore,
            }))
        }
        (b"eventpoll", FdKind::Epoll(targets)) => {
            let target = |t: fdinfo::EpollTarget| EpollTarget {
                fd: t.tfd,
                events: t.events,
                data: t.data,
                description: 0,
            };
            Ok(Kind::Epoll(epoll(
                case,
                targets.into_iter().map(target).collect(),
            )))
        }
        (b"eventpoll", FdKind::Plain) => Ok(Kind::Epoll(epoll(case, Vec::new()))),
        (b"timerfd", FdKind::Timerfd(timer)) => Ok(Kind::Timerfd(Timerfd {
            clock: timer.clock,
            ticks: timer.ticks,
            settime_flags: timer.settime_flags,
            value_sec: timer.value.as_secs(),
            value_nsec: u64::from(timer.value.subsec_nanos()),
            interval_sec: timer.interval.as_secs(),
            interval_nsec: u64::from(timer.interval.subsec_nanos()),
        })),
        (b"signalfd", FdKind::Signalfd(mask)) => Ok(Kind::Signalfd(Signalfd { mask })),
        (b"pidfd", FdKind::Pidfd(pidfd)) => Ok(Kind::Pidfd(Pidfd { pid: pidfd.pid })),
        (b"eventfd" | b"timerfd" | b"signalfd" | b"pidfd", _) => Err(unreadable(case, String::new()).into()),
        _ => Err(names::anonymous(class).into()),
    }
}

fn epoll(case: &Case<'_>, targets: Vec<EpollTarget>) -> Epoll {
    let busy_polling = match ioctl::epoll_params(case.fd) {
        Ok(params) if params != [0; 8] => params.to_vec(),
        // Kernels that do not know the question have nothing to tell.
        _ => Vec::new(),
    };
    Epoll {
        targets,
        busy_polling,
    }
}

/// A periodic timer that has expired rests until somebody looks, and its expirations are not counted
/// meanwhile. Asking for the time left counts them and winds it up again, as reading it would; nothing is
/// lost or gained.
fn forward(case: &Case<'_>) -> Result<Option<Box<[u8]>>, FilesError> {
    use std::os::fd::AsRawFd;
    rustix::time::timerfd_gettime(case.fd)
        .map_err(|e| case.failed("look at the timer", "timerfd_gettime", e))?;
    Ok(crate::table::own(case.fd.as_raw_fd())?.extra)
}

fn unreadable(case: &Case<'_>, why: String) -> FilesError {
    FilesError {
        hint: "the kernel needs CONFIG_PROC_FS and CONFIG_CHECKPOINT_RESTORE".into(),
        ..FilesError::because(
            "read fdinfo",
            case.open.pid,
            format!("it does not show what it is: {why}"),
        )
        .of(format!("of fd {}", case.open.fd))
    }
}
