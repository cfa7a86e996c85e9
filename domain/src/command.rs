//! What a person can ask for. JSON with a `type`; the hub understands every version still in the field.
//!
//! A command that sets fields carries the value its author saw for each (`saw`). The device fills it in where
//! the caller leaves it out.

mod parse;

use parse::NotACommand;

use crate::ids::{DocId, Id, Uuid};
use crate::ordered::{OrdMap, OrdSet};
use crate::schema::Field;
use crate::value::Value;
use crate::view::{Recalled, World};
use serde::{Deserialize, Serialize};

/// Largest command, in bytes of JSON.
pub const COMMAND_MAX: usize = 512 * 1024;

/// New values by field, such as `{"title": "Bar", "helpers_max": 4}`. Null empties a field.
pub type Fields = OrdMap<Field, Value>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Command {
    /// A new event. `fields`: title, first_day, last_day, zone; and place, note.
    CreateEvent {
        event: Id,
        fields: Fields,
    },
    UpdateEvent {
        event: Id,
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },
    /// Archives an event, or brings it back. An archived event takes no other command.
    ArchiveEvent {
        event: Id,
        archived: bool,
    },

    /// A new shift. `fields`: title, start, end; zone (else the event's), helpers_min (else 1), helpers_max
    /// (else helpers_min); and team, role, place, preparation, tear_down, skills, adults_only, note.
    CreateAssignment {
        event: Id,
        assignment: Id,
        fields: Fields,
    },
    UpdateAssignment {
        event: Id,
        assignment: Id,
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },
    /// Another time, and another place if `set` has one. `set`: start and end, place.
    MoveAssignment {
        event: Id,
        assignment: Id,
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },
    /// Makes two shifts of one, as one step. `at`: a civil time between its start and its end, where the second begins. It
    /// has all that the first has but its preparation, and gets its tearing down. Who is on the first is on both, but as
    /// `unassign` and `assign` say, which name either.
    SplitAssignment {
        event: Id,
        assignment: Id,
        second: Id,
        at: String,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Vec<Post>>", optional))]
        unassign: Vec<Post>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Vec<Post>>", optional))]
        assign: Vec<Post>,
    },
    /// Cancels a shift, or brings it back. Who was on it stays recorded.
    CancelAssignment {
        event: Id,
        assignment: Id,
        cancelled: bool,
    },

    /// A coordinator puts a helper on a shift.
    Assign {
        event: Id,
        assignment: Id,
        helper: Id,
    },
    /// A coordinator moves a helper from one shift to another: both or neither.
    Reassign {
        event: Id,
        from: Id,
        to: Id,
        helper: Id,
    },
    /// A coordinator puts one helper in the place of another on a shift: both or neither.
    Substitute {
        event: Id,
        assignment: Id,
        from: Id,
        to: Id,
    },
    Unassign {
        event: Id,
        assignment: Id,
        helper: Id,
    },
    /// Takes helpers off shifts and puts others on, as one step: all of it or nothing. Filling the gaps of an event, or
    /// a swap. Exchanging the two lists takes it back.
    Staff {
        event: Id,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Vec<Post>>", optional))]
        unassign: Vec<Post>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Vec<Post>>", optional))]
        assign: Vec<Post>,
    },
    /// A helper takes a free place themself. Refused as `already_taken` where none is left.
    Claim {
        event: Id,
        assignment: Id,
    },
    Accept {
        event: Id,
        assignment: Id,
        helper: Id,
    },
    Decline {
        event: Id,
        assignment: Id,
        helper: Id,
    },
    CheckIn {
        event: Id,
        assignment: Id,
        helper: Id,
    },
    Complete {
        event: Id,
        assignment: Id,
        helper: Id,
    },

    /// A helper, with or without an account. `fields`: name; skills. `contact`: email, phone, note.
    AddHelper {
        helper: Id,
        fields: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        contact: Fields,
    },
    /// `set`: name, skills, adult, archived.
    UpdateHelper {
        helper: Id,
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },
    /// `set`: email, phone, note.
    UpdateContact {
        helper: Id,
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },

    /// How a helper may be planned. `set`: zone, which is that of their working hours and days; latitude and longitude of
    /// home, travel_mode; day_max, week_max, rolling_max (of seven days on end), week_target and rest in minutes;
    /// days_in_row; likes and avoids, which name teams and roles.
    UpdateLimits {
        helper: Id,
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },

    /// `fields`: name; latitude and longitude in millionths of a degree; venue, which places of one house share.
    AddPlace {
        place: Id,
        fields: Fields,
    },
    UpdatePlace {
        place: Id,
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },

    /// How long one needs from a place to another, in minutes; null leaves it to an estimate. It counts in both
    /// directions where the other has none of its own.
    SetTravel {
        from: Id,
        to: Id,
        minutes: Option<u16>,
    },
    /// What counts for everybody. `set`: rest and rest_legal, day_legal, week_legal, rolling_legal (of seven days on
    /// end) and margin, added to each journey, in minutes; days_in_row; stale_after, the days that an imported calendar
    /// is believed.
    UpdateRules {
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },

    /// Working hours of a weekday (`mo` to `su`) or of one date (`2026-07-15`); null takes them away.
    SetWorkingHours {
        helper: Id,
        day: String,
        hours: Option<Hours>,
    },
    /// Says that a helper does not work on a weekday, or on one date.
    SetDayOff {
        helper: Id,
        day: String,
    },
    /// A request by a helper, or an approved time off by a coordinator. `fields`: start, end, zone; reason; repeat, an
    /// RFC 5545 recurrence rule; except, the starts it leaves out. An instance of another time off that lies otherwise:
    /// series, its id, and instance, the start that the rule gives.
    AddTimeOff {
        helper: Id,
        time_off: Id,
        fields: Fields,
    },
    /// `set`: start, end, zone, reason, repeat, except. By a helper it is a request again.
    UpdateTimeOff {
        helper: Id,
        time_off: Id,
        set: Fields,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
        saw: Fields,
    },
    /// A coordinator approves or rejects.
    DecideTimeOff {
        helper: Id,
        time_off: Id,
        approved: bool,
    },
    RemoveTimeOff {
        helper: Id,
        time_off: Id,
    },
    /// The busy times of a calendar, in the place of those that it brought before. Made by [`crate::calendar`].
    ImportBusy {
        helper: Id,
        calendar: Id,
        /// name, at (milliseconds since 1970, UTC), first_day, last_day, truncated.
        fields: Fields,
        busy: Vec<Busy>,
    },
    RemoveCalendar {
        helper: Id,
        calendar: Id,
    },

    /// A whole file of shifts as one step. Made by [`crate::import`]; rows that are there already are updated.
    ImportShifts {
        event: Id,
        places: Vec<ImportPlace>,
        shifts: Vec<ImportShift>,
    },

    /// Writing in the note of a shift. `update`: one Yjs update (V1) in base64 (RFC 4648, with padding); what it may
    /// hold says [`crate::note::inspect`].
    EditNote {
        event: Id,
        assignment: Id,
        update: String,
    },

    /// Takes back what an earlier edit did, as far as it still stands; the receipt says what was kept, and who changed it
    /// since. An undo is an edit like any other: undoing it is a redo.
    Undo {
        /// The uuid of its receipt.
        #[serde(serialize_with = "crate::ids::uuid_as_text")]
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        mutation: Uuid,
        /// Who made it; left out for an own one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        by: Option<Id>,
        /// Also takes back what somebody changed since.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(as = "Option<bool>", optional))]
        also_changed: bool,
    },

    /// An owner deletes an event with its shifts and notes, for good: nobody can bring it back, nor use its id again.
    DeleteEvent {
        event: Id,
    },
}

/// Most entries of [`Command::Staff`] and [`Command::ImportBusy`].
pub const ENTRIES_MAX: usize = 3000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Hours {
    /// `07:30`
    pub from: String,
    /// `17:00`, up to `24:00`; before `from` it is on the next day.
    pub to: String,
}

/// A helper on a shift.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Post {
    pub assignment: Id,
    pub helper: Id,
}

/// A busy time of somebody's calendar, without what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Busy {
    /// Civil times like `2026-07-15T07:30`, in `zone`.
    pub start: String,
    pub end: String,
    pub zone: String,
    /// `busy`, `tentative`, `out_of_office`, `elsewhere` or `free`
    pub kind: String,
    /// The shift, where it is one of this plan seen through the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<Id>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ImportPlace {
    pub place: Id,
    pub fields: Fields,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ImportShift {
    pub assignment: Id,
    /// As for `create_assignment`, with `key`: what makes the row the same row in a corrected file.
    pub fields: Fields,
    /// Where the row was there already: what the author saw.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<Fields>", optional))]
    pub saw: Fields,
}

impl Command {
    /// The documents it reads or writes. Speculation runs it again when one of them moves.
    pub fn docs(&self, world: &dyn World) -> OrdSet<DocId> {
        use Command as C;
        let event = |e: &Id| DocId::Event(e.clone());
        let person = |h: &Id| DocId::Person(h.clone());
        match self {
            C::CreateEvent { event: e, .. } | C::UpdateEvent { event: e, .. } => {
                OrdSet::from([event(e), DocId::Roster])
            }
            C::CreateAssignment { event: e, .. }
            | C::UpdateAssignment { event: e, .. }
            | C::MoveAssignment { event: e, .. }
            | C::Assign { event: e, .. }
            | C::Reassign { event: e, .. }
            | C::Substitute { event: e, .. }
            | C::Claim { event: e, .. }
            | C::Staff { event: e, .. }
            | C::SplitAssignment { event: e, .. }
            | C::ImportShifts { event: e, .. } => OrdSet::from([event(e), DocId::Roster]),
            C::ArchiveEvent { event: e, .. }
            | C::CancelAssignment { event: e, .. }
            | C::Unassign { event: e, .. }
            | C::Accept { event: e, .. }
            | C::Decline { event: e, .. }
            | C::CheckIn { event: e, .. }
            | C::Complete { event: e, .. }
            | C::DeleteEvent { event: e } => OrdSet::from([event(e)]),
            C::AddHelper { helper, .. }
            | C::UpdateContact { helper, .. }
            | C::UpdateLimits { helper, .. }
            | C::SetWorkingHours { helper, .. }
            | C::SetDayOff { helper, .. }
            | C::AddTimeOff { helper, .. }
            | C::UpdateTimeOff { helper, .. }
            | C::ImportBusy { helper, .. }
            | C::RemoveCalendar { helper, .. }
            | C::DecideTimeOff { helper, .. }
            | C::RemoveTimeOff { helper, .. } => OrdSet::from([person(helper), DocId::Roster]),
            C::UpdateHelper { .. }
            | C::AddPlace { .. }
            | C::UpdatePlace { .. }
            | C::SetTravel { .. }
            | C::UpdateRules { .. } => OrdSet::from([DocId::Roster]),
            C::Undo { mutation, by, .. } => {
                let changes = match world.recall(by.as_ref(), *mutation) {
                    Recalled::Known(recorded) => recorded.changes.as_slice(),
                    Recalled::Elsewhere | Recalled::Never => &[],
                };
                changes.iter().map(|change| change.doc.clone()).chain([DocId::Roster]).collect()
            }
            C::EditNote { event: e, assignment, .. } => {
                let note = DocId::Notes { event: e.clone(), assignment: assignment.clone() };
                OrdSet::from([event(e), note])
            }
        }
    }

    /// Parses the JSON of a command, with a refusal that says what is wrong.
    pub fn from_json(json: &[u8]) -> Result<Command, crate::Refusal> {
        use crate::{Refusal, RefusalCode};
        if json.len() > COMMAND_MAX {
            let message = format!("the command is over {} kB; split it", COMMAND_MAX / 1024);
            return Err(Refusal::new(RefusalCode::TooLarge, message));
        }
        parse::from_json(json).map_err(|why| {
            let code = match why {
                NotACommand::UnknownType(_) => RefusalCode::UnknownCommand,
                NotACommand::Invalid(_) => RefusalCode::Invalid,
            };
            Refusal::new(code, format!("not a command: {why}"))
        })
    }

    pub fn to_json(&self) -> Vec<u8> {
        // Serialising maps with string keys and plain values to JSON cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
