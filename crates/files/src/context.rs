// SPDX-License-Identifier: GPL-2.0-only
use crate::describe::pipes::Pipes;
use crate::describe::terminals::Terminals;
use crate::error::{FilesError, Result};
use crate::index::Index;
use crate::kernel::linkable::Linkable;
use crate::objects::Objects;
use crate::refusals::{Reason, Refusals};
use crate::room::Room;
use crate::socket::Sockets;
use crate::subject::Options;
use crate::table::OpenFd;
use rustix::fs::{Mode, OFlags, open};
use stasis_wire::facts::Description;
use std::collections::{HashMap, VecDeque};
use std::os::fd::OwnedFd;

/// What a survey knows while it looks at one description after the other.
pub(crate) struct Context<'a> {
    pub(crate) index: Index,
    /// Grows in the order of their numbers.
    pub(crate) descriptions: Vec<Description>,
    pub(crate) refusals: Refusals,
    pub(crate) objects: &'a mut Objects,
    pub(crate) options: Options,
    /// `/proc/self/fd`: what our duplicates lead to.
    pub(crate) links: OwnedFd,
    pub(crate) pipes: Pipes,
    pub(crate) terminals: Terminals,
    pub(crate) sockets: Sockets,
    /// Epolls with their fdinfo: whom they watch is looked up when all descriptions are known.
    pub(crate) epolls: Vec<(u32, Box<[u8]>)>,
    /// Found in queues, not described yet.
    pub(crate) in_flight: VecDeque<(u32, OpenFd, OwnedFd)>,
    /// The task and socket in whose queue a description was found: number → (pid, fd).
    pub(crate) carriers: HashMap<u32, (i32, i32)>,
    /// The same, described: they stand for their descriptions in further comparisons.
    pub(crate) kept: Vec<(u32, OwnedFd)>,
    /// `st_dev` of the kernel's internal tmpfs.
    pub(crate) shmem_dev: Option<u64>,
    /// Opened when the first file is met that never had a name; `None` within where it cannot be.
    pub(crate) linkable: Option<Option<Linkable>>,
    /// For unread bytes.
    pub(crate) room: Room,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        index: Index,
        refusals: Refusals,
        objects: &'a mut Objects,
        options: Options,
    ) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let links = open("/proc/self/fd", flags, Mode::empty())
            .map_err(|e| FilesError::io("look at own descriptors", 0, "open", e))?;
        Ok(Self {
            descriptions: Vec::with_capacity(index.len()),
            index,
            refusals,
            objects,
            options,
            links,
            pipes: Pipes::default(),
            terminals: Terminals::default(),
            sockets: Sockets::default(),
            epolls: Vec::new(),
            in_flight: VecDeque::new(),
            carriers: HashMap::new(),
            kept: Vec::new(),
            shmem_dev: None,
            linkable: None,
            room: Room::new(),
        })
    }

    /// Where a description was met, as the user finds it again.
    pub(crate) fn object(&self, number: u32) -> (i32, String) {
        match self.carriers.get(&number) {
            Some(&(pid, fd)) => (pid, format!("descriptor in flight in the queue of fd {fd}")),
            None => {
                let (pid, fd) = self.index.place(number);
                (pid, format!("fd {fd}"))
            }
        }
    }

    pub(crate) fn refuse(&mut self, number: u32, reason: Reason) {
        let (pid, object) = self.object(number);
        self.refusals.add(pid, object, reason);
    }

    /// A place holder for a description that is gone.
    pub(crate) fn skip(&mut self, number: u32, open: &OpenFd) {
        self.descriptions.push(Description {
            id: number + 1,
            pid: open.pid,
            fd: open.fd,
            ..Description::default()
        });
    }
}
