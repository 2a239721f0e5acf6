// SPDX-License-Identifier: GPL-2.0-only
use super::context::{parsed, read};
use crate::sys;
use stasis_kernel_text::task::status;
use stasis_task::{Result, TaskError, Thread as Stopped};
use stasis_wire::facts::{Credentials, Thread};

/// One thread as seen from outside; registers and mask are added when they are captured.
pub(crate) fn outside(thread: &Stopped) -> Result<Thread> {
    let (pid, tid) = (thread.pid, thread.tid);
    let text = read(pid, &format!("task/{tid}/status"))?;
    let status = parsed(pid, status::parse(&text))?;
    let seccomp = status.seccomp.unwrap_or(0);
    let failed = |call: &'static str| {
        move |error: std::io::Error| TaskError::io("read the scheduling", call, pid, tid, &error)
    };
    let sched = sys::sched_attr(tid).map_err(failed("sched_getattr"))?;
    let (robust_list, robust_list_len) = sys::robust_list(tid).map_err(failed("get_robust_list"))?;
    let slack = std::fs::read_to_string(format!("/proc/{tid}/timerslack_ns")).unwrap_or_default();
    Ok(Thread {
        tid,
        comm: String::from_utf8_lossy(&status.name).into_owned(),
        credentials: Some(credentials(&status)),
        pending: thread.pending_signals(false)?,
        policy: sched.policy.cast_signed(),
        nice: sched.nice,
        rt_priority: sched.priority,
        sched_flags: sched.flags,
        sched_runtime: sched.runtime,
        sched_deadline: sched.deadline,
        sched_period: sched.period,
        affinity: sys::affinity(tid).map_err(failed("sched_getaffinity"))?,
        robust_list,
        robust_list_len,
        seccomp_mode: seccomp,
        // 50 µs is what every task starts with (init_task).
        timer_slack: slack.trim().parse().unwrap_or(50_000),
        io_priority: sys::io_priority(tid).unwrap_or(0),
        ..Thread::default()
    })
}

fn credentials(status: &status::Status) -> Credentials {
    Credentials {
        uid: status.uid.real,
        euid: status.uid.effective,
        suid: status.uid.saved,
        fsuid: status.uid.fs,
        gid: status.gid.real,
        egid: status.gid.effective,
        sgid: status.gid.saved,
        fsgid: status.gid.fs,
        groups: status.groups.clone(),
        cap_inheritable: status.caps.inheritable,
        cap_permitted: status.caps.permitted,
        cap_effective: status.caps.effective,
        cap_bounding: status.caps.bounding,
        cap_ambient: status.caps.ambient,
        securebits: 0,
        no_new_privs: status.no_new_privs.unwrap_or(false),
    }
}
