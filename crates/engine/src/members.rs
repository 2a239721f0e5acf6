// SPDX-License-Identifier: GPL-2.0-only
//! Where every process of the machine belongs.
use stasis_kernel_text::task::stat;
use std::fs;
use std::io::Result;

/// Processes for which another thread pays.
const SHARE: usize = 64;

/// A living process and where it belongs. Zombies are left out: they are buried soon, as a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub pid: i32,
    pub group: i32,
    pub session: i32,
}

/// Process group and session of every process, kernel threads excepted.
///
/// # Errors
/// /proc cannot be listed.
pub fn members() -> Result<Vec<Member>> {
    let names = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let pids: Vec<i32> = names.collect();
    let found = stasis_parallel::map(&pids, SHARE, |&pid| Result::Ok(member(pid)))?;
    Ok(found.into_iter().flatten().collect())
}

fn member(pid: i32) -> Option<Member> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = stat::parse(&text).ok()?;
    (stat.pgrp > 0 && !stat.state.is_dead()).then_some(Member {
        pid,
        group: stat.pgrp,
        session: stat.session,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    #[test]
    fn a_process_is_found_with_its_group_and_session() {
        // Our own group may be one of another PID namespace, which has no number here.
        let mut child = Command::new("sleep").arg("60").process_group(0).spawn().unwrap();
        let pid = child.id().cast_signed();
        let member = members().unwrap().into_iter().find(|it| it.pid == pid);
        child.kill().unwrap();
        child.wait().unwrap();
        let member = member.unwrap();
        assert_eq!(member.group, pid);
        // Of ours /proc tells 0, too, where its leader is in another PID namespace: getsid(2) has no Pid for that.
        let session = stat::parse(&fs::read("/proc/self/stat").unwrap())
            .unwrap()
            .session;
        assert_eq!(member.session, session);
    }
}
