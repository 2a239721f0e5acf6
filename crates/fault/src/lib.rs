// SPDX-License-Identifier: GPL-2.0-only
//! Faults: those that tests inject at named steps, and panics, which become errors.
#![forbid(unsafe_code)]

mod caught;

pub use caught::caught;

use std::io::{Error, Result, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// `STEP:KIND`: what is to happen when that step is come to for the first time. `list:FILE`: nothing happens, but the name of each
/// step that is come to is appended to the file, a line each. `src/stages/fault.ts` has the same for the stages.
const VARIABLE: &str = "STASIS_FAULT";
const EIO: i32 = 5;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;

struct Wanted {
    step: String,
    kind: String,
}

fn wanted() -> Option<&'static Wanted> {
    static WANTED: OnceLock<Option<Wanted>> = OnceLock::new();
    let read = || {
        let text = std::env::var(VARIABLE).ok()?;
        let (step, kind) = text.split_once(':')?;
        Some(Wanted {
            step: step.to_owned(),
            kind: kind.to_owned(),
        })
    };
    WANTED.get_or_init(read).as_ref()
}

/// A step of a dump or a restore, at which a test may have something go wrong.
///
/// # Errors
/// The errno that was asked for; never where nobody asks.
pub fn at(step: &str) -> Result<()> {
    wanted().map_or(Ok(()), |wanted| wanted.at(step))
}

/// The same for one of several steps of a kind.
///
/// # Errors
/// As [`at`].
pub fn at_nth(step: &str, nth: usize) -> Result<()> {
    wanted().map_or(Ok(()), |wanted| wanted.at(&format!("{step}-{nth}")))
}

impl Wanted {
    fn at(&self, step: &str) -> Result<()> {
        if self.step == "list" {
            let mut file = std::fs::OpenOptions::new()
                .append(true)
                .create(true)
                .open(&self.kind)?;
            return file.write_all(format!("{step}\n").as_bytes());
        }
        static HAPPENED: AtomicBool = AtomicBool::new(false);
        if self.step != step || HAPPENED.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let errno = match self.kind.as_str() {
            "panic" => panic!("a fault was injected at {step}"),
            "kill" => {
                let _ =
                    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
                loop {
                    std::thread::park();
                }
            }
            "hang" => loop {
                std::thread::park();
            },
            "enomem" => ENOMEM,
            "eacces" => EACCES,
            "emfile" => EMFILE,
            "enospc" => ENOSPC,
            _ => EIO,
        };
        Err(Error::from_raw_os_error(errno))
    }
}
