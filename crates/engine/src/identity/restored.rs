// SPDX-License-Identifier: GPL-2.0-only
//! The tasks of a tree that is being made, found by the numbers that the images have.
use super::Identities;
use stasis_kernel_text::task::status;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Numbers of a tree's tasks on this host.
#[derive(Debug)]
pub(crate) enum Restored {
    /// Its numbers are ours.
    Ours,
    /// It is made in a PID namespace of its own: what is known so far.
    Own {
        /// Its init, by our number.
        init: i32,
        known: Mutex<Identities>,
    },
}

impl Restored {
    pub(crate) fn below(init: i32) -> Self {
        Self::Own {
            init,
            known: Mutex::default(),
        }
    }

    /// Our number of a task; `None` for one that is not there, or not any more.
    pub(crate) fn host(&self, tree: i32) -> Option<i32> {
        match self {
            Self::Ours => Some(tree),
            Self::Own { init, .. } if tree == 1 => Some(*init),
            Self::Own { init, known } => {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                if known.host(tree).is_none() {
                    // More have been made since.
                    *known = found(*init);
                }
                known.host(tree)
            }
        }
    }
}

/// All threads of `init` and of its descendants: in a namespace nobody is anything else.
fn found(init: i32) -> Identities {
    let mut all = Identities::default();
    let numbers = |path: String| -> Vec<i32> {
        let text = std::fs::read(path).unwrap_or_default();
        status::parse(&text).map_or_else(|_| Vec::new(), |status| status.ns_pid)
    };
    // Whoever is in a namespace further in has a number in the init's, too.
    let Some(level) = numbers(format!("/proc/{init}/status")).len().checked_sub(1) else {
        return all;
    };
    let mut processes = vec![init];
    let mut seen = HashSet::from([init]);
    while let Some(pid) = processes.pop() {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
            continue;
        };
        for tid in threads
            .flatten()
            .filter_map(|entry| number(entry.file_name().to_str()?))
        {
            let folder = format!("/proc/{pid}/task/{tid}");
            if let Some(tree) = numbers(format!("{folder}/status")).get(level) {
                all.add(tid, *tree);
            }
            let children = std::fs::read_to_string(format!("{folder}/children")).unwrap_or_default();
            processes.extend(
                children
                    .split_whitespace()
                    .filter_map(number)
                    .filter(|child| seen.insert(*child)),
            );
        }
    }
    all
}

fn number(text: &str) -> Option<i32> {
    text.parse().ok()
}
