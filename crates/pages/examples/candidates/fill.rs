// SPDX-License-Identifier: GPL-2.0-only
//! From a file into a task.

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::Measured;
use crate::child::{ask, child};
use crate::host::{Uffd, cpu, iov, map, noise};

const CHUNK: usize = 1 << 20;
const HUGE: usize = 2 << 20;
const ANONYMOUS: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;

#[derive(Clone, Copy, PartialEq, Debug)]
enum How {
    Writev,
    Mem,
    Uffd,
}

struct Candidate {
    name: &'static str,
    before: &'static [u8],
    collapse: usize,
    mapped: bool,
    how: Option<How>,
}

const CANDIDATES: &[Candidate] = &[
    candidate("in-task pread (as CRIU; no crc)", b"r", None),
    candidate("in-task populate + pread (no crc)", b"pr", None),
    candidate("buffer, writev", b"", Some(How::Writev)),
    candidate("buffer, /proc/PID/mem", b"", Some(How::Mem)),
    candidate("buffer, task populates, writev", b"p", Some(How::Writev)),
    candidate("buffer, collapse 2M, writev", b"", Some(How::Writev)).collapsing(HUGE),
    candidate("buffer, collapse 16M, writev", b"", Some(How::Writev)).collapsing(8 * HUGE),
    candidate("buffer, collapse 64M, writev", b"", Some(How::Writev)).collapsing(32 * HUGE),
    candidate("buffer, UFFDIO_COPY", b"", Some(How::Uffd)),
    candidate("mapping, writev", b"", Some(How::Writev)).mapped(),
    candidate("mapping, collapse 16M, writev", b"", Some(How::Writev))
        .mapped()
        .collapsing(8 * HUGE),
    candidate("mapping, UFFDIO_COPY", b"", Some(How::Uffd)).mapped(),
    candidate("(VM_HUGEPAGE) buffer, writev", b"h", Some(How::Writev)),
    candidate("(VM_HUGEPAGE) populate, buffer, writev", b"hp", Some(How::Writev)),
    candidate("(VM_HUGEPAGE) mapping, writev", b"h", Some(How::Writev)).mapped(),
];

const fn candidate(name: &'static str, before: &'static [u8], how: Option<How>) -> Candidate {
    Candidate {
        name,
        before,
        collapse: 0,
        mapped: false,
        how,
    }
}

impl Candidate {
    const fn collapsing(self, collapse: usize) -> Self {
        Self { collapse, ..self }
    }

    const fn mapped(self) -> Self {
        Self { mapped: true, ..self }
    }
}

/// One page of each 2 MiB is touched, then `MADV_COLLAPSE` makes huge pages of them.
fn collapse(pidfd: i32, pid: i32, base: *mut u8, len: usize) {
    let mut byte = 0u8;
    let at = base as usize;
    let mut blocks: Vec<_> = (at.next_multiple_of(HUGE)..(at + len) / HUGE * HUGE)
        .step_by(HUGE)
        .map(|a| iov(a as *mut u8, 1))
        .collect();
    for touch in &blocks {
        unsafe { libc::process_vm_writev(pid, &iov(&mut byte, 1), 1, touch, 1, 0) };
    }
    let Some(first) = blocks.first().copied() else {
        return;
    };
    let all = iov(first.iov_base.cast(), blocks.len() * HUGE);
    blocks.clear();
    let done = unsafe { libc::syscall(libc::SYS_process_madvise, pidfd, &all, 1, libc::MADV_COLLAPSE, 0) };
    if done < 0 {
        println!("collapse: {}", std::io::Error::last_os_error());
    }
}

pub(crate) fn main(what: &Measured) {
    let path = format!("{}/stasis-candidates.img", what.dir);
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    let mut expected = crc32fast::Hasher::new();
    let mut seed = 88_172_645_463_325_252;
    let mut words = vec![0; CHUNK / 8];
    for at in (0..what.len).step_by(CHUNK) {
        noise(&mut words, &mut seed);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        expected.update(&bytes);
        file.write_all_at(&bytes, at as u64).unwrap();
    }
    let expected = expected.finalize();
    for candidate in CANDIDATES.iter().filter(|c| c.name.contains(&what.part)) {
        let rounds = (0..what.rounds).map(|_| run(candidate, &file, what, expected));
        let (wall, own, task) = rounds.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        let rate = what.len as f64 / wall / 1e9;
        let name = candidate.name;
        println!("{name:42} {rate:5.2} GB/s  wall {wall:.3}  cpu own {own:.3} task {task:.3}");
    }
    std::fs::remove_file(path).unwrap();
}

/// A task being filled, and how.
struct Filled<'a> {
    candidate: &'a Candidate,
    how: How,
    file: &'a File,
    len: usize,
    pid: i32,
    pidfd: OwnedFd,
    base: usize,
    memory: File,
    uffd: Option<Uffd>,
    mapping: usize,
    next: AtomicUsize,
}

fn run(candidate: &Candidate, file: &File, what: &Measured, expected: u32) -> (f64, f64, f64) {
    let len = what.len;
    let reserve = map(len + HUGE, -1, ANONYMOUS, 3);
    let base = (reserve as usize).next_multiple_of(HUGE);
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        drop(ours);
        child(base as *mut u8, len, theirs, file);
    }
    drop(theirs);
    unsafe { libc::munmap(reserve.cast(), len + HUGE) };
    let pidfd = unsafe { OwnedFd::from_raw_fd(libc::syscall(libc::SYS_pidfd_open, pid, 0) as i32) };
    let (start, own) = (Instant::now(), cpu());
    for &command in candidate.before {
        assert_eq!(ask(&mut ours, command), 0);
    }
    if let Some(how) = candidate.how {
        let uffd = (how == How::Uffd).then(|| {
            let remote = ask(&mut ours, b'u');
            let fd = unsafe { libc::syscall(libc::SYS_pidfd_getfd, pidfd.as_raw_fd(), remote, 0) };
            Uffd::new(fd as i32, base, len).unwrap()
        });
        let mapping = if candidate.mapped {
            map(len, file.as_raw_fd(), libc::MAP_SHARED, 1) as usize
        } else {
            0
        };
        let memory = File::options()
            .write(true)
            .open(format!("/proc/{pid}/mem"))
            .unwrap();
        let next = AtomicUsize::new(0);
        let filled = Filled {
            candidate,
            how,
            file,
            len,
            pid,
            pidfd,
            base,
            memory,
            uffd,
            mapping,
            next,
        };
        std::thread::scope(|scope| (0..what.threads).for_each(|_| drop(scope.spawn(|| filled.work()))));
        if mapping != 0 {
            unsafe { libc::munmap(mapping as *mut _, len) };
        }
    }
    let times = (start.elapsed().as_secs_f64(), cpu() - own, task_cpu(pid));
    assert_eq!(ask(&mut ours, b'c') as u32, expected, "{}", candidate.name);
    drop(ours);
    unsafe { libc::waitpid(pid, &mut 0, 0) };
    times
}

fn task_cpu(pid: i32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let figures = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2);
    figures.map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

impl Filled<'_> {
    fn work(&self) {
        let buffer = map(CHUNK, -1, ANONYMOUS, 3);
        let step = self.candidate.collapse.max(CHUNK);
        loop {
            let from = self.next.fetch_add(step, Ordering::Relaxed);
            if from >= self.len {
                break;
            }
            let end = (from + step).min(self.len);
            if self.candidate.collapse > 0 {
                collapse(
                    self.pidfd.as_raw_fd(),
                    self.pid,
                    (self.base + from) as *mut u8,
                    end - from,
                );
            }
            for offset in (from..end).step_by(CHUNK) {
                self.carry(offset, CHUNK.min(end - offset), buffer);
            }
        }
        unsafe { libc::munmap(buffer.cast(), CHUNK) };
    }

    fn carry(&self, offset: usize, size: usize, buffer: *mut u8) {
        let data = if self.candidate.mapped {
            let at = (self.mapping + offset) as *mut u8;
            unsafe { libc::madvise(at.cast(), size, libc::MADV_POPULATE_READ) };
            at
        } else {
            let bytes = unsafe { std::slice::from_raw_parts_mut(buffer, size) };
            self.file.read_exact_at(bytes, offset as u64).unwrap();
            buffer
        };
        let bytes = unsafe { std::slice::from_raw_parts(data, size) };
        std::hint::black_box(crc32fast::hash(bytes));
        let to = self.base + offset;
        match self.how {
            How::Writev => {
                let (local, remote) = (iov(data, size), iov(to as *mut u8, size));
                let written = unsafe { libc::process_vm_writev(self.pid, &local, 1, &remote, 1, 0) };
                assert_eq!(written, size as isize);
            }
            How::Mem => self.memory.write_all_at(bytes, to as u64).unwrap(),
            How::Uffd => self.uffd.as_ref().unwrap().copy(to, bytes),
        }
    }
}
