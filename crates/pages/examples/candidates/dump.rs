// SPDX-License-Identifier: GPL-2.0-only
//! From a task into a file.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::Measured;
use crate::host::{Uffd, cpu, iov, map, noise};

#[derive(Clone, Copy, PartialEq)]
enum How {
    ReadOnly,
    Pwrite,
    IntoMapping,
    CopyToMapping,
    PwriteFallocated,
    MappingFallocated,
    Uffd,
    Splice,
}

type Candidate = (&'static str, How, usize);

const CANDIDATES: &[Candidate] = &[
    ("readv only 1M", How::ReadOnly, 1 << 20),
    ("readv only 256K", How::ReadOnly, 256 << 10),
    ("readv, pwrite 128K", How::Pwrite, 128 << 10),
    ("readv, pwrite 256K", How::Pwrite, 256 << 10),
    ("readv, pwrite 512K", How::Pwrite, 512 << 10),
    ("readv, pwrite 1M", How::Pwrite, 1 << 20),
    ("readv, pwrite 2M", How::Pwrite, 2 << 20),
    ("readv, pwrite 4M", How::Pwrite, 4 << 20),
    ("fallocate, readv, pwrite 1M", How::PwriteFallocated, 1 << 20),
    ("readv into mapping 1M", How::IntoMapping, 1 << 20),
    (
        "fallocate, readv into mapping 1M",
        How::MappingFallocated,
        1 << 20,
    ),
    ("readv, memcpy to mapping 1M", How::CopyToMapping, 1 << 20),
    ("readv, UFFDIO_COPY to mapping 1M (tmpfs)", How::Uffd, 1 << 20),
    ("readv, UFFDIO_COPY to mapping 256K (tmpfs)", How::Uffd, 256 << 10),
    ("readv, vmsplice, splice 1M", How::Splice, 1 << 20),
];

pub(crate) fn main(what: &Measured) {
    let base = map(what.len, -1, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, 3);
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        let words = unsafe { std::slice::from_raw_parts_mut(base.cast(), what.len / 8) };
        noise(words, &mut 88_172_645_463_325_252);
        unsafe { libc::raise(libc::SIGSTOP) };
        std::process::exit(0);
    }
    unsafe { libc::waitpid(pid, &mut 0, libc::WUNTRACED) };
    for candidate in CANDIDATES.iter().filter(|c| c.0.contains(&what.part)) {
        let rounds = (0..what.rounds).filter_map(|_| run(what, pid, base as usize, candidate));
        match rounds.min_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((wall, cpu)) => {
                let rate = what.len as f64 / wall / 1e9;
                println!("{:42} {rate:5.2} GB/s  wall {wall:.3}  cpu {cpu:.3}", candidate.0);
            }
            None => println!("{:42} not possible here", candidate.0),
        }
    }
    unsafe { libc::kill(pid, libc::SIGKILL) };
    unsafe { libc::waitpid(pid, &mut 0, 0) };
}

/// A task being dumped, and how.
struct Dumped<'a> {
    how: How,
    chunk: usize,
    file: &'a File,
    len: usize,
    pid: i32,
    base: usize,
    mapping: usize,
    uffd: Option<Uffd>,
    next: AtomicUsize,
}

fn run(what: &Measured, pid: i32, base: usize, &(_, how, chunk): &Candidate) -> Option<(f64, f64)> {
    let len = what.len;
    let path = format!("{}/stasis-candidates.img", what.dir);
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(path).unwrap();
    let (start, before) = (Instant::now(), cpu());
    match how {
        How::ReadOnly | How::Pwrite | How::Splice => {}
        How::PwriteFallocated | How::MappingFallocated => {
            assert_eq!(unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, len as i64) }, 0);
        }
        How::IntoMapping | How::CopyToMapping | How::Uffd => file.set_len(len as u64).unwrap(),
    }
    let mapped = matches!(
        how,
        How::IntoMapping | How::CopyToMapping | How::MappingFallocated | How::Uffd
    );
    let mapping = if mapped {
        map(len, file.as_raw_fd(), libc::MAP_SHARED, 3) as usize
    } else {
        0
    };
    let uffd = match how {
        How::Uffd => {
            let fd = unsafe { libc::syscall(libc::SYS_userfaultfd, libc::O_CLOEXEC) } as i32;
            Some(Uffd::new(fd, mapping, len)?)
        }
        _ => None,
    };
    let dumped = Dumped {
        how,
        chunk,
        file: &file,
        len,
        pid,
        base,
        mapping,
        uffd,
        next: AtomicUsize::new(0),
    };
    std::thread::scope(|scope| (0..what.threads).for_each(|_| drop(scope.spawn(|| dumped.work()))));
    if mapped {
        unsafe { libc::munmap(mapping as *mut _, len) };
    }
    Some((start.elapsed().as_secs_f64(), cpu() - before))
}

impl Dumped<'_> {
    fn work(&self) {
        let buffer = map(self.chunk, -1, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, 3);
        let mut pipe = [0; 2];
        unsafe { libc::pipe(pipe.as_mut_ptr()) };
        unsafe { libc::fcntl(pipe[0], libc::F_SETPIPE_SZ, self.chunk) };
        loop {
            let offset = self.next.fetch_add(self.chunk, Ordering::Relaxed);
            if offset >= self.len {
                break;
            }
            self.carry(offset, self.chunk.min(self.len - offset), buffer, pipe);
        }
        unsafe { libc::munmap(buffer.cast(), self.chunk) };
        pipe.into_iter().for_each(|end| _ = unsafe { libc::close(end) });
    }

    fn carry(&self, offset: usize, size: usize, buffer: *mut u8, pipe: [i32; 2]) {
        let direct = matches!(self.how, How::IntoMapping | How::MappingFallocated);
        let to = if direct {
            (self.mapping + offset) as *mut u8
        } else {
            buffer
        };
        let (local, remote) = (iov(to, size), iov((self.base + offset) as *mut u8, size));
        let read = unsafe { libc::process_vm_readv(self.pid, &local, 1, &remote, 1, 0) };
        assert_eq!(read, size as isize);
        if self.how == How::ReadOnly {
            return;
        }
        let bytes = unsafe { std::slice::from_raw_parts(to, size) };
        let zero = bytes
            .chunks_exact(4096)
            .filter(|page| page[..64].iter().all(|b| *b == 0))
            .count();
        std::hint::black_box((crc32fast::hash(bytes), zero));
        match self.how {
            How::Pwrite | How::PwriteFallocated => self.file.write_all_at(bytes, offset as u64).unwrap(),
            How::CopyToMapping => {
                let mapping = (self.mapping + offset) as *mut u8;
                unsafe { std::ptr::copy_nonoverlapping(to, mapping, size) };
            }
            How::Uffd => self.uffd.as_ref().unwrap().copy(self.mapping + offset, bytes),
            How::Splice => self.splice(offset, bytes, pipe),
            How::ReadOnly | How::IntoMapping | How::MappingFallocated => {}
        }
    }

    fn splice(&self, offset: usize, bytes: &[u8], pipe: [i32; 2]) {
        let mut out = offset as i64;
        let mut given = 0;
        while given < bytes.len() {
            let part = iov(bytes[given..].as_ptr().cast_mut(), bytes.len() - given);
            let taken = unsafe { libc::vmsplice(pipe[1], &part, 1, 0) };
            let (file, null) = (self.file.as_raw_fd(), std::ptr::null_mut());
            let moved = unsafe { libc::splice(pipe[0], null, file, &mut out, taken as usize, 0) };
            assert_eq!(taken, moved);
            given += taken as usize;
        }
    }
}
