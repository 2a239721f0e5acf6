// SPDX-License-Identifier: GPL-2.0-only
//! Both ends of each pseudo-terminal together, when all descriptions are known.

use super::terminals::Pair;
use super::tty_queue::{Queue, QueueReader};
use crate::context::Context;
use crate::refusals::Reason;
use stasis_wire::facts::Tty;
use stasis_wire::facts::description::Kind;
use std::os::fd::AsFd;
use std::time::Duration;

/// `ICANON` in the local modes, the fourth word of the settings.
const CANONICAL: u8 = 2;
/// Looks, one each millisecond, at bytes that a worker of the kernel may be about to carry over.
const LOOKS: u32 = 1000;
/// What a line discipline takes at most before somebody reads (`n_tty_receive_buf_common`, drivers/tty/n_tty.c).
const FULL: usize = 4095;

/// Gives the slaves what only their master shows, and the master what neither has read.
pub(crate) fn resolve(context: &mut Context<'_>) {
    let mut pairs: Vec<_> = std::mem::take(&mut context.terminals.pairs).into_iter().collect();
    pairs.sort_unstable_by_key(|(key, _)| *key);
    let mut reader = None;
    for (_, pair) in pairs {
        let Some(&master) = pair.masters.first() else {
            continue;
        };
        let Some(Kind::Tty(mut tty)) = context.descriptions[master as usize].kind.take() else {
            continue;
        };
        for &slave in &pair.slaves {
            if let Some(Kind::Tty(of_slave)) = &mut context.descriptions[slave as usize].kind {
                of_slave.master_in_tree = true;
                (of_slave.session, of_slave.foreground) = (tty.session, tty.foreground);
                (of_slave.locked, of_slave.packet) = (tty.locked, tty.packet);
            }
        }
        if context.options.contents && may_hold_data(&pair, &tty) {
            let reader = reader.get_or_insert_with(|| QueueReader::open().map_err(|error| error.to_string()));
            let seen = reader
                .as_ref()
                .map_err(String::clone)
                .and_then(|reader| unread(reader, &pair, &mut tty));
            if let Err(why) = seen {
                refuse(context, master, &pair, &why);
            }
        }
        context.descriptions[master as usize].kind = Some(Kind::Tty(tty));
    }
}

/// What system calls count does not include an unfinished line, nor anything when the slave is not open.
fn may_hold_data(pair: &Pair, tty: &Tty) -> bool {
    let canonical = tty.termios.get(12).is_some_and(|modes| modes & CANONICAL != 0);
    pair.output > 0 || pair.input > 0 || pair.slaves.is_empty() || canonical
}

/// Puts the unread data of a pair into the facts of its master.
fn unread(reader: &QueueReader, pair: &Pair, tty: &mut Tty) -> Result<(), String> {
    let Some(master) = &pair.master else { return Ok(()) };
    // No input or local mode that would change a byte on its way.
    let plain = [0, 12]
        .iter()
        .all(|&at| tty.termios.get(at..at + 4) == Some(&[0; 4]));
    let mut looks = 0;
    let (output, input): (Queue, Queue) = loop {
        let (output, input) = reader
            .pair(master.as_fd(), tty.index)
            .map_err(|error| error.to_string())?;
        // What a full line discipline has not taken yet it takes when there is room again, here or there, by the line's settings.
        if input.raw.is_empty() || plain || input.bytes.len() == FULL {
            break (output, input);
        }
        // That the worker has not come round yet is a matter of a moment, of a longer one on a busy machine.
        looks += 1;
        if looks == LOOKS {
            return Err("more was typed ahead than the terminal takes".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    tty.output = [output.bytes, output.raw].concat();
    tty.input = [input.bytes, input.raw].concat();
    tty.input_ends = input.ends;
    Ok(())
}

fn refuse(context: &mut Context<'_>, master: u32, pair: &Pair, why: &str) {
    let mut unread = |number: u32, bytes: i32, end: &str| {
        let cause =
            format!("{bytes} bytes wait for the {end} and cannot be looked at without taking them: {why}");
        let hint = "try again when they have been read, or with CAP_BPF and CAP_PERFMON, on a kernel with CONFIG_BPF_EVENTS";
        context.refuse(
            number,
            Reason::new("pseudo-terminal with unread data", cause, hint),
        );
    };
    if pair.output > 0 {
        unread(master, pair.output, "master");
    }
    if let (Some(&slave), 1..) = (pair.slaves.first(), pair.input) {
        unread(slave, pair.input, "slave");
    }
}
