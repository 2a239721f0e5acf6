// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/syscall` (`proc_pid_syscall` in `fs/proc/base.c`).

use crate::error::Result;
use crate::scan::Line;

const TEXT: &str = "/proc/PID/syscall";

/// Where a task is in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syscall {
    /// It runs: nothing can be said.
    Running,
    /// It sleeps outside a system call (in a page fault, or as a zombie).
    Outside {
        /// Stack pointer of user space.
        stack: u64,
        /// Instruction pointer of user space.
        instruction: u64,
    },
    /// It sleeps in a system call.
    Inside {
        /// Number of the call, by the architecture's table.
        number: u32,
        /// The argument registers.
        arguments: [u64; 6],
        /// Stack pointer of user space.
        stack: u64,
        /// Instruction pointer of user space, after the call instruction.
        instruction: u64,
    },
}

/// Reads the one line.
///
/// # Errors
/// A line in none of the three forms.
pub fn parse(text: &[u8]) -> Result<Syscall> {
    let mut line = Line::whole(TEXT, text);
    if line.rest() == b"running" {
        return Ok(Syscall::Running);
    }
    let number: i64 = line.signed("the number of a system call, or 'running'")?;
    let mut next = || -> Result<u64> {
        line.blanks();
        line.need(b"0x", "a register, 0x and hexadecimal")?;
        line.hex("a register, 0x and hexadecimal")
    };
    let Ok(number) = u32::try_from(number) else {
        return Ok(Syscall::Outside {
            stack: next()?,
            instruction: next()?,
        });
    };
    let arguments = [next()?, next()?, next()?, next()?, next()?, next()?];
    Ok(Syscall::Inside {
        number,
        arguments,
        stack: next()?,
        instruction: next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms() {
        assert_eq!(parse(b"running\n"), Ok(Syscall::Running));
        assert_eq!(
            parse(b"-1 0x7ffd 0x40\n"),
            Ok(Syscall::Outside {
                stack: 0x7ffd,
                instruction: 0x40
            })
        );
        let inside = Syscall::Inside {
            number: 35,
            arguments: [1, 2, 3, 4, 5, 6],
            stack: 7,
            instruction: 8,
        };
        assert_eq!(parse(b"35 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n"), Ok(inside));
        assert!(parse(b"35 0x1 0x2\n").is_err());
        assert!(parse(b"").is_err());
    }
}
