// SPDX-License-Identifier: GPL-2.0-only
use crate::refusals::Reason;

/// Unread bytes of all pipes and sockets of a tree that are dumped at most. They cross to TypeScript as one message and
/// become one arena at the restore: either takes several times as much memory, and offsets in an arena have 32 bits.
const MOST_UNREAD: usize = 512 << 20;

/// How many more bytes may be copied out of pipes and sockets.
pub(crate) struct Room(usize);

impl Room {
    pub(crate) fn new() -> Self {
        Self(MOST_UNREAD)
    }

    /// Counts bytes before they are copied.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Reason> {
        if let Some(left) = self.0.checked_sub(bytes) {
            self.0 = left;
            return Ok(());
        }
        let cause = format!(
            "with its {bytes} unread bytes there are more than {} MiB in the pipes and sockets of the tree",
            MOST_UNREAD >> 20
        );
        Err(Reason::new(
            "too much unread data",
            cause,
            "let the programs read it first",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_for_unread_bytes_ends() {
        let mut room = Room::new();
        assert!(room.take(MOST_UNREAD - 1).is_ok() && room.take(1).is_ok() && room.take(0).is_ok());
        assert!(room.take(1).is_err());
    }
}
