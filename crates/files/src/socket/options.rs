// SPDX-License-Identifier: GPL-2.0-only
//! Socket options (`socket(7)`, `tcp(7)`, `ip(7)`, `ipv6(7)`). One that this kernel or kind of socket does
//! not know reads as 0.

use crate::describe::{Case, Stop};
use crate::refusals::Reason;
use crate::sys::sockopt;
use stasis_wire::facts::SocketOptions;

/// Options of `include/uapi/asm-generic/socket.h` that the libc crate lacks on some targets.
const SO_PASSPIDFD: i32 = 76;
const SO_BUF_LOCK: i32 = 72;
const SO_ZEROCOPY: i32 = 60;
const SO_RXQ_OVFL: i32 = 40;
const SO_NO_CHECK: i32 = 11;

struct Asker<'a, 'b>(&'a Case<'b>);

impl Asker<'_, '_> {
    fn int(&self, level: i32, name: i32) -> i32 {
        sockopt::int(self.0.fd, level, name).unwrap_or(0)
    }

    fn number(&self, level: i32, name: i32) -> u32 {
        self.int(level, name) as u32
    }

    fn flag(&self, level: i32, name: i32) -> bool {
        self.int(level, name) != 0
    }

    fn general(&self, name: i32) -> bool {
        self.flag(libc::SOL_SOCKET, name)
    }

    /// A `struct timeval`: seconds, of which there may be 2^63 / HZ, and microseconds.
    fn timeout(&self, name: i32) -> (u64, u32) {
        let [seconds, micros] = sockopt::words::<2>(self.0.fd, libc::SOL_SOCKET, name).unwrap_or_default();
        (seconds as u64, micros as u32)
    }

    fn text(&self, level: i32, name: i32) -> String {
        let mut text = [0u8; 64];
        let length = sockopt::bytes(self.0.fd, level, name, &mut text).unwrap_or(0);
        let text = text[..length.min(64)]
            .split(|&byte| byte == 0)
            .next()
            .unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }
}

/// The options of `SOL_SOCKET`, which all kinds have.
pub(super) fn general(case: &Case<'_>) -> Result<SocketOptions, Stop> {
    let ask = Asker(case);
    let locks = ask.int(libc::SOL_SOCKET, SO_BUF_LOCK);
    let mut linger = [0u8; 8];
    let (sndtimeo_sec, sndtimeo_usec) = ask.timeout(libc::SO_SNDTIMEO);
    let (rcvtimeo_sec, rcvtimeo_usec) = ask.timeout(libc::SO_RCVTIMEO);
    let lingers = sockopt::bytes(case.fd, libc::SOL_SOCKET, libc::SO_LINGER, &mut linger).is_ok();
    let [on, seconds] =
        [0, 4].map(|at| i32::from_ne_bytes(linger[at..at + 4].try_into().unwrap_or_default()));
    Ok(SocketOptions {
        sndbuf: ask.number(libc::SOL_SOCKET, libc::SO_SNDBUF),
        rcvbuf: ask.number(libc::SOL_SOCKET, libc::SO_RCVBUF),
        sndbuf_locked: locks & 1 != 0,
        rcvbuf_locked: locks & 2 != 0,
        sndtimeo_sec,
        sndtimeo_usec,
        rcvtimeo_sec,
        rcvtimeo_usec,
        reuseaddr: ask.general(libc::SO_REUSEADDR),
        reuseport: ask.general(libc::SO_REUSEPORT),
        keepalive: ask.general(libc::SO_KEEPALIVE),
        broadcast: ask.general(libc::SO_BROADCAST),
        passcred: ask.general(libc::SO_PASSCRED),
        passsec: ask.general(libc::SO_PASSSEC),
        passpidfd: ask.general(SO_PASSPIDFD),
        oobinline: ask.general(libc::SO_OOBINLINE),
        dontroute: ask.general(libc::SO_DONTROUTE),
        timestamp: ask.general(libc::SO_TIMESTAMP),
        timestampns: ask.general(libc::SO_TIMESTAMPNS),
        rxq_ovfl: ask.general(SO_RXQ_OVFL),
        zerocopy: ask.general(SO_ZEROCOPY),
        no_check: ask.general(SO_NO_CHECK),
        mark: ask.number(libc::SOL_SOCKET, libc::SO_MARK),
        priority: ask.number(libc::SOL_SOCKET, libc::SO_PRIORITY),
        rcvlowat: ask.number(libc::SOL_SOCKET, libc::SO_RCVLOWAT),
        linger: if lingers && on != 0 { seconds } else { -1 },
        bound_device: ask.text(libc::SOL_SOCKET, libc::SO_BINDTODEVICE),
        peek_off: sockopt::int(case.fd, libc::SOL_SOCKET, libc::SO_PEEK_OFF).unwrap_or(-1),
        filter: filter(case)?,
        ..SocketOptions::default()
    })
}

/// An attached classic filter as `struct sock_filter`s of 8 bytes (`SO_GET_FILTER`, the number of
/// `SO_ATTACH_FILTER`). Its length is in instructions, both ways.
fn filter(case: &Case<'_>) -> Result<Vec<u8>, Stop> {
    let mut program = vec![0u8; 4096 * 8];
    match sockopt::bytes_counted(
        case.fd,
        libc::SOL_SOCKET,
        libc::SO_ATTACH_FILTER,
        &mut program,
        4096,
    ) {
        Ok(instructions) => {
            program.truncate(instructions * 8);
            program.shrink_to_fit();
            Ok(program)
        }
        // Only a program that was made with bpf(2) is kept back.
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            let cause = "an eBPF program is attached to it, which cannot be read";
            Err(Reason::new("socket with an eBPF filter", cause, "").into())
        }
        Err(_) => Ok(Vec::new()),
    }
}

/// Those of TCP, which an MPTCP socket passes on to its subflow.
pub(super) fn tcp(case: &Case<'_>, options: &mut SocketOptions) {
    let ask = Asker(case);
    let level = libc::IPPROTO_TCP;
    options.tcp_keepidle = ask.number(level, libc::TCP_KEEPIDLE);
    options.tcp_keepintvl = ask.number(level, libc::TCP_KEEPINTVL);
    options.tcp_keepcnt = ask.number(level, libc::TCP_KEEPCNT);
    options.tcp_nodelay = ask.flag(level, libc::TCP_NODELAY);
    options.tcp_cork = ask.flag(level, libc::TCP_CORK);
    options.tcp_defer_accept = ask.number(level, libc::TCP_DEFER_ACCEPT);
    options.tcp_fastopen = ask.number(level, libc::TCP_FASTOPEN);
    options.tcp_user_timeout = ask.number(level, libc::TCP_USER_TIMEOUT);
    options.congestion = ask.text(level, libc::TCP_CONGESTION);
}

/// Those of IPv4, and of IPv6 for such a socket (which may also carry IPv4).
pub(super) fn ip(case: &Case<'_>, domain: i32, options: &mut SocketOptions) {
    let ask = Asker(case);
    let level = libc::IPPROTO_IP;
    options.ip_transparent = ask.flag(level, libc::IP_TRANSPARENT);
    options.freebind = ask.flag(level, libc::IP_FREEBIND);
    options.pktinfo = ask.flag(level, libc::IP_PKTINFO);
    options.recverr = ask.flag(level, libc::IP_RECVERR);
    options.tos = ask.number(level, libc::IP_TOS);
    options.ttl = ask.number(level, libc::IP_TTL);
    if domain == libc::AF_INET6 {
        let level = libc::IPPROTO_IPV6;
        options.v6only = ask.flag(level, libc::IPV6_V6ONLY);
        options.v6_pktinfo = ask.flag(level, libc::IPV6_RECVPKTINFO);
        options.v6_unicast_hops = ask.number(level, libc::IPV6_UNICAST_HOPS);
        options.v6_tclass = ask.number(level, libc::IPV6_TCLASS);
        options.v6_recverr = ask.flag(level, libc::IPV6_RECVERR);
    }
}
