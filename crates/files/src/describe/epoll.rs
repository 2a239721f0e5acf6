// SPDX-License-Identifier: GPL-2.0-only
//! Which descriptions an epoll watches (`fs/eventpoll.c`). The number it was given may by now be another
//! file's; kcmp(2) finds the one it holds.

use crate::context::Context;
use crate::error::Result;
use crate::refusals::Reason;
use stasis_kernel_text::fdinfo::{self, FdKind};
use stasis_wire::facts::description::Kind;
use std::collections::HashMap;

/// Fills in the targets of the epoll with this number, when all descriptions are known.
pub(crate) fn resolve(context: &mut Context<'_>, number: u32, text: &[u8]) -> Result<()> {
    let Ok(FdKind::Epoll(targets)) = fdinfo::parse(text).map(|info| info.kind) else {
        return Ok(());
    };
    let place = context.index.place(number);
    let mut nth: HashMap<i32, u32> = HashMap::new();
    for (position, target) in targets.iter().enumerate() {
        let order = nth.entry(target.tfd).or_insert(0);
        let ino = target.ino.unwrap_or(0);
        let found = match context.index.find_epoll_target(place, target.tfd, *order, ino) {
            Ok(found) => found,
            Err(error) if error.is_gone() => None,
            Err(error) => return Err(error),
        };
        *order += 1;
        match found {
            Some(known) => {
                if let Some(Kind::Epoll(epoll)) = &mut context.descriptions[number as usize].kind {
                    epoll.targets[position].description = known + 1;
                }
            }
            None => context.refuse(
                number,
                Reason::new(
                    "epoll of a foreign file",
                    format!(
                        "it watches what was its descriptor {}, which no task of the tree holds",
                        target.tfd
                    ),
                    "dump the task that holds it too",
                ),
            ),
        }
    }
    Ok(())
}
