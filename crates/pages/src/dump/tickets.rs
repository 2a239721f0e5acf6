// SPDX-License-Identifier: GPL-2.0-only
//! Handing out the work in pieces, in the order of the file.

use std::sync::Mutex;

use crate::page;
use crate::pool;
use crate::range::Run;

/// Runs a ticket: one `process_vm_readv` takes no more.
const RUNS: usize = 1024;

/// The runs not yet handed out.
#[derive(Debug)]
pub(super) struct Tickets {
    runs: Vec<Run>,
    next: Mutex<Next>,
}

#[derive(Debug, Default)]
struct Next {
    run: usize,
    /// Pages of that run already handed out.
    page: u64,
    ticket: u64,
}

impl Tickets {
    pub(super) fn new(runs: Vec<Run>) -> Self {
        Self {
            runs,
            next: Mutex::default(),
        }
    }

    /// Replaces `into` with the runs of the next ticket and returns its number; `None` when all are out.
    pub(super) fn take(&self, into: &mut Vec<Run>) -> Option<u64> {
        let most = (pool::SIZE / page::size()) as u64;
        let mut next = self.next.lock().expect("no panic while tickets are handed out");
        into.clear();
        let mut pages = 0;
        while pages < most && into.len() < RUNS {
            let Some(run) = self.runs.get(next.run) else { break };
            let count = (run.pages - next.page).min(most - pages);
            into.push(Run {
                start: run.start + next.page * page::size64(),
                pages: count,
                ..*run
            });
            pages += count;
            next.page += count;
            if next.page == run.pages {
                next.run += 1;
                next.page = 0;
            }
        }
        if into.is_empty() {
            return None;
        }
        next.ticket += 1;
        Some(next.ticket - 1)
    }

    /// Tickets handed out, and whether that was all.
    pub(super) fn issued(&self) -> (u64, bool) {
        let next = self.next.lock().expect("no panic while tickets are handed out");
        (next.ticket, next.run == self.runs.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_once_in_order() {
        let p = page::size64();
        let most = (pool::SIZE / page::size()) as u64;
        let runs: Vec<_> = (0..3000)
            .map(|i| Run {
                start: i << 30,
                pages: 1 + (i % 7) * (i % 11) * 9,
                keep_zero: i % 2 == 0,
                mapped_elsewhere: false,
            })
            .collect();
        let tickets = Tickets::new(runs.clone());
        let mut seen: Vec<Run> = Vec::new();
        let mut ticket = Vec::new();
        let mut number = 0;
        while let Some(taken) = tickets.take(&mut ticket) {
            assert_eq!(taken, number);
            number += 1;
            assert!(ticket.len() <= RUNS && ticket.iter().map(|run| run.pages).sum::<u64>() <= most);
            for run in &ticket {
                match seen.last_mut() {
                    Some(last) if last.start + last.pages * p == run.start => last.pages += run.pages,
                    _ => seen.push(*run),
                }
            }
        }
        assert_eq!(seen, runs);
        assert_eq!(tickets.issued(), (number, true));
    }
}
