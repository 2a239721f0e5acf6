// SPDX-License-Identifier: GPL-2.0-only
use crate::error::Failure;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What moves bytes in one direction, and what is known when all are moved.
pub(crate) trait Flow: Send + Sync + 'static {
    type End;
    fn done(&self) -> u64;
    /// Returns when there is nothing left to begin.
    fn pump(&self) -> stasis_pages::Result<()>;
    fn cancel(&self);
    fn failure(&self, error: stasis_pages::Error) -> Failure {
        error.into()
    }
    /// Called once, when every pump has returned.
    fn end(&self) -> stasis_pages::Result<Self::End>;
}

type Opened<E> = Result<Arc<dyn Flow<End = E>>, Failure>;
type Open<E> = Box<dyn FnOnce() -> Opened<E> + Send>;

/// A flow from its opening to its end in as few calls as there are pumps: a tree of many small tasks has as many pipes,
/// and each call of JavaScript that has to be waited for costs as much as the pages of such a task.
pub(super) struct Pipe<E> {
    open: Mutex<Option<Open<E>>>,
    /// Let go of when it has ended: it holds descriptors, and there may be more pipes than descriptors are to be had.
    flow: Mutex<Option<Opened<E>>>,
    /// Bytes it had moved then.
    moved: AtomicU64,
    /// Pumps that have begun a list with this pipe at its head.
    begun: AtomicUsize,
    claimed: AtomicBool,
    pumps: AtomicUsize,
    ended: AtomicBool,
    cancelled: AtomicBool,
}

impl<E: 'static> Pipe<E> {
    pub(super) fn new<F: Flow<End = E>>(open: impl FnOnce() -> Result<F, Failure> + Send + 'static) -> Self {
        Self {
            open: Mutex::new(Some(Box::new(move || Ok(Arc::new(open()?))))),
            flow: Mutex::new(None),
            moved: AtomicU64::new(0),
            begun: AtomicUsize::new(0),
            claimed: AtomicBool::new(false),
            pumps: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
        }
    }

    pub(super) fn done(&self) -> u64 {
        match &*self.flow() {
            Some(Ok(flow)) => flow.done(),
            _ => self.moved.load(Ordering::SeqCst),
        }
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Some(Ok(flow)) = &*self.flow() {
            flow.cancel();
        }
    }

    /// Moves the bytes of many pipes. Several threads do that with the same pipes: each takes those that none has begun
    /// yet, as two at one pipe are in each other's way, and in the end helps with what the others are still at.
    pub(super) fn pump_all(pipes: &[Arc<Self>]) -> Result<Vec<Option<E>>, Failure> {
        let nth = pipes
            .first()
            .map_or(0, |pipe| pipe.begun.fetch_add(1, Ordering::SeqCst));
        stasis_parallel::spread(nth);
        let mut ends: Vec<Option<E>> = pipes.iter().map(|_| None).collect();
        for (pipe, end) in pipes.iter().zip(&mut ends) {
            if !pipe.claimed.swap(true, Ordering::SeqCst) {
                *end = pipe.pump()?;
            }
        }
        for (pipe, end) in pipes.iter().zip(&mut ends) {
            if !pipe.ended.load(Ordering::SeqCst) {
                *end = pipe.pump()?;
            }
        }
        Ok(ends)
    }

    /// The end, for the pump that brought it about.
    fn pump(&self) -> Result<Option<E>, Failure> {
        let Some(flow) = self.current() else {
            return self.unless_ended();
        };
        let flow = flow?;
        if self.cancelled.load(Ordering::SeqCst) {
            flow.cancel();
        }
        self.pumps.fetch_add(1, Ordering::SeqCst);
        let pumped = flow.pump();
        // Whoever finds nobody else at work knows that nothing is left: what others took, they have finished.
        let last = self.pumps.fetch_sub(1, Ordering::SeqCst) == 1;
        pumped.map_err(|error| flow.failure(error))?;
        if !last || self.ended.swap(true, Ordering::SeqCst) {
            return Ok(None);
        }
        let end = flow.end().map_err(|error| flow.failure(error))?;
        self.moved.store(flow.done(), Ordering::SeqCst);
        *self.flow() = None;
        Ok(Some(end))
    }

    fn unless_ended(&self) -> Result<Option<E>, Failure> {
        if self.ended.load(Ordering::SeqCst) {
            return Ok(None);
        }
        Err(Failure::new(
            serde_json::json!({ "stage": "open a page pipe", "detail": "it failed before" }),
        ))
    }

    /// The flow, opened by the first that asks; nothing once it has ended. Progress is told and cancelling is possible
    /// while it is being opened.
    fn current(&self) -> Option<Opened<E>> {
        let known = self.flow().clone();
        if known.is_some() {
            return known;
        }
        let mut opening = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = opening.take() {
            let opened = open();
            *self.flow() = Some(opened);
        }
        self.flow().clone()
    }

    fn flow(&self) -> MutexGuard<'_, Option<Opened<E>>> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: 'static> std::fmt::Debug for Pipe<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pipe({} bytes done)", self.done())
    }
}
