//! What is simulated: a seed, how much, and what is left out of it. A failing case is made small and kept as a line.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Kinds of misfortune. A case can leave some out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A connection breaks while a message is on its way; half of them silently.
    Cut,
    /// A request is sent twice by something in between.
    Doubled,
    /// A reader takes nothing for minutes.
    Stalled,
    /// A device is without a network.
    Offline,
    /// A proxy lets no WebSocket pass.
    Blocked,
    TabKilled,
    TabFrozen,
    BrowserKilled,
    /// Everything that was not written strictly may be gone.
    PowerCut,
    /// A transaction fails: no room, or the connection closed.
    Storage,
    /// The database is deleted under open tabs.
    Deleted,
    /// The storage is evicted while the browser is closed.
    Evicted,
    /// A device is copied from a backup.
    Cloned,
    /// A clock is days off.
    Clock,
    /// The hub dies at some step of a commit, or between two.
    HubKilled,
    /// The hub's disk refuses a commit.
    HubDisk,
    /// The hub is restored from a backup.
    Restored,
    /// Somebody's role changes.
    Role,
    /// A person or a device is sent away, and perhaps let in again.
    Revoked,
    /// A document is written by a newer version.
    NewerSchema,
}

impl Fault {
    pub const ALL: [Fault; 20] = [
        Fault::Cut,
        Fault::Doubled,
        Fault::Stalled,
        Fault::Offline,
        Fault::Blocked,
        Fault::TabKilled,
        Fault::TabFrozen,
        Fault::BrowserKilled,
        Fault::PowerCut,
        Fault::Storage,
        Fault::Deleted,
        Fault::Evicted,
        Fault::Cloned,
        Fault::Clock,
        Fault::HubKilled,
        Fault::HubDisk,
        Fault::Restored,
        Fault::Role,
        Fault::Revoked,
        Fault::NewerSchema,
    ];
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub seed: u64,
    pub devices: usize,
    pub steps: usize,
    /// Edits that one device queues in seven days without a network, before the steps begin.
    pub queued: usize,
    /// Steps in which nobody does anything.
    pub skipped: BTreeSet<usize>,
    pub without: BTreeSet<Fault>,
}

impl Case {
    pub fn new(seed: u64) -> Case {
        Case { seed, devices: 4, steps: 200, queued: 0, skipped: BTreeSet::new(), without: BTreeSet::new() }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed={} devices={} steps={}", self.seed, self.devices, self.steps)?;
        if self.queued > 0 {
            write!(f, " queued={}", self.queued)?;
        }
        if !self.skipped.is_empty() {
            let mut ranges: Vec<(usize, usize)> = Vec::new();
            for step in &self.skipped {
                match ranges.last_mut() {
                    Some((_, end)) if *end + 1 == *step => *end = *step,
                    _ => ranges.push((*step, *step)),
                }
            }
            let texts: Vec<String> = ranges
                .iter()
                .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") })
                .collect();
            write!(f, " skip={}", texts.join(","))?;
        }
        if !self.without.is_empty() {
            let names: Vec<String> = self.without.iter().map(|fault| format!("{fault:?}")).collect();
            write!(f, " without={}", names.join(","))?;
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotACase(String);

impl fmt::Display for NotACase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not part of a case; a case is like: {}", self.0, EXAMPLE)
    }
}

const EXAMPLE: &str = "seed=7 devices=4 steps=200 skip=3,8-12 without=Clock,Cloned";

/// A line of the file of cases; what follows a `#` is a remark.
impl FromStr for Case {
    type Err = NotACase;

    fn from_str(line: &str) -> Result<Case, NotACase> {
        let mut case = Case::new(0);
        let line = line.split('#').next().unwrap_or_default();
        for part in line.split_whitespace() {
            let bad = || NotACase(part.to_owned());
            let (name, value) = part.split_once('=').ok_or_else(bad)?;
            match name {
                "seed" => case.seed = value.parse().map_err(|_| bad())?,
                "devices" => case.devices = value.parse().map_err(|_| bad())?,
                "steps" => case.steps = value.parse().map_err(|_| bad())?,
                "queued" => case.queued = value.parse().map_err(|_| bad())?,
                "skip" => {
                    for range in value.split(',') {
                        let (from, to) = range.split_once('-').unwrap_or((range, range));
                        let from: usize = from.parse().map_err(|_| bad())?;
                        let to: usize = to.parse().map_err(|_| bad())?;
                        case.skipped.extend(from..=to);
                    }
                }
                "without" => {
                    for name in value.split(',') {
                        let fault = Fault::ALL.into_iter().find(|f| format!("{f:?}") == name);
                        case.without.insert(fault.ok_or_else(bad)?);
                    }
                }
                _ => return Err(bad()),
            }
        }
        Ok(case)
    }
}
