// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/stat` and `/proc/PID/task/TID/stat` (`do_task_stat` in `fs/proc/array.c`; `proc_pid_stat(5)`).

use crate::dev::Dev;
use crate::error::Result;
use crate::scan::Line;
use memchr::{memchr, memrchr};

const TEXT: &str = "/proc/PID/stat";

/// The state of a task (`task_state_array` in `fs/proc/array.c`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// `R`.
    Running,
    /// `S`: interruptible sleep.
    Sleeping,
    /// `D`: uninterruptible sleep.
    DiskSleep,
    /// `T`: job control stop.
    Stopped,
    /// `t`: stopped for a tracer.
    Tracing,
    /// `X`: being reaped.
    Dead,
    /// `Z`: exited, to be waited for.
    Zombie,
    /// `P`: parked kernel thread.
    Parked,
    /// `I`: idle kernel thread.
    Idle,
    /// Another letter: older kernels had `x`, `K` and `W`.
    Other(u8),
}

impl State {
    pub(super) fn of(letter: u8) -> Self {
        match letter {
            b'R' => State::Running,
            b'S' => State::Sleeping,
            b'D' => State::DiskSleep,
            b'T' => State::Stopped,
            b't' => State::Tracing,
            b'X' => State::Dead,
            b'Z' => State::Zombie,
            b'P' => State::Parked,
            b'I' => State::Idle,
            other => State::Other(other),
        }
    }

    /// Whether the task has ended: no memory, no descriptors, only an exit code.
    pub fn is_dead(self) -> bool {
        matches!(self, State::Zombie | State::Dead | State::Other(b'x'))
    }
}

/// What `stat` says of a task, without its usage counters and what `status` says better.
///
/// Addresses are those of `mm_struct`. They are all 0 without an address space (zombies, kernel threads), and
/// those after `start_code` also for a reader without `PTRACE_MODE_READ`, who sees a 1 in `start_code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat<'a> {
    /// The pid, or the tid of a thread's own file.
    pub pid: i32,
    /// The name, not escaped: any bytes but NUL.
    pub comm: &'a [u8],
    /// The state.
    pub state: State,
    /// The parent process; 0 when it is outside the reader's PID namespace.
    pub ppid: i32,
    /// The process group; -1 when the task is being reaped.
    pub pgrp: i32,
    /// The session; -1 when the task is being reaped.
    pub session: i32,
    /// The controlling terminal, or 0:0.
    pub tty: Dev,
    /// The foreground process group of the terminal, or -1.
    pub tpgid: i32,
    /// `PF_*` of `include/linux/sched.h`; the bits differ between versions, except `PF_KTHREAD`, 0x200000.
    pub flags: u32,
    /// `NICE`, -20 to 19.
    pub nice: i32,
    /// Threads of the process; 0 when it is being reaped.
    pub num_threads: u32,
    /// Start, in clock ticks (`sysconf(_SC_CLK_TCK)`) since boot, by the reader's time namespace.
    pub starttime: u64,
    /// Resident pages.
    pub rss: u64,
    /// First address of the executable's code.
    pub start_code: u64,
    /// End of the executable's code.
    pub end_code: u64,
    /// Where the stack pointer was at exec.
    pub start_stack: u64,
    /// The signal the parent gets at exit; -1 for a thread that leads no group.
    pub exit_signal: i32,
    /// The CPU it last ran on.
    pub processor: i32,
    /// Realtime priority, 1 to 99; 0 in other policies.
    pub rt_priority: u32,
    /// `SCHED_*` of `include/uapi/linux/sched.h`.
    pub policy: u32,
    /// First address of initialized data (3.3).
    pub start_data: u64,
    /// End of initialized data (3.3).
    pub end_data: u64,
    /// Where the program break began (3.3). Where it is now is not printed.
    pub start_brk: u64,
    /// First address of the arguments (3.5).
    pub arg_start: u64,
    /// End of the arguments (3.5).
    pub arg_end: u64,
    /// First address of the environment (3.5).
    pub env_start: u64,
    /// End of the environment (3.5).
    pub env_end: u64,
    /// Of a zombie its wait status; of a stopped process (in its own file, not a thread's) the stop signal
    /// (3.5).
    pub exit_code: i32,
}

/// Reads the one line, which may hold newlines within the name.
///
/// # Errors
/// A missing field; every kernel since 3.5 has them all.
pub fn parse(text: &[u8]) -> Result<Stat<'_>> {
    let mut line = Line::whole(TEXT, text);
    let pid = line.dec("the pid")?;
    line.blanks();
    // The name may hold parentheses, what follows it cannot.
    let (Some(open), Some(close)) = (memchr(b'(', line.rest()), memrchr(b')', line.rest())) else {
        return Err(line.error("the name in parentheses"));
    };
    if open != 0 || close == 0 {
        return Err(line.error("the name in parentheses"));
    }
    let comm = &line.rest()[1..close];
    let mut line = Line::at(TEXT, 1, &line.rest()[close + 1..]);
    let &[letter] = line.word() else {
        return Err(line.error("a letter for the state"));
    };

    let ppid = line.signed("ppid")?;
    let pgrp = line.signed("pgrp")?;
    let session = line.signed("session")?;
    let tty: i32 = line.signed("tty_nr")?;
    let tpgid = line.signed("tpgid")?;
    let flags = line.dec("flags")?;
    skip(&mut line, 9); // page faults, times, priority
    let nice = line.signed("nice")?;
    let num_threads = line.dec("num_threads")?;
    skip(&mut line, 1); // itrealvalue, 0 since 2.6.17
    let starttime = line.dec("starttime")?;
    skip(&mut line, 1); // vsize
    let rss = line.dec("rss")?;
    skip(&mut line, 1); // rsslim
    let start_code = line.dec("startcode")?;
    let end_code = line.dec("endcode")?;
    let start_stack = line.dec("startstack")?;
    skip(&mut line, 9); // registers, the lower 31 signals, wchan, swap
    let exit_signal = line.signed("exit_signal")?;
    let processor = line.signed("processor")?;
    let rt_priority = line.dec("rt_priority")?;
    let policy = line.dec("policy")?;
    skip(&mut line, 3); // block delays, guest times
    Ok(Stat {
        pid,
        comm,
        state: State::of(letter),
        ppid,
        pgrp,
        session,
        tty: Dev::from_user(tty as u32),
        tpgid,
        flags,
        nice,
        num_threads,
        starttime,
        rss,
        start_code,
        end_code,
        start_stack,
        exit_signal,
        processor,
        rt_priority,
        policy,
        start_data: line.dec("start_data")?,
        end_data: line.dec("end_data")?,
        start_brk: line.dec("start_brk")?,
        arg_start: line.dec("arg_start")?,
        arg_end: line.dec("arg_end")?,
        env_start: line.dec("env_start")?,
        env_end: line.dec("env_end")?,
        exit_code: line.signed("exit_code")?,
    })
}

fn skip(line: &mut Line<'_>, fields: usize) {
    for _ in 0..fields {
        line.word();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &str = "S 11 -12 13 34816 -1 4194304 101 0 0 0 5 6 0 0 20 -5 3 0 107225 3133440 390 \
        18446744073709551615 94667862212608 94667862232489 140730413995792 0 0 0 0 0 0 0 0 0 17 1 99 2 0 0 0 \
        94667862248496 94667862250112 94668927086592 140730413996739 140730413996759 140730413996760 \
        140730413998059 256\n";

    #[test]
    fn fields_are_where_they_belong() {
        let text = format!("4242 (sh) {FIELDS}");
        let stat = parse(text.as_bytes()).unwrap();
        assert_eq!(
            (stat.pid, stat.comm, stat.state),
            (4242, &b"sh"[..], State::Sleeping)
        );
        assert_eq!(
            (stat.ppid, stat.pgrp, stat.session, stat.tpgid),
            (11, -12, 13, -1)
        );
        assert_eq!(stat.tty, Dev { major: 136, minor: 0 });
        assert_eq!((stat.flags, stat.nice, stat.num_threads), (4194304, -5, 3));
        assert_eq!((stat.starttime, stat.rss), (107225, 390));
        assert_eq!((stat.start_code, stat.end_code), (94667862212608, 94667862232489));
        assert_eq!(
            (stat.start_stack, stat.start_brk),
            (140730413995792, 94668927086592)
        );
        assert_eq!(
            (stat.exit_signal, stat.processor, stat.rt_priority, stat.policy),
            (17, 1, 99, 2)
        );
        assert_eq!((stat.start_data, stat.end_data), (94667862248496, 94667862250112));
        assert_eq!((stat.arg_start, stat.arg_end), (140730413996739, 140730413996759));
        assert_eq!((stat.env_start, stat.env_end), (140730413996760, 140730413998059));
        assert_eq!(stat.exit_code, 256);
    }

    #[test]
    fn any_name_is_read_whole() {
        for name in ["", ") R 1 2 (", "a b\nc", "((((", "))))", ") ", "\u{fc}"] {
            let text = format!("1 ({name}) {FIELDS}");
            let stat = parse(text.as_bytes()).unwrap();
            assert_eq!((stat.comm, stat.ppid), (name.as_bytes(), 11), "{name:?}");
        }
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        let text = format!("1 (sh) {FIELDS}");
        let short = text.trim_end().rsplit_once(' ').unwrap().0;
        assert_eq!(parse(short.as_bytes()).unwrap_err().expected, "exit_code");
        for text in [
            "",
            "1",
            "1 ",
            "1 (",
            "1 )(",
            "1 ()",
            "1 (sh)",
            "1 (sh) ",
            "x (sh) S",
            "1 (sh) SS 1",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
