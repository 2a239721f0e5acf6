// SPDX-License-Identifier: GPL-2.0-only
//! A traced thread from stop to stop.
use crate::ptrace::{self, named};
use crate::stop::{PATIENCE, Stop, next_stop};
use crate::{Result, TaskError, Thread, arch, procfs};
use std::time::{Duration, Instant};

/// A thread that has run for so long since it got a signal has taken it, and does not stop for it.
const GOES_ON: Duration = Duration::from_millis(5);

impl Thread {
    /// Attaches to a thread and interrupts it, without waiting for the stop ([`Self::wait_stopped`] does).
    pub fn seize(pid: i32, tid: i32, kill_on_exit: bool) -> Result<Self> {
        named(
            ptrace::seize(tid, kill_on_exit),
            "attach to a thread",
            "PTRACE_SEIZE",
            pid,
            tid,
        )?;
        let thread = Self {
            pid,
            tid,
            group_stop: 0,
        };
        thread.interrupt()?;
        Ok(thread)
    }

    pub fn resume(&self) -> Result<()> {
        named(
            ptrace::resume(self.tid, 0),
            "resume",
            "PTRACE_CONT",
            self.pid,
            self.tid,
        )
    }

    pub fn interrupt(&self) -> Result<()> {
        named(
            ptrace::interrupt(self.tid),
            "interrupt",
            "PTRACE_INTERRUPT",
            self.pid,
            self.tid,
        )
    }

    /// The first stop, by the interrupt that came with seizing. A system call that our stop made give up is made
    /// restartable here and now, so that the thread goes on as if it had not been stopped, however we end.
    pub(crate) fn wait_first_stop(&mut self, asleep: Duration) -> Result<()> {
        if self.stop_within(asleep)? == Stop::Interrupted {
            arch::settle(self)?;
        }
        Ok(())
    }

    /// Waits until an interrupt arrived, passing signals on that got in first: their handlers'
    /// frames are then built, and the thread stops before the handler's first instruction.
    pub fn wait_stopped(&mut self) -> Result<()> {
        self.wait_stopped_within(PATIENCE)
    }

    /// The same, but not for longer than that in uninterruptible sleep.
    pub(crate) fn wait_stopped_within(&mut self, asleep: Duration) -> Result<()> {
        self.stop_within(asleep).map(drop)
    }

    fn stop_within(&mut self, asleep: Duration) -> Result<Stop> {
        loop {
            match next_stop(self.pid, self.tid, asleep)? {
                stop @ Stop::Interrupted => {
                    self.group_stop = 0;
                    return Ok(stop);
                }
                stop @ Stop::Group(signal) => {
                    self.group_stop = signal;
                    return Ok(stop);
                }
                // Any stop forgets an interrupt that came while it was on its way (ptrace_stop() clears
                // JOBCTL_TRAP_STOP): it is asked for again before the thread goes on, or it would run away.
                Stop::Signal(signal) => {
                    self.interrupt()?;
                    named(
                        ptrace::resume(self.tid, signal),
                        "resume",
                        "PTRACE_CONT",
                        self.pid,
                        self.tid,
                    )?;
                }
                Stop::Syscall | Stop::Event(_) => {
                    self.interrupt()?;
                    self.resume()?;
                }
                end @ (Stop::Exited(_) | Stop::Killed(_)) => return Err(self.ended(end)),
            }
        }
    }

    /// Sends a thread that was resumed, and has stopped all the same, on its way again. Does nothing while it runs.
    ///
    /// An interrupt that came while it was stopped already stops it once more before its first instruction
    /// (`PTRACE_INTERRUPT` in kernel/ptrace.c: so it is for a process that was stopped when it was seized), and a signal
    /// to stop that comes meanwhile stops all of its threads; neither holds a traced thread that is resumed.
    pub(crate) fn carry_on(&self) -> Result<()> {
        let (pid, tid) = (self.pid, self.tid);
        let signal = match named(ptrace::poll_status(tid), "wait for a stop", "waitid", pid, tid)? {
            None => return Ok(()),
            Some(status) => match Stop::from_status(status) {
                // All others being blocked, it is SIGSTOP.
                Stop::Signal(stop) => stop,
                Stop::Interrupted | Stop::Group(_) | Stop::Syscall | Stop::Event(_) => 0,
                end @ (Stop::Exited(_) | Stop::Killed(_)) => return Err(self.ended(end)),
            },
        };
        named(ptrace::resume(tid, signal), "resume", "PTRACE_CONT", pid, tid)
    }

    /// Resumes to the next system call boundary, without waiting for it ([`Self::await_syscall`] does).
    pub(crate) fn resume_to_syscall(&self, signal: i32) -> Result<()> {
        named(
            ptrace::resume_to_syscall(self.tid, signal),
            "resume",
            "PTRACE_SYSCALL",
            self.pid,
            self.tid,
        )
    }

    /// Waits until a thread that was resumed to a system call boundary is there.
    pub(crate) fn await_syscall(&self) -> Result<()> {
        loop {
            let signal = match next_stop(self.pid, self.tid, PATIENCE)? {
                Stop::Syscall => return Ok(()),
                // Only SIGSTOP gets here, all others being blocked: pass it on. The group stop it
                // starts does not hold a traced thread that is resumed, and is taken up again by
                // the kernel on detach.
                Stop::Signal(stop) => stop,
                Stop::Interrupted | Stop::Group(_) | Stop::Event(_) => 0,
                end @ (Stop::Exited(_) | Stop::Killed(_)) => return Err(self.ended(end)),
            };
            self.resume_to_syscall(signal)?;
        }
    }

    /// From here on the thread, which is stopped, runs on when its tracer dies, instead of dying with it.
    pub fn outlive(&self) -> Result<()> {
        match ptrace::clear_exit_kill(self.tid) {
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            result => named(result, "let it live", "PTRACE_SETOPTIONS", self.pid, self.tid),
        }
    }

    /// Lets the thread run on, untraced. A group stop that is in force takes it again.
    pub fn release(&self) -> Result<()> {
        self.let_go().map(drop)
    }

    /// The same; false where it could not be let go any more, as it is being killed. It stays traced then, and when it has
    /// ended a zombie that nobody but its tracer can [`Self::bury`]. (Also of one that has been let go before.)
    pub fn let_go(&self) -> Result<bool> {
        match ptrace::detach(self.tid, 0) {
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(false),
            result => named(result, "detach", "PTRACE_DETACH", self.pid, self.tid).map(|()| true),
        }
    }

    /// Lets a main thread go so that its whole process is stopped, by `signal`, before any of it runs.
    ///
    /// `SIGSTOP` gets through whatever is blocked or ignored; on delivery it is exchanged for the signal that the
    /// parent is to see. Should the kernel not stop for that one (job control signals do nothing in an orphaned
    /// process group), `SIGSTOP` itself does it.
    pub fn release_stopped(&self, signal: i32) -> Result<()> {
        let (pid, tid) = (self.pid, self.tid);
        let send = |signal| named(ptrace::kill(pid, signal), "stop the task", "kill", pid, tid);
        send(libc::SIGSTOP)?;
        self.resume()?;
        loop {
            match next_stop(pid, tid, PATIENCE)? {
                Stop::Signal(libc::SIGSTOP) => break,
                Stop::Signal(other) => named(ptrace::resume(tid, other), "resume", "PTRACE_CONT", pid, tid)?,
                Stop::Interrupted | Stop::Group(_) | Stop::Syscall | Stop::Event(_) => self.resume()?,
                end @ (Stop::Exited(_) | Stop::Killed(_)) => return Err(self.ended(end)),
            }
        }
        named(ptrace::detach(tid, signal), "detach", "PTRACE_DETACH", pid, tid)?;
        let ran = || procfs::run_time(pid, tid);
        let (begun, before) = (Instant::now(), ran());
        while begun.elapsed() < PATIENCE {
            match procfs::stat(pid, tid)?.state {
                'T' => return Ok(()),
                // It may only be waiting for a processor.
                'R' if ran().zip(before).is_some_and(|(now, then)| now < then + GOES_ON) => {}
                _ if begun.elapsed() < 10 * GOES_ON => {}
                _ => break,
            }
            std::thread::sleep(Duration::from_micros(250));
        }
        send(libc::SIGSTOP)
    }

    /// From now on it is killed, with its process, when the tracing thread ends.
    pub fn die_with_tracer(&self) -> Result<()> {
        named(
            ptrace::set_exit_kill(self.tid),
            "doom a thread",
            "PTRACE_SETOPTIONS",
            self.pid,
            self.tid,
        )
    }

    /// Takes note of the end of a thread that was killed. That may take a moment: of a process that is a zombie already, as
    /// far as its main thread tells, others may still be ending.
    pub fn bury(&self) {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            match ptrace::poll_status(self.tid) {
                Ok(Some(status)) if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) => return,
                // Stops of before come first.
                Ok(_) => std::thread::sleep(Duration::from_millis(1)),
                Err(_) => return,
            }
        }
    }

    fn ended(&self, end: Stop) -> TaskError {
        let how = match end {
            Stop::Exited(code) => format!("the thread exited with code {code}"),
            Stop::Killed(signal) => format!("the thread was killed by signal {signal}"),
            _ => String::from("the thread ended"),
        };
        TaskError {
            tid: self.tid,
            errno: libc::ESRCH,
            ..TaskError::because("hold a thread", self.pid, how)
        }
    }
}
