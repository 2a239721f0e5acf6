// SPDX-License-Identifier: GPL-2.0-only
use crate::error::{Failure, to_napi};
use crate::images::open_dir;
use crate::promise::promise;
use napi::bindgen_prelude::{Buffer, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;
use stasis_wire::Message;
use std::os::fd::{AsFd, IntoRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;

/// Version of the native part. It must equal the package's: the two are built together.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// `stasis.facts.Host` of the running kernel, encoded.
#[napi]
pub fn host_facts() -> Result<Buffer> {
    let host = stasis_engine::host().map_err(|error| to_napi(&Failure::from(error)))?;
    Ok(Buffer::from(host.encode_to_vec()))
}

/// Whether a socket is bound to the file at `path`.
#[napi]
pub fn socket_in_use(path: Uint8Array) -> Result<bool> {
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(&path));
    stasis_engine::socket_in_use(path).map_err(|error| {
        let object = path.display().to_string();
        to_napi(&Failure::host("look who has the socket", "", &object, &error))
    })
}

/// Opens a file for reading and writing, and locks it (flock(2)) until the descriptor that it returns is closed, be it by the
/// death of the process; -1 where another description holds the lock.
#[napi]
pub fn lock_file(path: String) -> Result<i32> {
    let failed = |call, error| to_napi(&Failure::host("lock the file", call, &path, &error));
    let file = std::fs::File::options()
        .read(true)
        .append(true)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(&path)
        .map_err(|error| failed("open", error))?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file.into_raw_fd()),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(-1),
        Err(errno) => Err(failed("flock", errno.into())),
    }
}

/// Of every process its pid, its group and its session, one after the other.
#[napi(ts_return_type = "Promise<Array<number>>")]
pub fn process_groups(env: &Env) -> Result<Object<'_>> {
    promise(env, "host.groups", move || {
        let members = stasis_engine::members()
            .map_err(|error| Failure::host("list the processes", "", "/proc", &error))?;
        let numbers = members.iter().flat_map(|it| [it.pid, it.group, it.session]);
        Ok(numbers.collect::<Vec<i32>>())
    })
}

/// Processes but `except` that have open what is read as one of `links` in their `/proc/PID/fd`: index and pid, one after the
/// other, once for each link. Where `pids` has one, only the open file description of its descriptor in `fds` counts.
#[napi(ts_return_type = "Promise<Array<number>>")]
pub fn descriptor_holders(
    env: &Env,
    links: Vec<Uint8Array>,
    pids: Vec<i32>,
    fds: Vec<i32>,
    except: Vec<i32>,
) -> Result<Object<'_>> {
    let wanted: Vec<stasis_engine::Wanted> = links
        .iter()
        .zip(pids.into_iter().zip(fds))
        .map(|(link, place)| stasis_engine::Wanted {
            link: link.to_vec(),
            same: (place.0 > 0).then_some(place),
        })
        .collect();
    promise(env, "host.holders", move || {
        let holders = stasis_engine::holders(&wanted, &except.into_iter().collect())
            .map_err(|error| Failure::host("list the processes", "", "/proc", &error))?;
        let numbers = holders.iter().flat_map(|&(index, pid)| [index as i32, pid]);
        Ok(numbers.collect::<Vec<i32>>())
    })
}

/// What kernel, machine and rights offer, each tried: JSON with the fields of `CheckReport` in `src/check/types.ts`.
/// Takes some milliseconds; it forks, and traces, a child of its own, so nothing may be frozen meanwhile.
#[napi]
pub fn features() -> String {
    stasis_probe::report().to_json()
}

/// From here on this process leaves no core file behind: it is about to die by the signal that ended a restored tree, whose
/// core is of interest, not ours. `RLIMIT_CORE` would not do: core handlers that are programs are started all the same.
#[napi]
pub fn forgo_core() -> Result<()> {
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).map_err(|error| {
        to_napi(&Failure::host(
            "prepare to end as the tree did",
            "prctl",
            "",
            &error.into(),
        ))
    })
}

/// The first standard stream that is a terminal, if any. `node:tty` would tell, too, but loads all of Node's networking.
#[napi]
pub fn terminal_stream() -> Option<u32> {
    use rustix::{stdio, termios};
    let streams = [stdio::stdin(), stdio::stdout(), stdio::stderr()];
    (0..)
        .zip(streams)
        .find(|(_, stream)| termios::isatty(stream))
        .map(|(number, _)| number)
}

/// Makes another process group of our session the foreground one of our terminal, if we are it now: whoever brought us to
/// the foreground meant the restored job. Without such a terminal it does nothing.
#[napi]
pub fn pass_terminal(group: i32) {
    use rustix::{process, stdio, termios};
    let ours = process::getpgrp();
    let terminals = [stdio::stdin(), stdio::stdout(), stdio::stderr()];
    let terminal = terminals
        .iter()
        .find(|stream| termios::tcgetpgrp(stream).is_ok_and(|foreground| foreground == ours));
    if let (Some(terminal), Some(group)) = (terminal, process::Pid::from_raw(group)) {
        // The group may be gone: there is nobody to give it to then.
        let _ = termios::tcsetpgrp(terminal, group);
    }
}

/// What this machine can do at best, in bytes per second.
#[napi(object)]
#[derive(Debug)]
pub struct MachineLimits {
    /// Copying memory that is in place already.
    pub memcpy: f64,
    /// Writing a new file in `dir` into the page cache.
    pub write: f64,
    /// Reading another process's memory.
    pub readv: f64,
}

/// Measures the machine's limits with buffers of `bytes` and that many threads.
#[napi(ts_return_type = "Promise<MachineLimits>")]
pub fn machine_limits(env: &Env, dir: String, bytes: f64, threads: u32) -> Result<Object<'_>> {
    promise(env, "host.limits", move || {
        let (bytes, threads) = (bytes as usize, threads as usize);
        let target = open_dir(&dir)?;
        Ok(MachineLimits {
            memcpy: stasis_pages::limits::memcpy_rate(bytes, threads)?,
            write: stasis_pages::limits::write_rate(target.as_fd(), bytes, threads)?,
            readv: stasis_pages::limits::readv_rate(bytes, threads)?,
        })
    })
}
