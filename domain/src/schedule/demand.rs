//! One shift by itself: whether enough helpers are on it, and whether it is clear when it is. And how an event's work is
//! spread over its helpers.

use super::check::{conflict_id, minutes};
use super::conflict::{Confidence, Conflict, ConflictKind as Kind, End, Fact, Severity};
use super::facts::Shift;
use crate::ordered::OrdMap;
use crate::zone::Standing;

/// From so many helpers on the spread of work can be called unfair.
const MANY: usize = 3;
/// Minutes over the mean that nobody minds.
const MINDED: i64 = 240;

/// Fewer helpers than needed: medium, hard on a critical shift; counted with the minutes of each place that lacks. An end
/// that comes twice, or never, where nobody said which is meant: for information.
pub(super) fn check(shift: &Shift, taken: usize) -> Vec<Conflict> {
    let mut out = Vec::new();
    let mut add = |kind: Kind, severity, score, sure, about: &str, fact| {
        let shifts = vec![shift.key.clone()];
        out.push(Conflict {
            id: conflict_id(kind, None, &shifts, about),
            kind,
            severity,
            score: minutes(score),
            confidence: sure,
            helper: None,
            shifts,
            facts: vec![fact],
        });
    };
    let there = i64::try_from(taken).unwrap_or(i64::MAX);
    if there < shift.needed {
        let severity = if shift.critical { Severity::Hard } else { Severity::Medium };
        let fact = Fact::Helpers { there: minutes(there), needed: minutes(shift.needed) };
        let score = (shift.needed - there) * shift.minutes();
        add(Kind::Understaffed, severity, score, Confidence::Confirmed, "", fact);
    }
    for (end, unclear) in [(End::Start, shift.unclear[0]), (End::End, shift.unclear[1])] {
        let Some(standing) = unclear else { continue };
        let twice = matches!(standing, Standing::Twice { .. });
        let about = if end == End::Start { "start" } else { "end" };
        add(Kind::DstAmbiguous, Severity::Info, 0, Confidence::Confirmed, about, Fact::Clock { end, twice });
    }
    if shift.clock.is_none() {
        let fact = Fact::NoZone { zone: shift.zone_name().to_owned() };
        add(Kind::StaleOrUnknown, Severity::Medium, shift.minutes(), Confidence::Unknown, "zone", fact);
    }
    out
}

/// Helpers with more than one and a half times the mean of all who are on shifts of the event, and hours over it.
/// Counted with the minutes over the mean. Soft.
pub(super) fn spread(event: &str, work: &OrdMap<String, i64>) -> Vec<Conflict> {
    if work.len() < MANY {
        return Vec::new();
    }
    let mean = work.values().sum::<i64>() / i64::try_from(work.len()).unwrap_or(1);
    let much = work.iter().filter(|(_, m)| **m * 2 > mean * 3 && **m - mean >= MINDED);
    let conflict = |(helper, worked): (&String, &i64)| Conflict {
        id: conflict_id(Kind::Fairness, Some(helper), &[], event),
        kind: Kind::Fairness,
        severity: Severity::Soft,
        score: minutes(worked - mean),
        confidence: Confidence::Confirmed,
        helper: Some(helper.clone()),
        shifts: vec![],
        facts: vec![Fact::Share { event: event.to_owned(), minutes: minutes(*worked), mean: minutes(mean) }],
    };
    much.map(conflict).collect()
}
