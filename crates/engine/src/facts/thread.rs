// SPDX-License-Identifier: GPL-2.0-only
use super::context::{Proc, parsed};
use super::memory_policy;
use super::namespace;
use crate::sys;
use stasis_kernel_text::task::status;
use stasis_task::{Result, TaskError};
use stasis_wire::facts::{Credentials, Thread};

/// The threads with these ids, all of one process.
pub(crate) fn outside(pid: i32, tids: &[i32]) -> Result<Vec<Thread>> {
    let proc = Proc::threads(pid)?;
    let policies = memory_policy::matters() || !memory_policy::of(proc.folder(), pid).is_empty();
    let leaders = namespace::of_thread(&proc, pid, pid)?;
    let one = |&tid: &i32| {
        let text = proc.record(&format!("{tid}/status"))?;
        let mut fact = fact(pid, tid, &parsed(pid, status::parse(&text))?)?;
        fact.namespaces = namespace::others(&leaders, namespace::of_thread(&proc, pid, tid)?);
        Ok(if policies { with_policy(fact, &proc) } else { fact })
    };
    tids.iter().map(one).collect()
}

/// With its memory policy. `proc`: of threads.
pub(crate) fn with_policy(fact: Thread, proc: &Proc) -> Thread {
    Thread {
        memory_policy: memory_policy::of(proc.folder(), fact.tid),
        ..fact
    }
}

/// One thread as seen from outside. What only its tracer, or itself, can tell is added later: pending signals,
/// registers, mask, timer slack.
pub(crate) fn fact(pid: i32, tid: i32, status: &status::Status) -> Result<Thread> {
    let seccomp = status.seccomp.unwrap_or(0);
    let failed = |call: &'static str| {
        move |error: std::io::Error| TaskError::io("read the scheduling", call, pid, tid, &error)
    };
    let sched = sys::sched_attr(tid).map_err(failed("sched_getattr"))?;
    let nice = match sched.policy.cast_signed() {
        // sched_getattr(2) does not tell it of these, which keep it for the day on which they are scheduled by it again.
        libc::SCHED_FIFO | libc::SCHED_RR | libc::SCHED_DEADLINE => {
            sys::nice(tid).map_err(failed("getpriority"))?
        }
        _ => sched.nice,
    };
    let (robust_list, robust_list_len) = sys::robust_list(tid).map_err(failed("get_robust_list"))?;
    Ok(Thread {
        tid,
        tids: if status.ns_pid.len() > 1 {
            status.ns_pid.clone()
        } else {
            Vec::new()
        },
        comm: String::from_utf8_lossy(&status.name).into_owned(),
        raw_comm: match std::str::from_utf8(&status.name) {
            Ok(_) => Vec::new(),
            Err(_) => status.name.to_vec(),
        },
        credentials: Some(credentials(status)),
        policy: sched.policy.cast_signed(),
        nice,
        rt_priority: sched.priority,
        sched_flags: sched.flags,
        sched_runtime: sched.runtime,
        sched_deadline: sched.deadline,
        sched_period: sched.period,
        affinity: sys::affinity(tid).map_err(failed("sched_getaffinity"))?,
        robust_list,
        robust_list_len,
        seccomp_mode: seccomp,
        pending_set: status.signals.pending,
        io_priority: sys::io_priority(tid).unwrap_or(0),
        ..Thread::default()
    })
}

fn credentials(status: &status::Status) -> Credentials {
    Credentials {
        // /proc/PID/status is by the numbers of whoever opened it.
        user_namespace: 0,
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
