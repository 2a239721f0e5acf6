// SPDX-License-Identifier: GPL-2.0-only
//! Whether a socket has joined a multicast group. The kernel does not list the groups of a socket, but lists
//! those of the machine (`/proc/net/igmp`, `/proc/net/igmp6`) and answers for each whether the socket is a
//! member (`MCAST_MSFILTER`, RFC 3678).

use crate::describe::Case;
use crate::sys::sockopt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::BorrowedFd;

const MCAST_MSFILTER: i32 = 48;

/// A group on an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    interface: u32,
    address: IpAddr,
}

/// The first group the socket is a member of. `known` is read at the first use.
pub(super) fn joined(known: &mut Option<Vec<Group>>, case: &Case<'_>) -> Option<IpAddr> {
    let groups = known.get_or_insert_with(|| {
        let read = |name| std::fs::read_to_string(name).unwrap_or_default();
        let mut groups = v4(&read("/proc/thread-self/net/igmp"));
        groups.extend(v6(&read("/proc/thread-self/net/igmp6")));
        groups
    });
    groups
        .iter()
        .find(|group| is_member(case.fd, group))
        .map(|group| group.address)
}

/// `struct group_filter` without room for sources: interface, `struct sockaddr_storage`, mode and number of
/// sources.
fn is_member(fd: BorrowedFd<'_>, group: &Group) -> bool {
    let mut filter = [0u8; 144];
    filter[..4].copy_from_slice(&group.interface.to_ne_bytes());
    let (level, family) = match group.address {
        IpAddr::V4(address) => {
            filter[12..16].copy_from_slice(&address.octets());
            (libc::IPPROTO_IP, libc::AF_INET)
        }
        IpAddr::V6(address) => {
            filter[16..32].copy_from_slice(&address.octets());
            (libc::IPPROTO_IPV6, libc::AF_INET6)
        }
    };
    filter[8..10].copy_from_slice(&(family as u16).to_ne_bytes());
    sockopt::bytes(fd, level, MCAST_MSFILTER, &mut filter).is_ok()
}

/// A line of an interface begins with its number; those of its groups are indented and hold the address as a
/// native word in hexadecimal.
fn v4(text: &str) -> Vec<Group> {
    let mut interface = 0;
    let mut groups = Vec::new();
    for line in text.lines().skip(1) {
        let Some(first) = line.split_whitespace().next() else {
            continue;
        };
        if line.starts_with(|c: char| c.is_ascii_digit()) {
            interface = first.parse().unwrap_or(0);
        } else if let Ok(word) = u32::from_str_radix(first, 16) {
            groups.push(Group {
                interface,
                address: Ipv4Addr::from(word.to_ne_bytes()).into(),
            });
        }
    }
    groups
}

/// Interface number, its name, address.
fn v6(text: &str) -> Vec<Group> {
    let read = |line: &str| {
        let mut fields = line.split_whitespace();
        let interface = fields.next()?.parse().ok()?;
        let address = u128::from_str_radix(fields.nth(1)?, 16).ok()?;
        Some(Group {
            interface,
            address: Ipv6Addr::from(address).into(),
        })
    };
    text.lines().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_the_kernel() {
        let text = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n\
            1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n\
            4\teth0      :     2      V3\n\t\t\t\tFB0000E0     1 0:00000000\t\t0\n";
        let group = |interface, address: &str| Group {
            interface,
            address: address.parse().unwrap(),
        };
        assert_eq!(v4(text), [group(1, "224.0.0.1"), group(4, "224.0.0.251")]);
        let text = "4    eth0            ff0200000000000000000001ff000002     1 00000004 0\nx\n";
        assert_eq!(v6(text), [group(4, "ff02::1:ff00:2")]);
        assert_eq!((v4(""), v6("")), (vec![], vec![]));
    }
}
