// SPDX-License-Identifier: GPL-2.0-only
//! The task that is filled: it does what it is told by single letters.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;

pub(crate) fn child(base: *mut u8, len: usize, mut sock: UnixStream, file: &File) -> ! {
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
                    let end = (done + (1 << 20)).min(len);
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

pub(crate) fn ask(sock: &mut UnixStream, command: u8) -> i32 {
    sock.write_all(&[command]).unwrap();
    let mut answer = [0; 4];
    sock.read_exact(&mut answer).unwrap();
    i32::from_ne_bytes(answer)
}
