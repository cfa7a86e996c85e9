//! What a check finds.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum ConflictKind {
    Overlap,
    DoubleRole,
    ExternalBusy,
    TimeOff,
    OutsideHours,
    TravelInfeasible,
    Preparation,
    Rest,
    MaxHours,
    ConsecutiveDays,
    Skill,
    Understaffed,
    DuplicateMirror,
    StaleOrUnknown,
    DstAmbiguous,
    Preference,
    Fairness,
}

impl ConflictKind {
    pub const fn name(self) -> &'static str {
        use ConflictKind as K;
        match self {
            K::Overlap => "overlap",
            K::DoubleRole => "double_role",
            K::ExternalBusy => "external_busy",
            K::TimeOff => "time_off",
            K::OutsideHours => "outside_hours",
            K::TravelInfeasible => "travel_infeasible",
            K::Preparation => "preparation",
            K::Rest => "rest",
            K::MaxHours => "max_hours",
            K::ConsecutiveDays => "consecutive_days",
            K::Skill => "skill",
            K::Understaffed => "understaffed",
            K::DuplicateMirror => "duplicate_mirror",
            K::StaleOrUnknown => "stale_or_unknown",
            K::DstAmbiguous => "dst_ambiguous",
            K::Preference => "preference",
            K::Fairness => "fairness",
        }
    }
}

/// From what cannot be to what is good to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Severity {
    Hard,
    Medium,
    Soft,
    Info,
}

/// How far the facts behind it are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Confidence {
    Confirmed,
    /// They were read longer ago than they are believed.
    Stale,
    /// Something that counts is not known here; never taken for free.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ShiftRef {
    pub event: Arc<str>,
    pub assignment: Arc<str>,
}

/// What a conflict stands on, beside its shifts. Minutes, civil times and ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Fact {
    /// Minutes between the shifts, and minutes of way between their places: at the very least, and as expected.
    Way {
        gap: u32,
        shortest: u32,
        expected: u32,
    },
    /// Minutes between the shifts, and minutes of tearing down and preparing that do not fit.
    Buffers {
        gap: u32,
        tear_down: u32,
        preparation: u32,
    },
    /// Nobody knows where one of the places is; minutes between the shifts.
    NoLocation {
        place: String,
        gap: u32,
    },
    TimeOff {
        id: String,
        start: String,
        end: String,
        zone: String,
        approved: bool,
    },
    Busy {
        calendar: String,
        start: String,
        end: String,
        zone: String,
        kind: String,
    },
    /// The calendar does not say: read too long ago, only in part, or not for these days.
    Calendar {
        calendar: String,
        why: Gap,
    },
    /// Minutes outside of the working hours.
    Outside {
        minutes: u32,
    },
    /// Minutes of rest there are, and those that are due; `legal` where the law asks for them.
    Rest {
        minutes: u32,
        due: u32,
        legal: bool,
    },
    /// Minutes on duty without a rest, and the most there may be.
    Duty {
        minutes: u32,
        most: u32,
        legal: bool,
    },
    /// Minutes in a period, and the most there may be.
    Hours {
        period: Period,
        minutes: u32,
        most: u32,
        by: Cap,
    },
    Days {
        first: String,
        last: String,
        days: u32,
        most: u32,
    },
    Skills {
        missing: Vec<String>,
    },
    /// Nobody said that the helper is an adult.
    Adult,
    Helpers {
        there: u32,
        needed: u32,
    },
    /// There are more of this kind than are listed.
    More {
        of: ConflictKind,
    },
    /// This helper is archived, or not in the roster.
    Gone,
    /// This end of the shift comes twice, or never.
    Clock {
        end: End,
        twice: bool,
    },
    /// An unknown zone: nobody knows when the shift is.
    NoZone {
        zone: String,
    },
    /// A team or role that the helper would rather avoid.
    Avoids {
        what: String,
    },
    /// Minutes in the event, and those of a helper on average.
    Share {
        event: String,
        minutes: u32,
        mean: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Gap {
    Stale,
    OutsideSpan,
    Truncated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum End {
    Start,
    End,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Period {
    /// A civil day of the helper's zone.
    Day { date: String },
    /// An ISO week (ISO 8601) of the helper's zone, by its Monday.
    Week { monday: String },
    /// Seven times 24 hours from this civil time on.
    Rolling { start: String },
}

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Cap {
    Legal,
    Own,
    Target,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Conflict {
    /// The same for the same cause, however often it is checked and whatever else changes.
    pub id: String,
    pub kind: ConflictKind,
    pub severity: Severity,
    /// How many minutes are wrong.
    pub score: u32,
    pub confidence: Confidence,
    pub helper: Option<String>,
    /// By start, event and id.
    pub shifts: Vec<ShiftRef>,
    pub facts: Vec<Fact>,
}
