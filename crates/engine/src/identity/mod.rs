// SPDX-License-Identifier: GPL-2.0-only
//! A task has a number in each PID namespace that it is in: one by which its tree and the images know it, and one by which this
//! host does (`pid_namespaces(7)`). They are the same where a tree has no namespace of its own.

mod dumped;
mod restored;

use std::collections::HashMap;

pub(crate) use dumped::strangers;
pub(crate) use restored::Restored;

/// Both numbers of every task of a tree that has a PID namespace of its own.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    trees: HashMap<i32, i32>,
    hosts: HashMap<i32, i32>,
    /// Of process groups and sessions, by our numbers; 0: there is none in the tree's namespace.
    groups: HashMap<i32, i32>,
}

impl Identities {
    fn add(&mut self, host: i32, tree: i32) {
        self.trees.insert(host, tree);
        self.hosts.insert(tree, host);
    }

    /// The tree's number of a task of ours; 0 for who is not in its namespace, as the kernel has it.
    fn tree(&self, host: i32) -> i32 {
        self.trees.get(&host).copied().unwrap_or(0)
    }

    /// Our number of a task of the tree.
    pub(crate) fn host(&self, tree: i32) -> Option<i32> {
        self.hosts.get(&tree).copied()
    }
}
