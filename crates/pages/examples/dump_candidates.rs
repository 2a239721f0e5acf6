// SPDX-License-Identifier: GPL-2.0-only
//! Ways of bringing 1 GiB of pages from a task into one file, measured against each other.
//!
//! `dump_candidates DIR [MIB] [THREADS] [ROUNDS] [NAME PART]`: best round's wall and CPU seconds.
#![allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::print_stdout
)]
// Safety: a measuring program; every pointer handed to the kernel is a mapping made here and kept until it is unmapped.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

fn map(len: usize, fd: i32, flags: i32, prot: i32) -> *mut u8 {
    let at = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, fd, 0) };
    assert_ne!(at, libc::MAP_FAILED, "mmap: {}", std::io::Error::last_os_error());
    at.cast()
}

fn cpu() -> f64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let s = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    s(usage.ru_utime) + s(usage.ru_stime)
}

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

const CANDIDATES: &[(&str, How, usize)] = &[
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

fn iov(at: *mut u8, len: usize) -> libc::iovec {
    libc::iovec {
        iov_base: at.cast(),
        iov_len: len,
    }
}

#[repr(C)]
struct UffdioApi(u64, u64, u64);
#[repr(C)]
struct UffdioRegister(u64, u64, u64, u64);
#[repr(C)]
struct UffdioCopy(u64, u64, u64, u64, i64);

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = args.get(1).expect("DIR");
    let len = args.get(2).map_or(1024, |m| m.parse().unwrap()) << 20;
    let threads: usize = args.get(3).map_or(2, |t| t.parse().unwrap());
    let rounds = args.get(4).map_or(3, |t| t.parse().unwrap());
    let only = args.get(5).cloned().unwrap_or_default();
    let base = map(len, -1, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, 3);
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        let words = unsafe { std::slice::from_raw_parts_mut(base.cast::<u64>(), len / 8) };
        let mut seed = 88_172_645_463_325_252u64;
        for word in words {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            *word = seed;
        }
        unsafe { libc::raise(libc::SIGSTOP) };
        std::process::exit(0);
    }
    unsafe { libc::waitpid(pid, &mut 0, libc::WUNTRACED) };
    for (name, how, chunk) in CANDIDATES.iter().filter(|c| c.0.contains(&only)) {
        let mut best = (f64::MAX, 0.0);
        for _ in 0..rounds {
            best = run(dir, pid, base, len, threads, *how, *chunk)
                .filter(|r| r.0 < best.0)
                .unwrap_or(best);
        }
        if best.0 == f64::MAX {
            println!("{name:42} not possible here");
            continue;
        }
        println!(
            "{name:42} {:5.2} GB/s  wall {:.3}  cpu {:.3}",
            len as f64 / best.0 / 1e9,
            best.0,
            best.1
        );
    }
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

fn run(
    dir: &str,
    pid: i32,
    base: *mut u8,
    len: usize,
    threads: usize,
    how: How,
    chunk: usize,
) -> Option<(f64, f64)> {
    let path = format!("{dir}/stasis-dump-candidates.img");
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    let before = cpu();
    let start = Instant::now();
    let mut target = 0;
    let mut uffd = -1;
    match how {
        How::ReadOnly | How::Pwrite | How::Splice => {}
        How::PwriteFallocated | How::MappingFallocated => {
            assert_eq!(unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, len as i64) }, 0);
        }
        How::IntoMapping | How::CopyToMapping | How::Uffd => file.set_len(len as u64).unwrap(),
    }
    if matches!(
        how,
        How::IntoMapping | How::CopyToMapping | How::MappingFallocated | How::Uffd
    ) {
        target = map(len, file.as_raw_fd(), libc::MAP_SHARED, 3) as usize;
    }
    if how == How::Uffd {
        uffd = unsafe { libc::syscall(libc::SYS_userfaultfd, libc::O_CLOEXEC) } as i32;
        let mut api = UffdioApi(0xaa, 0, 0);
        let mut register = UffdioRegister(target as u64, len as u64, 1, 0);
        assert_eq!(unsafe { libc::ioctl(uffd, 0xc018_aa3f, &mut api) }, 0);
        if unsafe { libc::ioctl(uffd, 0xc020_aa00, &mut register) } != 0 {
            unsafe { libc::close(uffd) };
            unsafe { libc::munmap(target as *mut _, len) };
            return None;
        }
    }
    let next = AtomicUsize::new(0);
    let (next, file, at) = (&next, &file, base as usize);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move || {
                let buffer = map(chunk, -1, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, 3);
                let mut pipe = [0; 2];
                if how == How::Splice {
                    unsafe { libc::pipe(pipe.as_mut_ptr()) };
                    unsafe { libc::fcntl(pipe[0], libc::F_SETPIPE_SZ, chunk) };
                }
                let mut sum = 0;
                loop {
                    let off = next.fetch_add(chunk, Ordering::Relaxed);
                    if off >= len {
                        break;
                    }
                    let size = chunk.min(len - off);
                    let direct = matches!(how, How::IntoMapping | How::MappingFallocated);
                    let to = if direct { (target + off) as *mut u8 } else { buffer };
                    let from = iov((at + off) as *mut u8, size);
                    let n = unsafe { libc::process_vm_readv(pid, &iov(to, size), 1, &from, 1, 0) };
                    assert_eq!(n, size as isize);
                    let data = unsafe { std::slice::from_raw_parts(to, size) };
                    if how == How::ReadOnly {
                        continue;
                    }
                    let zero = data
                        .chunks_exact(4096)
                        .filter(|p| p[..64].iter().all(|b| *b == 0))
                        .count();
                    sum ^= crc32fast::hash(data) ^ zero as u32;
                    match how {
                        How::Pwrite | How::PwriteFallocated => file.write_all_at(data, off as u64).unwrap(),
                        How::CopyToMapping => unsafe {
                            std::ptr::copy_nonoverlapping(to, (target + off) as *mut u8, size);
                        },
                        How::Uffd => {
                            let mut copy = UffdioCopy((target + off) as u64, to as u64, size as u64, 1, 0);
                            assert_eq!(unsafe { libc::ioctl(uffd, 0xc028_aa03, &mut copy) }, 0);
                        }
                        How::Splice => {
                            let mut given = 0;
                            let mut out = off as i64;
                            while given < size {
                                let part = iov(unsafe { to.add(given) }, size - given);
                                let n = unsafe { libc::vmsplice(pipe[1], &part, 1, 0) };
                                let m = unsafe {
                                    libc::splice(
                                        pipe[0],
                                        std::ptr::null_mut(),
                                        file.as_raw_fd(),
                                        &mut out,
                                        n as usize,
                                        0,
                                    )
                                };
                                assert_eq!(n, m);
                                given += n as usize;
                            }
                        }
                        _ => {}
                    }
                }
                std::hint::black_box(sum);
                unsafe { libc::munmap(buffer.cast(), chunk) };
                if how == How::Splice {
                    unsafe { libc::close(pipe[0]) };
                    unsafe { libc::close(pipe[1]) };
                }
            });
        }
    });
    if target != 0 {
        unsafe { libc::munmap(target as *mut _, len) };
    }
    if uffd >= 0 {
        unsafe { libc::close(uffd) };
    }
    let result = (start.elapsed().as_secs_f64(), cpu() - before);
    std::fs::remove_file(path).unwrap();
    Some(result)
}
