// SPDX-License-Identifier: GPL-2.0-only
//! What can be told only when every description is known: who is at the other end.

use crate::context::Context;
use crate::describe::epoll;
use crate::error::Result;
use crate::refusals::Reason;
use crate::socket;

pub(crate) fn resolve(context: &mut Context<'_>) -> Result<()> {
    for (number, text) in std::mem::take(&mut context.epolls) {
        epoll::resolve(context, number, &text)?;
    }
    pipes(context);
    terminals(context);
    socket::resolve(context);
    Ok(())
}

fn pipes(context: &mut Context<'_>) {
    for pipe in context.pipes.take() {
        let direct = |n: &u32| context.descriptions[*n as usize].flags & libc::O_DIRECT as u32 != 0;
        if pipe.writers.iter().any(direct) {
            for &number in &pipe.readers {
                if let Some(facts) = context.descriptions[number as usize].pipe.as_mut()
                    && facts.packets.is_empty()
                    && !facts.data.is_empty()
                {
                    facts.packets.push(facts.data.len() as u32);
                }
            }
        }
        let (any_reader, any_writer) = (pipe.readers.first().copied(), pipe.writers.first().copied());
        match (any_reader, any_writer) {
            // A FIFO is a meeting place: who is outside comes back by its path.
            (None, Some(writer)) if !pipe.anonymous && pipe.unread > 0 => context.refuse(
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
        "dump a common ancestor, or start the program with a file or a terminal instead of the pipe",
    )
}

fn mark_outside(context: &mut Context<'_>, numbers: &[u32], reader: bool) {
    for &number in numbers {
        if let Some(facts) = context.descriptions[number as usize].pipe.as_mut() {
            if reader {
                facts.reader_outside = true;
            } else {
                facts.writer_outside = true;
            }
        }
    }
}

fn terminals(context: &mut Context<'_>) {
    let mut pairs: Vec<_> = std::mem::take(&mut context.terminals.pairs).into_iter().collect();
    pairs.sort_unstable_by_key(|(key, _)| *key);
    for (_, pair) in pairs {
        let Some(&master) = pair.masters.first() else {
            continue;
        };
        let of_master = context.descriptions[master as usize]
            .tty
            .clone()
            .unwrap_or_default();
        for &slave in &pair.slaves {
            if let Some(tty) = context.descriptions[slave as usize].tty.as_mut() {
                tty.master_in_tree = true;
                (tty.session, tty.foreground) = (of_master.session, of_master.foreground);
                (tty.locked, tty.packet) = (of_master.locked, of_master.packet);
            }
        }
        let unread = |bytes: i32, end: &str| {
            Reason::new(
                "pseudo-terminal with unread data",
                format!(
                    "{bytes} bytes wait for the {end}, and a terminal's data cannot be looked at without taking it"
                ),
                "try again when it has been read",
            )
        };
        if pair.output > 0 {
            context.refuse(master, unread(pair.output, "master"));
        }
        if let (Some(&slave), 1..) = (pair.slaves.first(), pair.input) {
            context.refuse(slave, unread(pair.input, "slave"));
        }
    }
}
