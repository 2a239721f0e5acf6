// SPDX-License-Identifier: GPL-2.0-only
//! What becomes of threads that are killed while they are held.
use stasis_task::{Result, Thread};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A shell that tells the pid of its child, and then that this has ended.
struct Parent {
    shell: Child,
    said: Receiver<String>,
}

impl Parent {
    fn start() -> Self {
        let script = "sleep 1000 & echo $!; wait $!; echo it has ended";
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh");
        let lines = BufReader::new(shell.stdout.take().expect("its output")).lines();
        let (tell, said) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(std::result::Result::ok) {
                let _ = tell.send(line);
            }
        });
        Self { shell, said }
    }

    fn says(&self) -> String {
        self.said
            .recv_timeout(Duration::from_secs(20))
            .unwrap_or_default()
    }

    /// Its child, held.
    fn child(&self) -> Result<Thread> {
        let pid: i32 = self.says().parse().expect("a pid");
        let mut thread = Thread::seize(pid, pid, false)?;
        thread.wait_stopped()?;
        Ok(thread)
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

fn kill(pid: i32) {
    let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
}

#[test]
fn one_that_is_killed_before_it_is_let_go_is_its_parents_when_it_has_been_buried() -> Result<()> {
    let parent = Parent::start();
    let thread = parent.child()?;
    kill(thread.pid);
    assert!(!thread.let_go()?, "it can be let go although it is being killed");
    thread.bury();
    assert_eq!(parent.says(), "it has ended");
    Ok(())
}

#[test]
fn one_that_lives_is_let_go_once() -> Result<()> {
    let parent = Parent::start();
    let thread = parent.child()?;
    assert!(thread.let_go()?);
    assert!(!thread.let_go()?);
    // Nobody's that it could wait for: it does not take its time.
    thread.bury();
    kill(thread.pid);
    assert_eq!(parent.says(), "it has ended");
    Ok(())
}
