// SPDX-License-Identifier: GPL-2.0-only
//! The unread data of a pseudo-terminal. No system call shows it without taking it, and data taken is lost
//! when the dumper is killed before it has put it back; so it is read from the kernel's memory
//! (`drivers/tty/n_tty.c`, `drivers/tty/tty_buffer.c`).

use crate::btf::{self, Offsets};
use crate::sys::kernel_memory::KernelMemory;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::OnceLock;

/// `N_TTY_BUF_SIZE`: the ring of the line discipline.
const RING: u64 = 4096;
/// More than the buffers in front of it may hold (`TTYB_DEFAULT_MEM_LIMIT`), in bytes and in pieces.
const MOST: usize = 1 << 20;
const MOST_PIECES: usize = 4096;

const WANTED: [(&str, &str); 22] = [
    ("task_struct", "files"),
    ("files_struct", "fdt"),
    ("fdtable", "fd"),
    ("file", "private_data"),
    ("tty_file_private", "tty"),
    ("tty_struct", "index"),
    ("tty_struct", "link"),
    ("tty_struct", "ldisc"),
    ("tty_struct", "disc_data"),
    ("tty_struct", "port"),
    ("tty_ldisc", "ops"),
    ("tty_ldisc_ops", "num"),
    ("n_tty_data", "read_head"),
    ("n_tty_data", "read_tail"),
    ("n_tty_data", "read_flags"),
    ("n_tty_data", "read_buf"),
    ("tty_port", "buf"),
    ("tty_bufhead", "head"),
    ("tty_buffer", "next"),
    ("tty_buffer", "commit"),
    ("tty_buffer", "read"),
    ("tty_buffer", "data"),
];

/// What one end has not read yet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Queue {
    /// Processed by the line discipline.
    pub(super) bytes: Vec<u8>,
    /// Positions in `bytes` at which a canonical read stops: line ends, and marks of an end of file.
    pub(super) ends: Vec<u32>,
    /// Not yet processed, behind `bytes`.
    pub(super) raw: Vec<u8>,
}

/// A way into the kernel's memory, with a map.
pub(super) struct QueueReader {
    memory: KernelMemory,
    offsets: &'static Offsets,
}

/// Reads the kernel's map, which takes some 10 ms, so that a later [`crate::survey`] that meets unread
/// terminals need not.
pub(crate) fn warm_up() {
    // Without it, those terminals are refused when they are met.
    let _ = map();
}

fn map() -> Option<&'static Offsets> {
    static MAP: OnceLock<Option<Offsets>> = OnceLock::new();
    MAP.get_or_init(|| btf::offsets(&std::fs::read("/sys/kernel/btf/vmlinux").ok()?, &WANTED))
        .as_ref()
}

impl QueueReader {
    /// # Errors
    /// No rights, or a kernel without BPF or without its type information.
    pub(super) fn open() -> io::Result<Self> {
        let memory = KernelMemory::open()?;
        let offsets = map().ok_or_else(|| io::Error::other("the kernel has no type information (BTF)"))?;
        Ok(Self { memory, offsets })
    }

    /// The queues of the master behind `fd` and of its slave, open or not.
    ///
    /// # Errors
    /// What is found there is not the pseudo-terminal `index`.
    pub(super) fn pair(&self, fd: BorrowedFd<'_>, index: u32) -> io::Result<(Queue, Queue)> {
        let task = self.memory.own_task()?;
        let table = self.follow(self.follow(task, "task_struct", "files")?, "files_struct", "fdt")?;
        let files = self.follow(table, "fdtable", "fd")?;
        let file = self.memory.word(files + 8 * fd.as_raw_fd() as u64)?;
        let tty = self.follow(
            self.follow(file, "file", "private_data")?,
            "tty_file_private",
            "tty",
        )?;
        if self.int(tty, "tty_struct", "index")? != index {
            return Err(io::Error::other("found another terminal"));
        }
        let slave = self.follow(tty, "tty_struct", "link")?;
        Ok((self.queue(tty)?, self.queue(slave)?))
    }

    fn queue(&self, tty: u64) -> io::Result<Queue> {
        let discipline = self.follow(self.follow(tty, "tty_struct", "ldisc")?, "tty_ldisc", "ops")?;
        if self.int(discipline, "tty_ldisc_ops", "num")? != 0 {
            return Err(io::Error::other("it has a line discipline other than the usual"));
        }
        let data = self.follow(tty, "tty_struct", "disc_data")?;
        let (head, tail) = (
            self.follow(data, "n_tty_data", "read_head")?,
            self.follow(data, "n_tty_data", "read_tail")?,
        );
        let unread = head.wrapping_sub(tail);
        if unread > RING {
            return Err(io::Error::other("its queue does not read as one"));
        }
        let mut queue = Queue {
            raw: self.unprocessed(tty)?,
            ..Queue::default()
        };
        if unread == 0 {
            return Ok(queue);
        }
        let ring = self.at(data, "n_tty_data", "read_buf")?;
        let ring = self.memory.read(ring, RING as usize)?;
        let flags = self
            .memory
            .read(self.at(data, "n_tty_data", "read_flags")?, RING as usize / 8)?;
        for position in 0..unread {
            let at = (tail.wrapping_add(position) % RING) as usize;
            queue.bytes.push(ring[at]);
            if flags[at / 8] & 1 << (at % 8) != 0 {
                queue.ends.push(position as u32);
            }
        }
        Ok(queue)
    }

    /// The buffers between the other end and the line discipline, which fill when that is full.
    fn unprocessed(&self, tty: u64) -> io::Result<Vec<u8>> {
        let port = self.follow(tty, "tty_struct", "port")?;
        let buffers = self.at(port, "tty_port", "buf")?;
        let mut piece = self.follow(buffers, "tty_bufhead", "head")?;
        let mut bytes = Vec::new();
        for _ in 0..MOST_PIECES {
            let (read, commit) = (
                self.int(piece, "tty_buffer", "read")?,
                self.int(piece, "tty_buffer", "commit")?,
            );
            let unread = commit.saturating_sub(read) as usize;
            if bytes.len() + unread > MOST {
                return Err(io::Error::other("its buffers hold more than they may"));
            }
            let data = self.at(piece, "tty_buffer", "data")? + u64::from(read);
            bytes.extend(self.memory.read(data, unread)?);
            piece = self.follow(piece, "tty_buffer", "next")?;
            if piece == 0 {
                return Ok(bytes);
            }
        }
        Err(io::Error::other("its buffers do not end"))
    }

    fn at(&self, address: u64, structure: &'static str, member: &'static str) -> io::Result<u64> {
        let offset = self
            .offsets
            .get(structure, member)
            .ok_or_else(|| io::Error::other("unknown member"))?;
        Ok(address + offset)
    }

    fn follow(&self, address: u64, structure: &'static str, member: &'static str) -> io::Result<u64> {
        self.memory.word(self.at(address, structure, member)?)
    }

    fn int(&self, address: u64, structure: &'static str, member: &'static str) -> io::Result<u32> {
        self.memory.int(self.at(address, structure, member)?)
    }
}
