//! The hub as a process of its own.

use super::SECRET;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub fn hub(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wedsync-hub"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    command.env("WEDSYNC_JWT_HS256_SECRET", SECRET).env("WEDSYNC_LOG", "error");
    command
}

pub struct Running {
    pub child: Child,
    pub address: String,
}

impl Running {
    /// Its resident memory.
    pub fn rss_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        rss.trim().strip_suffix(" kB").unwrap().parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn start(data: &Path) -> Running {
    let mut child = hub(data).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.find_map(|line| line.unwrap().strip_prefix("ready http://").map(str::to_owned));
    Running { child, address: ready.expect("the hub came up") }
}
