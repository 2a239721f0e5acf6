// SPDX-License-Identifier: GPL-2.0-only
//! Unix sockets (`net/unix/af_unix.c`, unix(7)).

use super::queue::{self, Division};
use super::{diag, names, options};
use crate::context::Context;
use crate::describe::{Case, Stop};
use crate::error::FilesError;
use crate::refusals::Reason;
use crate::sys::message::Received;
use crate::sys::sockopt;
use crate::table;
use rustix::event::PollFlags;
use stasis_wire::facts::description::Kind;
use stasis_wire::facts::{Message, UnixSocket};
use std::os::fd::{AsFd, AsRawFd};

const ESTABLISHED: u32 = 1;
const LISTEN: u32 = 10;
/// Both directions shut down, in the kernel's bits.
const BOTH: u32 = 3;

pub(super) fn examine(context: &mut Context<'_>, case: &Case<'_>, kind: i32) -> Result<Kind, Stop> {
    let ino = case.stat.st_ino as u32;
    let known = look_up(context, case, ino)?;
    let name =
        sockopt::local_address(case.fd).map_err(|e| case.failed("look at the socket", "getsockname", e))?;
    let mut socket = UnixSocket {
        ino,
        r#type: kind as u32,
        state: u32::from(known.state),
        name: sun_path(&name).to_vec(),
        peer: known.peer.unwrap_or(0),
        shutdown: u32::from(known.shutdown),
        options: Some(options::general(case)?),
        ..UnixSocket::default()
    };
    let stream = kind != libc::SOCK_DGRAM;
    if socket.name.first().is_some_and(|&byte| byte != 0) {
        let connectable = !(stream && socket.state == ESTABLISHED);
        names::named(context, case, known.file, connectable, &mut socket)?;
    }
    // A connection to a stream that has no inode may be one that nobody has accepted yet.
    if !stream && known.peer == Some(0) {
        let peer = sockopt::peer_address(case.fd)
            .map_err(|e| case.failed("look at the socket", "getpeername", e))?;
        socket.peer_closed = true;
        socket.peer_name = sun_path(&peer).to_vec();
    }
    let mut peer = [0u8; 12];
    if matches!(
        sockopt::bytes(case.fd, libc::SOL_SOCKET, libc::SO_PEERCRED, &mut peer),
        Ok(12)
    ) {
        let word = |at: usize| i32::from_ne_bytes(peer[at..at + 4].try_into().unwrap_or_default());
        (socket.peer_cred_pid, socket.peer_cred_uid, socket.peer_cred_gid) =
            (word(0), word(4) as u32, word(8) as u32);
    }
    context.sockets.unix.insert(ino, case.number);
    if socket.state == LISTEN {
        (socket.pending_connections, socket.backlog) = known.queue;
        if socket.pending_connections > 0 {
            let cause = format!("{} connections wait to be accepted", socket.pending_connections);
            return Err(Reason::new("unix listener with waiting connections", cause, "try again").into());
        }
    } else {
        let events = queue::events(case)?;
        socket.pending_error = events.contains(PollFlags::ERR);
        if events.contains(PollFlags::PRI) {
            let cause = "a byte sent with MSG_OOB waits in its queue";
            return Err(Reason::new("unix socket with out-of-band data", cause, "try again").into());
        }
        let (division, wanted) = if kind == libc::SOCK_STREAM {
            (Division::Stream, context.options.contents)
        } else {
            (Division::Packets, context.options.messages)
        };
        if wanted {
            let peek_offset = socket.options.as_ref().map_or(-1, |o| o.peek_off);
            let messages =
                context
                    .sockets
                    .queues
                    .read(case, division, events, peek_offset, &mut context.room)?;
            for received in messages {
                socket.queue.push(message(context, case, received)?);
            }
        }
    }
    Ok(Kind::Unix(socket))
}

fn look_up(context: &mut Context<'_>, case: &Case<'_>, ino: u32) -> Result<diag::Unix, Stop> {
    let all = match &mut context.sockets.unix_diag {
        Some(all) => all,
        none => none.insert(diag::unix().map_err(|e| FilesError {
            hint: "the kernel needs CONFIG_UNIX_DIAG".into(),
            ..case.failed("list the unix sockets", "sock_diag", e)
        })?),
    };
    all.get(&ino).copied().ok_or_else(|| {
        Reason::new(
            "unix socket of another network namespace",
            "the kernel does not list it in the dumper's network namespace",
            "run the dump inside that namespace (nsenter --net)",
        )
        .into()
    })
}

/// The name in a `struct sockaddr_un`, without the NUL that ends a path.
fn sun_path(address: &[u8]) -> &[u8] {
    match address.get(2..) {
        None | Some([]) => &[],
        Some(name @ [0, ..]) => name,
        Some(name) => name.split(|&byte| byte == 0).next().unwrap_or_default(),
    }
}

/// A queued message, with its descriptors made known.
fn message(context: &mut Context<'_>, case: &Case<'_>, received: Received) -> Result<Message, Stop> {
    let mut message = Message {
        data: received.data,
        address: received.address,
        ..Message::default()
    };
    if let Some((pid, uid, gid)) = received.creds {
        (
            message.cred_pid,
            message.cred_uid,
            message.cred_gid,
            message.has_creds,
        ) = (pid, uid, gid, true);
    }
    let own_pid = std::process::id() as i32;
    let carrier = context
        .carriers
        .get(&case.number)
        .copied()
        .unwrap_or((case.open.pid, case.open.fd));
    for fd in received.fds {
        let raw = fd.as_fd().as_raw_fd();
        let open = table::own(raw)?;
        let (number, new) = context.index.find_or_add(open.key, (own_pid, raw))?;
        message.descriptions.push(number + 1);
        if new {
            context.carriers.insert(number, carrier);
            context.in_flight.push_back((number, open, fd));
        }
    }
    Ok(message)
}

/// Finds each socket's peer when all are known, and refuses those outside.
pub(crate) fn resolve(context: &mut Context<'_>) {
    let mut numbers: Vec<u32> = context.sockets.unix.values().copied().collect();
    numbers.sort_unstable();
    for number in numbers {
        let Some(Kind::Unix(mut socket)) = context.descriptions[number as usize].kind.take() else {
            continue;
        };
        if let Some(&peer) = context
            .sockets
            .unix
            .get(&socket.peer)
            .filter(|_| socket.peer != 0)
        {
            socket.peer_description = peer + 1;
        } else if socket.peer != 0 {
            context.refuse(number, outside(&socket));
        } else if socket.state == ESTABLISHED && socket.r#type != libc::SOCK_DGRAM as u32 {
            // The peer has no inode: closed, or not yet accepted by whom it has connected to.
            socket.peer_closed = socket.shutdown == BOTH;
            if !socket.peer_closed {
                let cause = "the listener it has connected to has not accepted it yet";
                context.refuse(
                    number,
                    Reason::new("unix connection not yet accepted", cause, "try again"),
                );
            }
        }
        context.descriptions[number as usize].kind = Some(Kind::Unix(socket));
    }
}

fn outside(socket: &UnixSocket) -> Reason {
    Reason::new(
        "unix socket connected to outside the tree",
        format!(
            "its peer, socket {}, belongs to a process that is not dumped with it",
            socket.peer
        ),
        "dump a common ancestor, or let the program close the connection first",
    )
}
