// SPDX-License-Identifier: GPL-2.0-only
//! `sock_diag(7)`: what cannot be asked of a socket itself is asked there.

mod request;

use crate::feature::{Feature, Lack};
use request::{Answer, Query};

const FAMILIES: &[(&str, Query, &str)] = &[
    ("sock_diag unix", Query::unix(), "unix sockets are refused"),
    (
        "sock_diag TCP",
        Query::inet(libc::AF_INET, libc::IPPROTO_TCP),
        "TCP sockets are refused",
    ),
    (
        "sock_diag TCP v6",
        Query::inet(libc::AF_INET6, libc::IPPROTO_TCP),
        "TCP sockets over IPv6 are refused",
    ),
    (
        "sock_diag UDP",
        Query::inet(libc::AF_INET, libc::IPPROTO_UDP),
        "UDP sockets are refused",
    ),
    (
        "sock_diag UDP v6",
        Query::inet(libc::AF_INET6, libc::IPPROTO_UDP),
        "UDP sockets over IPv6 are refused",
    ),
    (
        "sock_diag packet",
        Query::packet(),
        "nothing yet: packet sockets are refused anyway",
    ),
    (
        "sock_diag netlink",
        Query::netlink(),
        "nothing yet: netlink sockets are refused anyway",
    ),
];

/// One feature a family of sockets. Modules that are not loaded are, if the kernel may load them
/// (`CONFIG_*_DIAG`).
pub fn socket_diag() -> Vec<Feature> {
    let features = FAMILIES.iter().map(|(name, query, costs)| {
        let found = match query.ask() {
            Ok(Answer::Known) => Ok("answers".to_owned()),
            Ok(Answer::Unknown) => Err(Lack::missing("no handler for it, nor a module")),
            Err(error) => Err(Lack::untried(format!("netlink: {error}"))),
        };
        Feature::optional(name, costs, found)
    });
    features.collect()
}
