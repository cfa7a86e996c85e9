//! What is wrong with the shifts of one helper. Each kind of conflict has its definition here, at its function; all are
//! found from the helper's own shifts, so that an edit concerns but those who are on the shifts that it changes.

mod availability;
mod days;
mod load;
mod pairs;

use super::Season;
use super::clock::Clock;
use super::conflict::{Confidence, Conflict, ConflictKind, Fact, Severity, ShiftRef};
use super::facts::{Helper, Places, Rules, Shift};
use crate::ordered::OrdMap;
use crate::zone::Instant;
use std::sync::Arc;

/// Most conflicts of one kind that are listed for one helper; with more, the plan is wrong as a whole.
pub const MOST: usize = 200;

/// A helper's shifts, and what to check them against.
pub(super) struct Check<'a> {
    pub id: &'a str,
    pub helper: &'a Helper,
    /// By start, end, event and id.
    pub shifts: &'a [Arc<Shift>],
    /// The latest end of the shifts up to each: with it those that touch a time are found without looking at all.
    latest: Vec<Instant>,
    /// The times at which the helper works, in order, those that touch or overlap made one.
    work: Vec<(Instant, Instant)>,
    /// The zone of the helper's days: their own, else that of their first shift.
    pub clock: Clock,
    pub rules: &'a Rules,
    pub places: &'a Places,
    /// Milliseconds since 1970.
    pub now: i64,
    found: OrdMap<ConflictKind, usize>,
    pub out: Vec<Conflict>,
}

pub(super) fn check(season: &Season, id: &str, helper: &Helper, shifts: &[Arc<Shift>]) -> Vec<Conflict> {
    let own = helper.person.as_ref().and_then(|p| p.clock.clone());
    let clock = own.or_else(|| shifts.iter().find_map(|s| s.clock.clone())).unwrap_or_else(Clock::utc);
    let latest = shifts.iter().scan(Instant::MIN, |latest, shift| {
        *latest = shift.end.max(*latest);
        Some(*latest)
    });
    let mut check = Check {
        id,
        helper,
        shifts,
        latest: latest.collect(),
        work: days::work(shifts),
        clock,
        rules: &season.rules,
        places: &season.places,
        now: season.now,
        found: OrdMap::new(),
        out: Vec::new(),
    };
    check.overlaps();
    check.ways();
    check.skills();
    check.duties();
    let days = check.days();
    check.hours(&days);
    check.days_in_row(&days);
    check.availability();
    check.wishes();
    check.out
}

impl<'a> Check<'a> {
    /// `about`: what tells it from others of the same kind and shifts.
    fn add(
        &mut self,
        what: (ConflictKind, Severity),
        score: i64,
        sure: Confidence,
        shifts: &[&Shift],
        about: &str,
        facts: Vec<Fact>,
    ) {
        let keys: Vec<ShiftRef> = shifts.iter().map(|s| s.key.clone()).collect();
        let id = conflict_id(what.0, Some(self.id), &keys, about);
        self.push(id, what, score, sure, keys, facts);
    }

    /// As [`Check::add`], for what is the same conflict also with other shifts: a period, a calendar.
    fn add_about(
        &mut self,
        what: (ConflictKind, Severity),
        score: i64,
        sure: Confidence,
        shifts: &[Arc<Shift>],
        about: &str,
        facts: Vec<Fact>,
    ) {
        let keys: Vec<ShiftRef> = shifts.iter().map(|s| s.key.clone()).collect();
        let id = conflict_id(what.0, Some(self.id), &[], about);
        self.push(id, what, score, sure, keys, facts);
    }

    /// No more than [`MOST`] of a kind; then, once, that there are more.
    fn push(
        &mut self,
        id: String,
        (kind, severity): (ConflictKind, Severity),
        score: i64,
        confidence: Confidence,
        shifts: Vec<ShiftRef>,
        facts: Vec<Fact>,
    ) {
        let helper = Some(self.id.to_owned());
        let found = self.found.entry(kind).or_default();
        *found += 1;
        if *found <= MOST {
            self.out.push(Conflict {
                id,
                kind,
                severity,
                score: minutes(score),
                confidence,
                helper,
                shifts,
                facts,
            });
        } else if *found == MOST + 1 {
            self.out.push(Conflict {
                id: conflict_id(
                    ConflictKind::StaleOrUnknown,
                    Some(self.id),
                    &[],
                    &format!("more {}", kind.name()),
                ),
                kind: ConflictKind::StaleOrUnknown,
                severity: Severity::Medium,
                score: 0,
                confidence: Confidence::Unknown,
                helper,
                shifts,
                facts: vec![Fact::More { of: kind }],
            });
        }
    }

    /// Whether no more of a kind are listed.
    fn is_full(&self, kind: ConflictKind) -> bool {
        self.found.get(&kind).is_some_and(|found| *found > MOST)
    }

    /// The shifts that have `[start, end)` in common with it. A time without length is none.
    fn touching(&self, start: Instant, end: Instant) -> impl Iterator<Item = &'a Arc<Shift>> + use<'a> {
        let from = self.latest.partition_point(|latest| *latest <= start);
        let to = self.shifts.partition_point(|s| s.start < end).max(from);
        self.shifts[from..to].iter().filter(move |s| s.end > start && end > start)
    }

    /// Whoever may not read a helper's limits and zone knows only those for everybody.
    fn confidence(&self) -> Confidence {
        if self.helper.person.is_some() { Confidence::Confirmed } else { Confidence::Unknown }
    }

    /// A needed skill that the helper lacks, and a shift for adults where nobody said that they are one; a helper who is
    /// gone. Counted with all minutes of the shift.
    fn skills(&mut self) {
        let hard = (ConflictKind::Skill, Severity::Hard);
        for shift in self.shifts {
            let has = |skill: &&String| !self.helper.skills.contains(skill);
            let missing: Vec<String> = shift.skills().iter().filter(has).cloned().collect();
            let minutes = shift.minutes();
            if self.helper.is_gone {
                let what = (ConflictKind::StaleOrUnknown, Severity::Medium);
                self.add(what, minutes, Confidence::Unknown, &[shift], "gone", vec![Fact::Gone]);
                continue;
            }
            if !missing.is_empty() {
                let facts = vec![Fact::Skills { missing }];
                self.add(hard, minutes, Confidence::Confirmed, &[shift], "", facts);
            }
            if shift.adults_only && !self.helper.is_adult {
                self.add(hard, minutes, Confidence::Unknown, &[shift], "adult", vec![Fact::Adult]);
            }
        }
    }

    /// A team or role that the helper avoids. Counted with all minutes of the shift.
    fn wishes(&mut self) {
        let Some(person) = &self.helper.person else { return };
        for shift in self.shifts {
            if let Some(what) = shift.role_or_team_in(&person.avoids) {
                let facts = vec![Fact::Avoids { what: what.to_owned() }];
                let soft = (ConflictKind::Preference, Severity::Soft);
                self.add(soft, shift.minutes(), Confidence::Confirmed, &[shift], "", facts);
            }
        }
    }
}

/// The same for the same cause. Ids hold no `:`, `+` or `/`.
pub(super) fn conflict_id(
    kind: ConflictKind,
    helper: Option<&str>,
    shifts: &[ShiftRef],
    about: &str,
) -> String {
    let mut id = [kind.name(), ":", helper.unwrap_or(""), ":"].concat();
    for (i, shift) in shifts.iter().enumerate() {
        let parts = [if i > 0 { "+" } else { "" }, &shift.event, "/", &shift.assignment];
        parts.into_iter().for_each(|part| id.push_str(part));
    }
    id.push(':');
    id.push_str(about);
    id
}

pub(super) fn minutes(score: i64) -> u32 {
    u32::try_from(score.max(0)).unwrap_or(u32::MAX)
}
