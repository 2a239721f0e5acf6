// SPDX-License-Identifier: GPL-2.0-only
//! Files of unix sockets.
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, connect, socket};
use std::os::fd::AsRawFd;
use std::path::Path;

/// Whether a socket is bound to the file at `path`; the names that /proc/net/unix tells may be relative.
///
/// A datagram socket asks, which no listener sees: of another type it is told so (`EPROTOTYPE`, `unix_find_bsd` in
/// net/unix/af_unix.c), and refused only where there is nobody.
///
/// # Errors
/// The file cannot be opened, or is not one that can be asked.
pub fn socket_in_use(path: &Path) -> std::io::Result<bool> {
    let file = match openat(
        CWD,
        path,
        OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let asking = socket(AddressFamily::UNIX, SocketType::DGRAM, None)?;
    // A path may be longer than an address has room for.
    let address = SocketAddrUnix::new(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    match connect(&asking, &address) {
        Ok(()) | Err(Errno::PROTOTYPE | Errno::PERM) => Ok(true),
        Err(Errno::CONNREFUSED) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::{UnixDatagram, UnixListener};
    use std::time::{Duration, Instant};

    #[test]
    fn whoever_is_bound_is_found() {
        let folder = std::env::temp_dir().join(format!("stasis-socket-file-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let (stream, datagram) = (folder.join("stream"), folder.join("datagram"));
        assert!(!socket_in_use(&stream).unwrap());
        let listener = UnixListener::bind(&stream).unwrap();
        listener.set_nonblocking(true).unwrap();
        let receiver = UnixDatagram::bind(&datagram).unwrap();
        assert!(socket_in_use(&stream).unwrap() && socket_in_use(&datagram).unwrap());
        // The listener has not noticed.
        assert_eq!(
            listener.accept().unwrap_err().kind(),
            std::io::ErrorKind::WouldBlock
        );
        drop((listener, receiver));
        // A child of another test has copies of all descriptors between its fork(2) and its execve(2).
        let until = Instant::now() + Duration::from_secs(30);
        while socket_in_use(&stream).unwrap() || socket_in_use(&datagram).unwrap() {
            assert!(Instant::now() < until);
            std::thread::sleep(Duration::from_millis(1));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
