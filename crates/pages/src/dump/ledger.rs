// SPDX-License-Identifier: GPL-2.0-only
//! Who wrote what where: the file has no gaps, though nobody knows how much of a ticket is zero
//! before it is read. So offsets are claimed in ticket order, and written outside the lock.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::crc::{CHUNK, Piece, chunks, combine};
use crate::error::{Error, Result};
use crate::image::PagemapWriter;
use crate::page;
use crate::range::{Span, push_span};

/// What a ticket turned out to hold.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Address and count of pages to store, ascending.
    pub(super) stored: Vec<(u64, u64)>,
    /// Pages of zeros left out.
    pub(super) zero: u64,
    /// Addresses of guard pages found while reading.
    pub(super) guards: Vec<u64>,
}

#[derive(Debug)]
struct Book {
    next: u64,
    offset: u64,
    map: Option<PagemapWriter>,
    sums: Vec<Option<Vec<Piece>>>,
    zero: u64,
    guards: Vec<Span>,
    failure: Option<Error>,
}

/// The book, and the bell rung when a page of it is turned.
#[derive(Debug)]
pub(super) struct Ledger {
    book: Mutex<Book>,
    turned: Condvar,
}

/// A place in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) offset: u64,
    pub(super) bytes: u64,
    slot: usize,
}

/// Everything known at the end.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) map: Vec<u8>,
    pub(super) entries: u64,
    pub(super) sum: Piece,
    /// Of chunks of [`CHUNK`] bytes.
    pub(super) chunks: Vec<u32>,
    pub(super) zero: u64,
    pub(super) guards: Vec<Span>,
}

impl Ledger {
    pub(super) fn new(pages_id: u32, guards: Vec<Span>) -> Self {
        let map = Some(PagemapWriter::new(pages_id));
        let book = Book {
            next: 0,
            offset: 0,
            map,
            sums: Vec::new(),
            zero: 0,
            guards,
            failure: None,
        };
        Self {
            book: Mutex::new(book),
            turned: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        // A worker's panic must not hide behind a second one: its failure is entered like any other.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its turn, then enters the pages and hands out their place in the file.
    pub(super) fn claim(&self, ticket: u64, outcome: &Outcome) -> Result<Claim> {
        let mut book = self
            .turned
            .wait_while(self.lock(), |book| book.next < ticket && book.failure.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let book = &mut *book;
        if let Some(failure) = &book.failure {
            return Err(failure.clone());
        }
        let mut pages = 0;
        for (address, count) in &outcome.stored {
            pages += count;
            if let Some(map) = &mut book.map {
                map.push(*address, *count);
            }
        }
        for guard in &outcome.guards {
            push_span(&mut book.guards, *guard, guard + page::size64());
        }
        let claim = Claim {
            offset: book.offset,
            bytes: pages * page::size64(),
            slot: book.sums.len(),
        };
        book.offset += claim.bytes;
        book.zero += outcome.zero;
        book.sums.push(None);
        book.next += 1;
        self.turned.notify_all();
        Ok(claim)
    }

    /// The bytes of a claim are in the file. `sums`: cut where chunks end.
    pub(super) fn written(&self, claim: Claim, sums: Vec<Piece>) {
        self.lock().sums[claim.slot] = Some(sums);
    }

    /// Makes every pump stop; the first failure stays. Returns it.
    pub(super) fn fail(&self, error: Error) -> Error {
        let mut book = self.lock();
        let first = book.failure.get_or_insert(error).clone();
        self.turned.notify_all();
        first
    }

    pub(super) fn failure(&self) -> Option<Error> {
        self.lock().failure.clone()
    }

    /// Sums everything up, once; `None` while a ticket is still out or when it was called before.
    pub(super) fn close(&self, issued: u64) -> Option<Closed> {
        let mut book = self.lock();
        if book.sums.len() as u64 != issued || book.failure.is_some() || book.sums.iter().any(Option::is_none)
        {
            return None;
        }
        let sums: Vec<Piece> = book.sums.drain(..).flatten().flatten().collect();
        let (map, entries) = book.map.take()?.finish();
        let mut guards = std::mem::take(&mut book.guards);
        guards.sort_unstable();
        Some(Closed {
            map,
            entries,
            chunks: chunks(&sums, CHUNK).iter().map(|chunk| chunk.crc).collect(),
            sum: combine(sums),
            zero: book.zero,
            guards,
        })
    }
}
