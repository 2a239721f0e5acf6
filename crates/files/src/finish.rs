// SPDX-License-Identifier: GPL-2.0-only
use crate::context::Context;
use crate::describe::{epoll, pipe_ends, tty_pairs};
use crate::error::Result;
use crate::socket;

/// What can be told only when every description is known: who is at the other end.
pub(crate) fn resolve(context: &mut Context<'_>) -> Result<()> {
    for (number, text) in std::mem::take(&mut context.epolls) {
        epoll::resolve(context, number, &text)?;
    }
    pipe_ends::resolve(context);
    tty_pairs::resolve(context);
    socket::resolve(context);
    Ok(())
}
