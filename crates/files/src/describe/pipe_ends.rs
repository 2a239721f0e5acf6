// SPDX-License-Identifier: GPL-2.0-only
//! Who holds the other end of a pipe, when all descriptions are known.

use crate::context::Context;
use crate::refusals::Reason;
use stasis_wire::facts::description::Kind;

pub(crate) fn resolve(context: &mut Context<'_>) {
    for pipe in context.pipes.take() {
        let (any_reader, any_writer) = (pipe.readers.first().copied(), pipe.writers.first().copied());
        match (any_reader, any_writer) {
            // A FIFO is a meeting place: who is outside comes back by its path, and what nobody has open is ours.
            (None, Some(writer)) if !pipe.anonymous && pipe.unread > 0 && !pipe.no_reader => context.refuse(
                writer,
                Reason::new(
                    "FIFO with unread data",
                    format!(
                        "{} bytes are in it, and no task of the tree has it open for reading",
                        pipe.unread
                    ),
                    "let its reader take the data first",
                ),
            ),
            (Some(reader), None) if pipe.anonymous && !pipe.no_writer => {
                mark_outside(context, &pipe.readers, false);
                context.refuse(reader, outside("writing"));
            }
            (None, Some(writer)) if pipe.anonymous && !pipe.no_reader => {
                mark_outside(context, &pipe.writers, true);
                context.refuse(writer, outside("reading"));
            }
            _ => {}
        }
    }
}

fn outside(end: &str) -> Reason {
    Reason::new(
        "pipe to outside the tree",
        format!("its {end} end is held by a process that is not dumped with it"),
        "dump a common ancestor, or start the program without the pipe: with a file or a terminal instead, or with that descriptor closed",
    )
}

fn mark_outside(context: &mut Context<'_>, numbers: &[u32], reader: bool) {
    for &number in numbers {
        if let Some(Kind::Pipe(facts) | Kind::Fifo(facts)) = &mut context.descriptions[number as usize].kind {
            if reader {
                facts.reader_outside = true;
            } else {
                facts.writer_outside = true;
            }
        }
    }
}
