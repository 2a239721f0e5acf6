// SPDX-License-Identifier: GPL-2.0-only
//! Character devices. Only those without a state of their own, and terminals.

use super::{Case, Stop, file, names, tty};
use crate::context::Context;
use rustix::fs::{major, minor};
use stasis_kernel_text::link::Target;
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{CharacterDevice, Description};

pub(super) fn examine(
    context: &mut Context<'_>,
    case: &Case<'_>,
    target: Target<'_>,
    found: &mut Description,
) -> Result<Kind, Stop> {
    let number = (major(case.stat.st_rdev), minor(case.stat.st_rdev));
    if case.path_only() {
        return file::examine(context, case, target, found);
    }
    match number {
        // null, zero, full, random, urandom
        (1, 3 | 5 | 7 | 8 | 9) => {
            file::place(case, target, found)?;
            Ok(Kind::CharacterDevice(CharacterDevice {}))
        }
        (5, 0) => tty::current(case, found),
        (5, 2) => tty::master(context, case),
        (136..=143, index) => tty::slave(context, case, index),
        (major, minor) => Err(names::device(major, minor, case.link).into()),
    }
}
