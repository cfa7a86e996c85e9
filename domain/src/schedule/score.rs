//! How bad a plan is, and what a change adds to it.

use super::Season;
use super::conflict::{Conflict, Severity};
use super::facts::Shift;
use crate::ordered::OrdMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Minutes that are wrong, by severity. Less is better, and no number of soft minutes outweighs a hard one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Score {
    pub hard: u32,
    pub medium: u32,
    pub soft: u32,
}

impl Score {
    pub fn of<'a>(conflicts: impl IntoIterator<Item = &'a Conflict>) -> Score {
        let mut score = Score::default();
        for conflict in conflicts {
            score.count(conflict.severity, conflict.score);
        }
        score
    }

    pub(super) fn count(&mut self, severity: Severity, minutes: u32) {
        let sum = match severity {
            Severity::Hard => &mut self.hard,
            Severity::Medium => &mut self.medium,
            Severity::Soft => &mut self.soft,
            Severity::Info => return,
        };
        *sum = sum.saturating_add(minutes);
    }

    /// What `after` has more, negative where it has less.
    pub(super) fn change(self, after: Score) -> [i64; 3] {
        let more = |before: u32, after: u32| i64::from(after) - i64::from(before);
        [more(self.hard, after.hard), more(self.medium, after.medium), more(self.soft, after.soft)]
    }
}

/// Those of `after` that `before` has not, or not as bad, and the minutes that are more.
pub(super) fn added(before: &[Conflict], after: Vec<Conflict>) -> (Vec<Conflict>, Score) {
    let known: OrdMap<&str, &Conflict> = before.iter().map(|c| (c.id.as_str(), c)).collect();
    let mut score = Score::default();
    let mut new = Vec::new();
    for conflict in after {
        let more = match known.get(conflict.id.as_str()) {
            None => conflict.score,
            Some(old) if conflict.severity < old.severity => conflict.score,
            Some(old) if conflict.severity == old.severity && conflict.score > old.score => {
                conflict.score - old.score
            }
            Some(_) => continue,
        };
        score.count(conflict.severity, more);
        new.push(conflict);
    }
    (new, score)
}

impl Season {
    pub(super) fn shifts_of(&self, helper: &str) -> &[Arc<Shift>] {
        self.rota.get(helper).map_or(&[], Vec::as_slice)
    }

    pub(super) fn conflicts_with(&self, helper: &str) -> &[Conflict] {
        self.found.get(helper).map_or(&[], Vec::as_slice)
    }
}
