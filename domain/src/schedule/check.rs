//! What is wrong with the shifts of one helper. Each kind of conflict has its definition here, at its function; all are
//! found from the helper's own shifts, so that an edit concerns but those who are on the shifts that it changes.

mod availability;
mod days;
mod load;
mod pairs;

use super::Season;
use super::conflict::{Confidence, Conflict, ConflictKind, Fact, Severity, ShiftRef};
use super::facts::{Helper, Places, Rules, Shift};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Most conflicts of one kind that are listed for one helper; with more, the plan is wrong as a whole.
pub const MOST: usize = 200;

/// A helper's shifts, and what to check them against.
pub(super) struct Check<'a> {
    pub id: &'a str,
    pub helper: &'a Helper,
    /// By start, end, event and id.
    pub shifts: &'a [Arc<Shift>],
    /// The zone of the helper's days: their own, else that of their first shift.
    pub zone: TimeZone,
    pub rules: &'a Rules,
    pub places: &'a Places,
    /// Milliseconds since 1970.
    pub now: i64,
    pub out: Vec<Conflict>,
}

pub(super) fn check(season: &Season, id: &str, helper: &Helper, shifts: &[Arc<Shift>]) -> Vec<Conflict> {
    let own = helper.person.as_ref().and_then(|p| p.zone.clone());
    let zone = own.or_else(|| shifts.iter().find_map(|s| s.zone.clone())).unwrap_or(TimeZone::UTC);
    let mut check = Check {
        id,
        helper,
        shifts,
        zone,
        rules: &season.rules,
        places: &season.places,
        now: season.now,
        out: Vec::new(),
    };
    check.overlaps();
    check.ways();
    check.skills();
    check.duties();
    check.hours();
    check.days_in_row();
    check.availability();
    check.wishes();
    check.out
}

impl Check<'_> {
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

    fn push(
        &mut self,
        id: String,
        (kind, severity): (ConflictKind, Severity),
        score: i64,
        confidence: Confidence,
        shifts: Vec<ShiftRef>,
        facts: Vec<Fact>,
    ) {
        let (score, helper) = (minutes(score), Some(self.id.to_owned()));
        self.out.push(Conflict { id, kind, severity, score, confidence, helper, shifts, facts });
    }

    /// A needed skill that the helper lacks, and a shift for adults where nobody said that they are one; a helper who is
    /// gone. Counted with all minutes of the shift.
    fn skills(&mut self) {
        let hard = (ConflictKind::Skill, Severity::Hard);
        for shift in self.shifts {
            let has = |skill: &&String| !self.helper.skills.contains(skill);
            let missing: Vec<String> = shift.skills.iter().filter(has).cloned().collect();
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
            let avoided = [&shift.role, &shift.team].into_iter().find(|name| person.avoids.contains(name));
            if let Some(what) = avoided {
                let facts = vec![Fact::Avoids { what: what.clone() }];
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
    let keys: Vec<String> = shifts.iter().map(|s| format!("{}/{}", s.event, s.assignment)).collect();
    format!("{}:{}:{}:{about}", kind.name(), helper.unwrap_or(""), keys.join("+"))
}

pub(super) fn minutes(score: i64) -> u32 {
    u32::try_from(score.max(0)).unwrap_or(u32::MAX)
}
