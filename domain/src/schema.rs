//! The one spelling of the structured documents: tables, fields, types and limits.
//!
//! A document is a set of tables; a table is a set of rows with an id; a row is a set of cells. As a Yjs document
//! every table is a root `Y.Map` of rows, every row a `Y.Map` of cells. See [`crate::document`].

use crate::Value;
use crate::ids::{DocId, Id};
use crate::refusal::Refusal;
use crate::{time, zone};

/// Version of this schema. A document written under a newer one is read-only here.
pub const SCHEMA: i64 = 1;
/// Longest text cell, in bytes of UTF-8.
pub const TEXT_MAX: usize = 4 * 1024;
/// Longest title or name, in bytes of UTF-8.
pub const NAME_MAX: usize = 200;
/// Most words in a set, and the longest of them in bytes.
pub const WORDS_MAX: usize = 50;
pub const WORD_MAX: usize = 60;
/// Largest structured document, in bytes as the hub stores it.
pub const DOCUMENT_MAX: usize = 4 * 1024 * 1024;

macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        pub enum $type { $(#[serde(rename = $name)] $variant),* }

        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$variant),*];
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }
            pub fn parse(name: &str) -> Option<$type> {
                match name { $($name => Some($type::$variant),)* _ => None }
            }
        }
    };
}

names! {
    /// A table of a structured document, by the name of its root `Y.Map`.
    /// Only ever append: packed views store the position.
    Table {
        /* every document; its one row is `doc` */
        Meta = "meta",
        /* roster */
        Helpers = "helpers",
        Places = "places",
        /* person/{helper} */
        Contact = "contact",
        Hours = "hours",
        TimeOff = "time_off",
        /* event/{event}; facts has one row, `event` */
        Facts = "facts",
        Assignments = "assignments",
        Assigned = "assigned",
        /* person/{helper}: limits has one row; busy is what calendars/{calendar} brought */
        Limits = "limits",
        Calendars = "calendars",
        Busy = "busy",
        /* roster: rules has one row */
        Rules = "rules",
        Travel = "travel",
    }
}

names! {
    /// A field of a row, by the name of its key. Only ever append: packed views store the position.
    Field {
        Schema = "schema",
        Name = "name",
        Title = "title",
        Skills = "skills",
        Archived = "archived",
        Latitude = "latitude",
        Longitude = "longitude",
        Email = "email",
        Phone = "phone",
        Note = "note",
        From = "from",
        To = "to",
        Start = "start",
        End = "end",
        Zone = "zone",
        Reason = "reason",
        Status = "status",
        FirstDay = "first_day",
        LastDay = "last_day",
        Place = "place",
        Team = "team",
        Role = "role",
        HelpersMin = "helpers_min",
        HelpersMax = "helpers_max",
        Preparation = "preparation",
        TearDown = "tear_down",
        AdultsOnly = "adults_only",
        Key = "key",
        Assignment = "assignment",
        Helper = "helper",
        Venue = "venue",
        Adult = "adult",
        Critical = "critical",
        Tentative = "tentative",
        Fold = "fold",
        Off = "off",
        Repeat = "repeat",
        Except = "except",
        Series = "series",
        Instance = "instance",
        TravelMode = "travel_mode",
        DayMax = "day_max",
        WeekMax = "week_max",
        WeekTarget = "week_target",
        RollingMax = "rolling_max",
        Rest = "rest",
        RestLegal = "rest_legal",
        DayLegal = "day_legal",
        WeekLegal = "week_legal",
        RollingLegal = "rolling_legal",
        DaysInRow = "days_in_row",
        Margin = "margin",
        StaleAfter = "stale_after",
        Likes = "likes",
        Avoids = "avoids",
        Minutes = "minutes",
        Calendar = "calendar",
        Kind = "kind",
        At = "at",
        Truncated = "truncated",
        Event = "event",
    }
}

/// The one row of a table that has but one.
pub fn single_row(table: Table) -> &'static str {
    match table {
        Table::Facts => "event",
        Table::Contact => "contact",
        Table::Limits => "limits",
        Table::Rules => "rules",
        _ => "doc",
    }
}

/// Weekday rows of [`Table::Hours`], Monday first. Exceptions use the date, `2026-07-15`, as the row.
pub const WEEKDAYS: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

/// What a cell may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// One line of text, at most [`NAME_MAX`] bytes; must not be blank where required.
    Name,
    /// Text, at most [`TEXT_MAX`] bytes.
    Text,
    Id,
    Bool,
    /// An integer within these bounds, both included.
    Int(i64, i64),
    /// `2026-07-15T07:30`
    Civil,
    /// `2026-07-15`
    Date,
    /// `07:30`, up to `24:00`
    Clock,
    /// An IANA zone name
    Zone,
    Words,
    OneOf(&'static [&'static str]),
}

/// A field of a table: its type, and whether a row must have it.
pub type Spec = (Field, Type, bool);

/// Latitude and longitude are integers in millionths of a degree (WGS 84).
pub const DEGREE: i64 = 1_000_000;

pub const ASSIGNMENT_STATUS: &[&str] = &["open", "cancelled"];
/// `assigned`: asked by a coordinator. `accepted`: the helper said yes, or claimed the shift.
pub const ASSIGNED_STATUS: &[&str] = &["assigned", "accepted", "declined", "checked_in", "completed"];
pub const TIME_OFF_STATUS: &[&str] = &["requested", "approved", "rejected"];
pub const TRAVEL_MODES: &[&str] = &["walk", "bicycle", "transit", "car"];
/// Which end of a shift is meant the second time, where the clock goes back and it comes twice.
pub const FOLDS: &[&str] = &["start", "end", "both"];
pub const BUSY_KINDS: &[&str] = &["busy", "tentative", "out_of_office", "elsewhere", "free"];
/// Minutes of a day, a week and seven days on end.
const DAY: i64 = 1440;
const WEEK: i64 = 7 * DAY;

/// The fields a table knows.
pub fn fields(table: Table) -> &'static [Spec] {
    use Field as F;
    use Type as T;
    match table {
        Table::Meta => &[(F::Schema, T::Int(1, i64::MAX), true)],
        Table::Helpers => &[
            (F::Name, T::Name, true),
            (F::Skills, T::Words, false),
            (F::Adult, T::Bool, false),
            (F::Archived, T::Bool, false),
        ],
        Table::Places => &[
            (F::Name, T::Name, true),
            (F::Latitude, T::Int(-90 * DEGREE, 90 * DEGREE), false),
            (F::Longitude, T::Int(-180 * DEGREE, 180 * DEGREE), false),
            (F::Venue, T::Name, false),
            (F::Archived, T::Bool, false),
        ],
        Table::Rules => &[
            (F::Rest, T::Int(0, 2 * DAY), false),
            (F::RestLegal, T::Int(0, 2 * DAY), false),
            (F::DayLegal, T::Int(1, DAY), false),
            (F::WeekLegal, T::Int(1, WEEK), false),
            (F::RollingLegal, T::Int(1, WEEK), false),
            (F::DaysInRow, T::Int(1, 31), false),
            (F::Margin, T::Int(0, DAY), false),
            (F::StaleAfter, T::Int(1, 365), false),
        ],
        Table::Travel => &[(F::From, T::Id, true), (F::To, T::Id, true), (F::Minutes, T::Int(0, DAY), true)],
        Table::Contact => {
            &[(F::Email, T::Name, false), (F::Phone, T::Name, false), (F::Note, T::Text, false)]
        }
        Table::Limits => &[
            (F::Zone, T::Zone, false),
            (F::Latitude, T::Int(-90 * DEGREE, 90 * DEGREE), false),
            (F::Longitude, T::Int(-180 * DEGREE, 180 * DEGREE), false),
            (F::TravelMode, T::OneOf(TRAVEL_MODES), false),
            (F::DayMax, T::Int(1, DAY), false),
            (F::WeekMax, T::Int(1, WEEK), false),
            (F::RollingMax, T::Int(1, WEEK), false),
            (F::WeekTarget, T::Int(1, WEEK), false),
            (F::Rest, T::Int(0, 2 * DAY), false),
            (F::DaysInRow, T::Int(1, 31), false),
            (F::Likes, T::Words, false),
            (F::Avoids, T::Words, false),
        ],
        Table::Calendars => &[
            (F::Name, T::Name, true),
            (F::At, T::Int(0, i64::MAX), true),
            (F::FirstDay, T::Date, true),
            (F::LastDay, T::Date, true),
            (F::Truncated, T::Bool, false),
        ],
        Table::Busy => &[
            (F::Calendar, T::Id, true),
            (F::Start, T::Civil, true),
            (F::End, T::Civil, true),
            (F::Zone, T::Zone, true),
            (F::Kind, T::OneOf(BUSY_KINDS), true),
            (F::Event, T::Id, false),
            (F::Assignment, T::Id, false),
        ],
        Table::Hours => &[(F::From, T::Clock, false), (F::To, T::Clock, false), (F::Off, T::Bool, false)],
        Table::TimeOff => &[
            (F::Start, T::Civil, true),
            (F::End, T::Civil, true),
            (F::Zone, T::Zone, true),
            (F::Reason, T::Text, false),
            (F::Repeat, T::Name, false),
            (F::Except, T::Words, false),
            (F::Series, T::Id, false),
            (F::Instance, T::Civil, false),
            (F::Status, T::OneOf(TIME_OFF_STATUS), true),
        ],
        Table::Facts => &[
            (F::Title, T::Name, true),
            (F::FirstDay, T::Date, true),
            (F::LastDay, T::Date, true),
            (F::Zone, T::Zone, true),
            (F::Place, T::Id, false),
            (F::Note, T::Text, false),
            (F::Archived, T::Bool, false),
        ],
        Table::Assignments => &[
            (F::Title, T::Name, true),
            (F::Team, T::Name, false),
            (F::Role, T::Name, false),
            (F::Place, T::Id, false),
            (F::Start, T::Civil, true),
            (F::End, T::Civil, true),
            (F::Zone, T::Zone, true),
            (F::HelpersMin, T::Int(0, 1000), true),
            (F::HelpersMax, T::Int(1, 1000), true),
            (F::Preparation, T::Int(0, 1440), false),
            (F::TearDown, T::Int(0, 1440), false),
            (F::Skills, T::Words, false),
            (F::AdultsOnly, T::Bool, false),
            (F::Critical, T::Bool, false),
            (F::Tentative, T::Bool, false),
            (F::Fold, T::OneOf(FOLDS), false),
            (F::Note, T::Text, false),
            (F::Status, T::OneOf(ASSIGNMENT_STATUS), true),
            (F::Key, T::Text, false),
        ],
        Table::Assigned => &[
            (F::Assignment, T::Id, true),
            (F::Helper, T::Id, true),
            (F::Status, T::OneOf(ASSIGNED_STATUS), true),
        ],
    }
}

/// The tables a document has, besides [`Table::Meta`]. Notes and inboxes are not structured.
pub fn tables(doc: &DocId) -> &'static [Table] {
    match doc {
        DocId::Roster => &[Table::Helpers, Table::Places, Table::Rules, Table::Travel],
        DocId::Person(_) => {
            &[Table::Contact, Table::Hours, Table::TimeOff, Table::Limits, Table::Calendars, Table::Busy]
        }
        DocId::Event(_) => &[Table::Facts, Table::Assignments, Table::Assigned],
        DocId::Notes { .. } | DocId::Inbox(_) => &[],
    }
}

/// The row of [`Table::Assigned`] for this pair. Ids hold no `.`, so it cannot collide.
pub fn assigned_row(assignment: &Id, helper: &Id) -> String {
    format!("{assignment}.{helper}")
}

/// The row of [`Table::Travel`] from one place to another.
pub fn travel_row(from: &Id, to: &Id) -> String {
    format!("{from}.{to}")
}

/// The type of a field in a table, or a refusal that names both.
pub fn spec(table: Table, field: Field) -> Result<&'static Spec, Refusal> {
    fields(table).iter().find(|(f, _, _)| *f == field).ok_or_else(|| {
        Refusal::invalid(field, format!("'{}' is not a field of '{}'", field.name(), table.name()))
    })
}

/// Checks a value against the type of its cell.
pub fn check(table: Table, field: Field, value: &Value) -> Result<(), Refusal> {
    let (_, ty, required) = spec(table, field)?;
    let name = field.name();
    let bad = |what: String| Err(Refusal::invalid(field, what));
    if value.is_null() {
        return if *required { bad(format!("'{name}' must not be empty")) } else { Ok(()) };
    }
    let text = value.text();
    let ok = match ty {
        Type::Name => {
            let Some(t) = text else { return bad(format!("'{name}' must be text")) };
            if t.len() > NAME_MAX {
                return Err(Refusal::too_long(field, NAME_MAX));
            }
            if t.trim().is_empty() {
                return bad(format!("'{name}' must not be blank"));
            }
            !t.chars().any(char::is_control)
        }
        Type::Text => {
            let Some(t) = text else { return bad(format!("'{name}' must be text")) };
            if t.len() > TEXT_MAX {
                return Err(Refusal::too_long(field, TEXT_MAX));
            }
            true
        }
        Type::Id => text.is_some_and(|t| t.parse::<Id>().is_ok()),
        Type::Bool => value.bool().is_some(),
        Type::Int(low, high) => value.int().is_some_and(|i| (*low..=*high).contains(&i)),
        Type::Civil => text.is_some_and(|t| time::parse_civil(t).is_some()),
        Type::Date => text.is_some_and(|t| time::parse_date(t).is_some()),
        Type::Clock => text.is_some_and(|t| time::parse_clock(t).is_some()),
        Type::Zone => text.is_some_and(zone::is_known),
        Type::Words => {
            let Value::Words(words) = value else { return bad(format!("'{name}' must be a list of words")) };
            if words.len() > WORDS_MAX || words.iter().any(|w| w.len() > WORD_MAX) {
                return Err(Refusal::too_long(field, WORD_MAX));
            }
            words.iter().all(|w| !w.trim().is_empty())
        }
        Type::OneOf(all) => text.is_some_and(|t| all.contains(&t)),
    };
    if ok { Ok(()) } else { bad(format!("'{name}' must be {}", describe(*ty))) }
}

fn describe(ty: Type) -> String {
    match ty {
        Type::Name => "one line of text".into(),
        Type::Text => "text".into(),
        Type::Id => "an id".into(),
        Type::Bool => "true or false".into(),
        Type::Int(low, high) => format!("a whole number from {low} to {high}"),
        Type::Civil => "a date and time like 2026-07-15T07:30".into(),
        Type::Date => "a date like 2026-07-15".into(),
        Type::Clock => "a time of day like 07:30".into(),
        Type::Zone => "the IANA name of a time zone, like Europe/London".into(),
        Type::Words => "a list of words".into(),
        Type::OneOf(all) => format!("one of {}", all.join(", ")),
    }
}
