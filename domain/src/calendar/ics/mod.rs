//! Calendar files (iCalendar, RFC 5545): a helper's calendar as busy times, and shifts as a calendar.
//!
//! What a file says is never taken as free for want of understanding it: an event whose zone or rule cannot be read is
//! busy as far as it can be, with a warning, and an answer that is not whole says so (`truncated`).
//!
//! - [`lines`]: content lines
//! - [`components`]: calendars, events and zones of a file
//! - [`value`]: dates, times, durations
//! - [`zones`], [`windows`], [`vtimezone`]: which zone a name means
//! - [`event`]: what one event means
//! - [`busy`]: events as busy times
//! - [`mod@write`]: shifts as a calendar file

mod busy;
mod components;
mod event;
mod lines;
mod value;
mod vtimezone;
mod windows;
mod write;
mod zones;

pub use write::{OwnShift, write};

use crate::calendar::Budget;
use crate::ids::Id;
use crate::zone::{Zones, resolve};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use zones::{Named, Resolver};

/// Largest file, in bytes.
pub const FILE_MAX: usize = 10 * 1024 * 1024;
/// Most busy times that come out.
pub const BUSY_MAX: usize = 2_000;
/// Most warnings that are listed.
pub const WARNINGS_MAX: usize = 20;
/// Longest title and name, in characters.
pub const TITLE_MAX: usize = 200;
/// Longest UID that is kept as it is, in bytes; of a longer one, a hash.
pub const UID_MAX: usize = 255;
/// Days that all rules of a file may look at.
const STEPS_MAX: u32 = 2_000_000;

/// How to read a file.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The reader's IANA zone: for times without one, for days where the calendar names none, and for the window.
    pub zone: &'a str,
    /// From the beginning of the first day up to that of the second.
    pub window: (Date, Date),
    pub zones: &'a Zones,
}

/// What a file says about the days asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Calendar {
    pub name: Option<String>,
    /// By their start.
    pub busy: Vec<BusyTime>,
    /// At most [`WARNINGS_MAX`]; `more_warnings` counts the rest.
    pub warnings: Vec<Warning>,
    pub more_warnings: usize,
    /// A limit was met, or a rule not understood: what is not listed is unknown, not free.
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct BusyTime {
    /// Civil times like `2026-07-15T07:30`, in `zone`.
    pub start: String,
    pub end: String,
    /// An IANA name; UTC where the file says so, or has a zone that only it knows.
    pub zone: String,
    pub kind: BusyKind,
    /// Empty where the file has none.
    pub uid: String,
    pub title: String,
    /// The shift, where it is one that [`write`] wrote.
    pub own: Option<Own>,
}

/// A shift of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Own {
    pub event: Id,
    pub assignment: Id,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum BusyKind {
    Busy,
    Tentative,
    OutOfOffice,
    Elsewhere,
    Free,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Warning {
    /// In the file, from 1.
    pub line: u32,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IcsError {
    #[error("The file is over {} MB; export fewer calendars, or a shorter time.", limit / 1024 / 1024)]
    TooLarge { limit: usize },
    #[error("This is no calendar file. {hint}")]
    NotACalendar { hint: &'static str },
    #[error("zone: {zone:?} is no IANA time zone, such as Europe/Berlin")]
    UnknownZone { zone: String },
    #[error("window: its second day must come after the first")]
    EmptyWindow,
}

/// Reads a file's busy times. Cancelled events are left out, and those that the calendar's owner declined: the
/// attendee whose address or name is the calendar's name (X-WR-CALNAME). Whose answer it is cannot be known otherwise.
pub fn read(bytes: &[u8], options: Options) -> Result<Calendar, IcsError> {
    if bytes.len() > FILE_MAX {
        return Err(IcsError::TooLarge { limit: FILE_MAX });
    }
    let unknown = || IcsError::UnknownZone { zone: options.zone.chars().take(TITLE_MAX).collect() };
    let zone = options.zones.zone(options.zone).ok_or_else(unknown)?;
    let window = options.window;
    if window.0 >= window.1 {
        return Err(IcsError::EmptyWindow);
    }
    let midnight = |day: Date| resolve(day.at(0, 0, 0, 0), &zone).at;
    let window = (midnight(window.0), midnight(window.1));
    let mut warnings = Warnings::default();
    let file = components::read(bytes, &mut warnings);
    if file.calendars.is_empty() {
        return Err(IcsError::NotACalendar { hint: hint(bytes) });
    }
    let mut budget = Budget::new(STEPS_MAX);
    let reader = Named { name: Some(options.zone.to_owned()), zone };
    let mut resolver = Resolver::new(options.zones, &file.zones, reader, window);
    for calendar in &file.calendars {
        let zone = calendar.zone.as_ref().map(|line| (line.value.as_str(), line.number));
        resolver.add_calendar(zone, &mut warnings, &mut budget);
    }
    let (busy, cut) = busy::times(&file, &mut resolver, window, &mut warnings, &mut budget);
    let name = file.calendars.iter().find_map(|calendar| calendar.name.as_deref());
    Ok(Calendar {
        name: name.map(one_line).filter(|name| !name.is_empty()),
        busy,
        truncated: file.truncated || cut,
        more_warnings: warnings.more,
        warnings: warnings.list,
    })
}

/// What the file may be instead.
fn hint(bytes: &[u8]) -> &'static str {
    let start = bytes.trim_ascii_start();
    if start.is_empty() {
        "It is empty; export the calendar again."
    } else if start.starts_with(b"PK") {
        "It is a ZIP archive: unpack it and choose the .ics file in it."
    } else if start.starts_with(b"<") {
        "It is a web page, perhaps for signing in: download the calendar as an .ics file."
    } else {
        "Export the calendar as an .ics file (iCalendar) and choose that."
    }
}

#[derive(Default)]
struct Warnings {
    list: Vec<Warning>,
    more: usize,
}

impl Warnings {
    fn push(&mut self, line: u32, message: impl Into<String>) {
        if self.list.len() < WARNINGS_MAX {
            self.list.push(Warning { line, message: message.into() });
        } else {
            self.more += 1;
        }
    }
}

/// Text of a file as a short label.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(TITLE_MAX).collect()
}
