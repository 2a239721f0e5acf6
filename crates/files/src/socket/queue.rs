// SPDX-License-Identifier: GPL-2.0-only
//! What waits in the receive queue of a socket, looked at without taking it.

use crate::describe::{Case, Stop};
use crate::refusals::Reason;
use crate::room::Room;
use crate::sys::ioctl;
use crate::sys::message::{Buffer, Received};
use crate::sys::peek::Peeker;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;

/// Longer than any datagram that the default limits allow.
const FIRST_ROOM: usize = 256 << 10;
/// No message can be longer: `SO_SNDBUF` is an int.
const MOST_ROOM: usize = 1 << 31;
/// Messages of one queue that are looked at. The kernel walks through all before one to come to it (5000: 0.4 s, 20000: 5 s).
const MOST_MESSAGES: usize = 1 << 14;

const STAGE: &str = "look at the queue of the socket";

/// Memory and io_uring, made at the first queue that is not empty.
#[derive(Default)]
pub(crate) struct Reader {
    peeker: Peeker,
    buffer: Option<Buffer>,
}

/// How a queue divides into messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Division {
    /// Bytes; one look ends behind a message with descriptors in flight (what was sent before is glued to it) or,
    /// with `SO_PASSCRED`, at another sender.
    Stream,
    /// Each look is one message.
    Packets,
}

/// What poll(2) says of a socket.
pub(crate) fn events(case: &Case<'_>) -> Result<PollFlags, Stop> {
    let wanted = PollFlags::IN | PollFlags::PRI | PollFlags::RDHUP;
    let mut polled = [PollFd::from_borrowed_fd(case.fd, wanted)];
    poll(&mut polled, Some(&Timespec::default())).map_err(|e| case.failed(STAGE, "poll", e))?;
    Ok(polled[0].revents())
}

impl Reader {
    /// All messages in the queue, oldest first. `peek_offset` is the socket's own `SO_PEEK_OFF`, -1 unless
    /// the program set it.
    ///
    /// A datagram without bytes that was looked at before, by anyone, is passed over by the kernel
    /// (`__skb_try_recv_from_queue` in `net/core/datagram.c`) unless it is the first.
    pub(crate) fn read(
        &mut self,
        case: &Case<'_>,
        division: Division,
        events: PollFlags,
        peek_offset: i32,
        room: &mut Room,
    ) -> Result<Vec<Received>, Stop> {
        if !events.contains(PollFlags::IN) {
            return Ok(Vec::new());
        }
        let bytes =
            ioctl::int(case.fd, ioctl::UNREAD).map_err(|e| case.failed(STAGE, "ioctl(SIOCINQ)", e))? as usize;
        // A socket that is shut down is readable, empty or not.
        let nothing = bytes == 0 && events.contains(PollFlags::RDHUP);
        if bytes == 0 && division == Division::Stream {
            return Ok(Vec::new());
        }
        // Receiving clears a pending error before it looks at the queue, but of streams only when that is
        // empty.
        if division == Division::Packets && events.contains(PollFlags::ERR) {
            if nothing {
                return Ok(Vec::new());
            }
            return Err(Reason::new(
                "socket with unread data and a pending error",
                "looking at the data would take the error from the program",
                "let the program read it first",
            )
            .into());
        }
        if division == Division::Stream {
            room.take(bytes)?;
        }
        let buffer = self.buffer.get_or_insert_with(|| Buffer::new(FIRST_ROOM));
        let mut found: Vec<Received> = Vec::new();
        let mut offset = 0;
        loop {
            if division == Division::Stream {
                if offset >= bytes {
                    return Ok(found);
                }
                buffer.reserve(bytes - offset);
            } else {
                // What was long has been taken out of the buffer.
                buffer.reserve(FIRST_ROOM);
            }
            let first = found.is_empty() && peek_offset < 0;
            let place = (!first).then_some(offset);
            match self.peeker.look(case.fd, place, peek_offset, buffer) {
                Ok(received) if received.control_cut => {
                    let error = io::Error::from_raw_os_error(libc::EMFILE);
                    return Err(case.failed(STAGE, "recvmsg", error).into());
                }
                Ok(received) if received.cut && received.data.len() < MOST_ROOM => {
                    let room = received.data.len() * 4;
                    drop(received);
                    buffer.reserve(room);
                }
                // A shut down SOCK_SEQPACKET ends like this, an empty packet looks like this.
                Ok(received)
                    if received.data.is_empty() && offset >= bytes && events.contains(PollFlags::RDHUP) =>
                {
                    return Ok(found);
                }
                Ok(mut received) => {
                    if division == Division::Stream && !received.fds.is_empty() {
                        let glued = self
                            .peeker
                            .glued(case.fd, place, peek_offset, received.data.len(), buffer)
                            .map_err(|e| case.failed(STAGE, "recvmsg", e))?;
                        if glued > 0 {
                            offset += glued;
                            found.push(received.split_off_front(glued));
                        }
                    }
                    offset += received.data.len();
                    if division == Division::Packets {
                        room.take(received.data.len())?;
                    }
                    if found.len() >= MOST_MESSAGES {
                        let cause = format!("more than {MOST_MESSAGES} messages wait in it");
                        let hint = "let the program read it first";
                        return Err(Reason::new("socket with a long queue", cause, hint).into());
                    }
                    found.push(received);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(found),
                // SOCK_SEQPACKET that was shut down without ever having been connected: readable, and empty for good.
                Err(error) if nothing && error.raw_os_error() == Some(libc::ENOTCONN) => return Ok(found),
                Err(error) => return Err(case.failed(STAGE, "recvmsg", error).into()),
            }
        }
    }
}
