// SPDX-License-Identifier: GPL-2.0-only
use super::context::{Common, Met, Proc, parsed};
use super::path::{is_too_long, too_long};
use super::{mm, namespace, thread};
use stasis_kernel_text::task::{limits, number, stat, status, timers};
use stasis_task::{Process, Result};
use stasis_wire::facts::{Limit, MemoryLayout, PosixTimerText, State, Task};

/// Everything about one task that any thread can see from outside, except descriptors, and of its
/// threads all but the first.
pub(crate) fn task(common: &Common, process: &Process) -> Result<(Task, Met)> {
    let pid = process.pid;
    let mut met = Met::default();
    let proc = Proc::task(pid)?;
    let text = proc.record("stat")?;
    let stat = parsed(pid, stat::parse(&text))?;
    let comm = String::from_utf8_lossy(stat.comm).into_owned();
    let mut task = Task {
        pid,
        host_pid: pid,
        ppid: process.ppid,
        pgid: stat.pgrp,
        sid: stat.session,
        comm: comm.clone(),
        start_time: stat.starttime,
        tty_nr: device_number(stat.tty.major, stat.tty.minor),
        tpgid: stat.tpgid,
        exit_signal: stat.exit_signal,
        ..Task::default()
    };
    let text = proc.record("status")?;
    let leader = parsed(pid, status::parse(&text))?;
    if leader.ns_pid.len() > 1 {
        (task.pids, task.pgids) = (leader.ns_pid.clone(), leader.ns_pgid.clone());
        task.sids = leader.ns_sid.clone();
    }
    if process.is_zombie() {
        task.state = State::Zombie as i32;
        task.exit_code = stat.exit_code;
        return Ok((task, met));
    }
    let stopped = process.group_stop() != 0;
    task.state = if stopped { State::Stopped } else { State::Running } as i32;
    if stopped {
        task.stop_signal = process.group_stop();
    }
    task.layout = Some(MemoryLayout {
        start_code: stat.start_code,
        end_code: stat.end_code,
        start_data: stat.start_data,
        end_data: stat.end_data,
        start_stack: stat.start_stack,
        start_brk: stat.start_brk,
        arg_start: stat.arg_start,
        arg_end: stat.arg_end,
        env_start: stat.env_start,
        env_end: stat.env_end,
    });
    task.umask = leader.umask.unwrap_or(0o22);
    task.shared_pending_set = leader.signals.shared_pending;
    task.limits = parsed(pid, limits::parse(&proc.record("limits")?))?
        .iter()
        .map(|limit| Limit {
            soft: limit.soft,
            hard: limit.hard,
        })
        .collect();
    let score = parsed(
        pid,
        number::decimal("/proc/PID/oom_score_adj", &proc.record("oom_score_adj")?),
    )?;
    task.oom_score_adj = i32::try_from(score).unwrap_or(0);
    task.personality = parsed(
        pid,
        number::hexadecimal("/proc/PID/personality", &proc.record("personality")?),
    )?;
    task.coredump_filter = parsed(
        pid,
        number::hexadecimal("/proc/PID/coredump_filter", &proc.record("coredump_filter")?),
    )?;
    task.auxv = proc.all("auxv", 512)?;
    task.cmdline = proc.all("cmdline", 512)?;
    task.cgroups = String::from_utf8_lossy(&proc.record("cgroup")?)
        .lines()
        .map(str::to_owned)
        .collect();
    for (name, what, place) in [
        ("cwd", "working directory", &mut task.cwd),
        ("root", "root directory", &mut task.root),
        ("exe", "executable", &mut task.exe),
    ] {
        let link = format!("/proc/{pid}/{name}");
        match common.paths.behind(&link) {
            Ok(path) => *place = Some(path),
            Err(error) if is_too_long(&error) => met.refusals.push(too_long(pid, &comm, what)),
            Err(error) => {
                let stage = "look at the working directory or executable";
                return Err(stasis_task::TaskError::io(stage, "readlink", pid, 0, &error));
            }
        }
    }
    task.namespaces = namespace::of(common, &proc, pid)?;
    task.posix_timers = posix_timers(&proc, pid)?;
    task.vmas = mm::vmas(common, &mut met, &proc, pid, &comm)?;
    // `/proc/PID/status` is that of the first thread.
    let first = thread::fact(pid, pid, &leader)?;
    task.threads = vec![thread::with_policy(first, &Proc::threads(pid)?)];
    Ok((task, met))
}

fn posix_timers(proc: &Proc, pid: i32) -> Result<Vec<PosixTimerText>> {
    let text = proc.all("timers", 256)?;
    let timers = parsed(pid, timers::parse(&text))?;
    Ok(timers
        .iter()
        .map(|timer| {
            // sigev_notify of include/uapi/asm-generic/siginfo.h
            let base = match timer.notify {
                timers::Notify::Signal => 0,
                timers::Notify::None => 1,
                timers::Notify::Thread => 2,
            };
            PosixTimerText {
                id: timer.id,
                signal: timer.signal,
                value: timer.value,
                notify: base | if timer.to_thread { 4 } else { 0 },
                notify_tid: if timer.to_thread { timer.pid } else { 0 },
                clock: timer.clock,
            }
        })
        .collect())
}

/// The kernel's 32-bit encoding of a device number (`new_encode_dev`), as `/proc/PID/stat` prints it.
fn device_number(major: u32, minor: u32) -> i32 {
    ((minor & 0xff) | major << 8 | (minor & !0xff) << 12).cast_signed()
}
