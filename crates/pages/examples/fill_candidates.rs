// SPDX-License-Identifier: GPL-2.0-only
//! Ways of bringing 1 GiB of pages from a file into a fresh task, measured against each other.
//!
//! `fill_candidates DIR [MIB] [THREADS] [ROUNDS]`: wall seconds, our CPU seconds and the task's CPU seconds of the best round.
#![allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::print_stdout
)]
// Safety: a measuring program; every pointer handed to the kernel is a mapping made in `main` and kept until exit.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const CHUNK: usize = 1 << 20;
const HUGE: usize = 2 << 20;

fn map(len: usize, fd: i32, flags: i32, prot: i32) -> *mut u8 {
    let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, fd, 0) };
    assert_ne!(at, libc::MAP_FAILED, "mmap: {}", std::io::Error::last_os_error());
    at.cast()
}

fn cpu(who: i32) -> f64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(who, &mut usage) };
    let s = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    s(usage.ru_utime) + s(usage.ru_stime)
}

fn child(base: *mut u8, len: usize, mut sock: UnixStream, file: &File) -> ! {
    let mut command = [0u8];
    loop {
        if sock.read_exact(&mut command).is_err() {
            unsafe { libc::_exit(0) }
        }
        let mut answer = 0i32;
        match command[0] {
            b'p' => answer = unsafe { libc::madvise(base.cast(), len, libc::MADV_POPULATE_WRITE) },
            b'h' => answer = unsafe { libc::madvise(base.cast(), len, libc::MADV_HUGEPAGE) },
            b'u' => answer = unsafe { libc::syscall(libc::SYS_userfaultfd, libc::O_CLOEXEC) } as i32,
            b'r' => {
                let slice = unsafe { std::slice::from_raw_parts_mut(base, len) };
                let mut done = 0;
                while done < len {
                    let end = (done + CHUNK).min(len);
                    done += file.read_at(&mut slice[done..end], done as u64).unwrap();
                }
            }
            b'c' => {
                let slice = unsafe { std::slice::from_raw_parts(base, len) };
                answer = crc32fast::hash(slice) as i32;
            }
            _ => unsafe { libc::_exit(1) },
        }
        sock.write_all(&answer.to_ne_bytes()).unwrap();
    }
}

fn ask(sock: &mut UnixStream, command: u8) -> i32 {
    sock.write_all(&[command]).unwrap();
    let mut answer = [0; 4];
    sock.read_exact(&mut answer).unwrap();
    i32::from_ne_bytes(answer)
}

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

fn iov(at: *mut u8, len: usize) -> libc::iovec {
    libc::iovec {
        iov_base: at.cast(),
        iov_len: len,
    }
}

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
    let done = unsafe { libc::syscall(libc::SYS_process_madvise, pidfd, &all, 1, 25, 0) };
    if done < 0 {
        println!("collapse: {}", std::io::Error::last_os_error());
    }
}

#[repr(C)]
struct UffdioApi(u64, u64, u64);
#[repr(C)]
struct UffdioRegister(u64, u64, u64, u64);
#[repr(C)]
struct UffdioCopy(u64, u64, u64, u64, i64);
const UFFDIO_API: u64 = 0xc018_aa3f;
const UFFDIO_REGISTER: u64 = 0xc020_aa00;
const UFFDIO_COPY: u64 = 0xc028_aa03;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = args.get(1).expect("DIR");
    let len = args.get(2).map_or(1024, |m| m.parse().unwrap()) << 20;
    let threads: usize = args.get(3).map_or(2, |t| t.parse().unwrap());
    let rounds = args.get(4).map_or(3, |t| t.parse().unwrap());
    let only = args.get(5).cloned().unwrap_or_default();
    let path = format!("{dir}/stasis-fill-candidates.img");
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    let mut expected = crc32fast::Hasher::new();
    let mut block = vec![0u8; CHUNK];
    let mut seed = 88_172_645_463_325_252u64;
    for i in 0..len / CHUNK {
        for word in block.chunks_exact_mut(8) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            word.copy_from_slice(&seed.to_ne_bytes());
        }
        expected.update(&block);
        file.write_all_at(&block, (i * CHUNK) as u64).unwrap();
    }
    let expected = expected.finalize();
    for candidate in CANDIDATES.iter().filter(|c| c.name.contains(&only)) {
        let mut best = (f64::MAX, 0.0, 0.0);
        let mut huge = String::new();
        for round in 0..rounds {
            let (result, h) = run(candidate, &file, len, threads, (round == 0).then_some(expected));
            huge = h;
            if result.0 < best.0 {
                best = result;
            }
        }
        let rate = len as f64 / best.0 / 1e9;
        println!(
            "{:42} {rate:5.2} GB/s  wall {:.3}  cpu own {:.3} task {:.3}  {huge}",
            candidate.name, best.0, best.1, best.2
        );
    }
    std::fs::remove_file(path).unwrap();
}

fn run(
    c: &Candidate,
    file: &File,
    len: usize,
    threads: usize,
    expected: Option<u32>,
) -> ((f64, f64, f64), String) {
    let reserve = map(
        len + HUGE,
        -1,
        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
        3,
    );
    let base = (reserve as usize).next_multiple_of(HUGE) as *mut u8;
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        drop(ours);
        child(base, len, theirs, file);
    }
    drop(theirs);
    unsafe { libc::munmap(reserve.cast(), len + HUGE) };
    let pidfd = unsafe { OwnedFd::from_raw_fd(libc::syscall(libc::SYS_pidfd_open, pid, 0) as i32) };
    let cpu0 = (cpu(libc::RUSAGE_SELF), cpu(libc::RUSAGE_CHILDREN));
    let start = Instant::now();
    for &command in c.before {
        assert_eq!(ask(&mut ours, command), 0);
    }
    let mut uffd = None;
    if c.how == Some(How::Uffd) {
        let remote = ask(&mut ours, b'u');
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_getfd, pidfd.as_raw_fd(), remote, 0) } as i32;
        assert!(
            fd >= 0,
            "userfaultfd {remote} {}",
            std::io::Error::last_os_error()
        );
        let mut api = UffdioApi(0xaa, 0, 0);
        let mut register = UffdioRegister(base as u64, len as u64, 1, 0);
        assert_eq!(unsafe { libc::ioctl(fd, UFFDIO_API as _, &mut api) }, 0);
        assert_eq!(unsafe { libc::ioctl(fd, UFFDIO_REGISTER as _, &mut register) }, 0);
        uffd = Some(unsafe { OwnedFd::from_raw_fd(fd) });
    }
    let mem = File::options()
        .write(true)
        .open(format!("/proc/{pid}/mem"))
        .unwrap();
    let source = if c.mapped {
        map(len, file.as_raw_fd(), libc::MAP_SHARED, 1) as usize
    } else {
        0
    };
    let next = AtomicUsize::new(0);
    let step = c.collapse.max(CHUNK);
    let at = base as usize;
    let (uffd_ref, mem_ref, next_ref, pidfd_ref) = (&uffd, &mem, &next, &pidfd);
    if let Some(how) = c.how {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(move || {
                    let buffer = map(CHUNK, -1, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, 3);
                    let mut sum = 0;
                    loop {
                        let from = next_ref.fetch_add(step, Ordering::Relaxed);
                        if from >= len {
                            break;
                        }
                        let end = (from + step).min(len);
                        if c.collapse > 0 {
                            collapse(pidfd_ref.as_raw_fd(), pid, (at + from) as *mut u8, end - from);
                        }
                        for off in (from..end).step_by(CHUNK) {
                            let size = CHUNK.min(end - off);
                            let data = if c.mapped {
                                let p = (source + off) as *mut u8;
                                unsafe { libc::madvise(p.cast(), size, libc::MADV_POPULATE_READ) };
                                p
                            } else {
                                let slice = unsafe { std::slice::from_raw_parts_mut(buffer, size) };
                                file.read_exact_at(slice, off as u64).unwrap();
                                buffer
                            };
                            let slice = unsafe { std::slice::from_raw_parts(data, size) };
                            sum ^= crc32fast::hash(slice);
                            match how {
                                How::Writev => {
                                    let to = iov((at + off) as *mut u8, size);
                                    let n = unsafe {
                                        libc::process_vm_writev(pid, &iov(data, size), 1, &to, 1, 0)
                                    };
                                    assert_eq!(n, size as isize);
                                }
                                How::Mem => mem_ref.write_all_at(slice, (at + off) as u64).unwrap(),
                                How::Uffd => {
                                    let fd = uffd_ref.as_ref().unwrap().as_raw_fd();
                                    let mut copy =
                                        UffdioCopy((at + off) as u64, data as u64, size as u64, 1, 0);
                                    let r = unsafe { libc::ioctl(fd, UFFDIO_COPY as _, &mut copy) };
                                    assert_eq!(
                                        (r, copy.4),
                                        (0, size as i64),
                                        "{}",
                                        std::io::Error::last_os_error()
                                    );
                                }
                            }
                        }
                    }
                    std::hint::black_box(sum);
                    unsafe { libc::munmap(buffer.cast(), CHUNK) };
                });
            }
        });
    }
    drop(uffd);
    let wall = start.elapsed().as_secs_f64();
    let own = cpu(libc::RUSAGE_SELF) - cpu0.0;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let f: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|v| v.parse().unwrap())
        .collect();
    let task = (f[0] + f[1]) / 100.0;
    let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let huge = smaps
        .lines()
        .find(|l| l.starts_with("AnonHuge"))
        .unwrap_or("")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if let Some(expected) = expected {
        assert_eq!(ask(&mut ours, b'c') as u32, expected, "{}", c.name);
    }
    if c.mapped {
        unsafe { libc::munmap(source as *mut _, len) };
    }
    drop(ours);
    unsafe { libc::waitpid(pid, &mut 0, 0) };
    ((wall, own, task), huge)
}
