// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/limits` (`proc_pid_limits` in `fs/proc/base.c`; 2.6.24).

use crate::error::Result;
use crate::scan::Lines;

const TEXT: &str = "/proc/PID/limits";

/// How many resources there are (`RLIM_NLIMITS`, since 2.6.25).
pub const COUNT: usize = 16;

/// `RLIM_INFINITY` of 64-bit kernels: `unlimited`.
pub const INFINITY: u64 = u64::MAX;

/// The names the kernel prints, by `RLIMIT_*` of `include/uapi/asm-generic/resource.h`.
const NAMES: [&[u8]; COUNT] = [
    b"Max cpu time",
    b"Max file size",
    b"Max data size",
    b"Max stack size",
    b"Max core file size",
    b"Max resident set",
    b"Max processes",
    b"Max open files",
    b"Max locked memory",
    b"Max address space",
    b"Max file locks",
    b"Max pending signals",
    b"Max msgqueue size",
    b"Max nice priority",
    b"Max realtime priority",
    b"Max realtime timeout",
];

/// One limit, in the unit of `getrlimit(2)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rlimit {
    /// The limit in force; [`INFINITY`] when there is none.
    pub soft: u64,
    /// How far it may be raised; [`INFINITY`] when there is no end.
    pub hard: u64,
}

/// The limits, indexed by `RLIMIT_*` as x86_64 and arm64 number them.
///
/// A zombie that has been reaped meanwhile prints nothing, which is an error here.
///
/// # Errors
/// A name this parser does not know (a limit would be lost), a missing one, or a number that is none.
pub fn parse(text: &[u8]) -> Result<[Rlimit; COUNT]> {
    let mut limits = [None; COUNT];
    let mut lines = Lines::new(TEXT, text);
    for mut line in lines.by_ref() {
        if line.rest().starts_with(b"Limit ") {
            continue;
        }
        let known = NAMES.iter().position(|name| {
            line.rest()
                .strip_prefix(*name)
                .is_some_and(|rest| rest.starts_with(b" "))
        });
        let Some(resource) = known else {
            return Err(line.error("the name of a limit"));
        };
        line.need(NAMES[resource], "the name of a limit")?;
        let mut value = || -> Result<u64> {
            line.blanks();
            if line.skip(b"unlimited") {
                Ok(INFINITY)
            } else {
                line.dec("a limit, or 'unlimited'")
            }
        };
        limits[resource] = Some(Rlimit {
            soft: value()?,
            hard: value()?,
        });
    }
    if limits.contains(&None) {
        return Err(lines.missing("all sixteen limits"));
    }
    Ok(limits.map(Option::unwrap_or_default))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        let mut text = format!(
            "{:<25} {:<20} {:<20} Units     \n",
            "Limit", "Soft Limit", "Hard Limit"
        );
        for (i, name) in NAMES.iter().enumerate() {
            let name = std::str::from_utf8(name).unwrap();
            text += &format!("{name:<25} {i:<20} {:<20} \n", "unlimited");
        }
        text
    }

    #[test]
    fn every_limit_by_its_number() {
        let limits = parse(text().as_bytes()).unwrap();
        for (i, limit) in limits.iter().enumerate() {
            assert_eq!(
                *limit,
                Rlimit {
                    soft: i as u64,
                    hard: INFINITY
                }
            );
        }
    }

    #[test]
    fn an_unknown_or_missing_limit_is_an_error() {
        let error = parse(text().replace("file locks", "sealed love").as_bytes()).unwrap_err();
        assert_eq!((error.line, error.expected), (12, "the name of a limit"));
        assert_eq!(parse(b"").unwrap_err().expected, "all sixteen limits");
        assert_eq!(
            parse(b"Max cpu time  \n").unwrap_err().expected,
            "a limit, or 'unlimited'"
        );
    }
}
