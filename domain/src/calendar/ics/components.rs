//! The components of a file: its calendars, events and zones. Tolerant of what is missing between them.

use super::Warnings;
use super::lines::{Line, Lines};
use super::value::{Moment, parse_duration};
use crate::calendar::Length;
use crate::ordered::OrdMap;

/// Most components of a file that are read.
pub(super) const COMPONENTS_MAX: usize = 10_000;
/// Most exceptions and additions (EXDATE, RDATE) of a file that are read.
pub(super) const EXCEPTIONS_MAX: usize = 10_000;

#[derive(Default)]
pub(super) struct File {
    pub calendars: Vec<Properties>,
    pub events: Vec<Event>,
    /// VTIMEZONE, by the calendar that it is in and its TZID; the lines of the observances.
    pub zones: OrdMap<(usize, String), Zone>,
    /// A limit was met.
    pub truncated: bool,
}

/// What is said of a whole calendar.
#[derive(Default)]
pub(super) struct Properties {
    pub name: Option<String>,
    pub zone: Option<Line>,
}

#[derive(Default)]
pub(super) struct Zone {
    id: String,
    /// X-LIC-LOCATION: the IANA name.
    pub location: Option<String>,
    pub observances: Vec<Observance>,
}

/// STANDARD or DAYLIGHT.
#[derive(Default)]
pub(super) struct Observance {
    pub start: Option<Moment>,
    pub offset_from: Option<String>,
    pub offset_to: Option<String>,
    pub rule: Option<String>,
    pub extra: Vec<Moment>,
}

#[derive(Default)]
pub(super) struct Event {
    pub calendar: usize,
    pub line: u32,
    pub uid: Option<String>,
    pub title: String,
    pub start: Option<Moment>,
    pub end: Option<Moment>,
    pub duration: Option<Length>,
    pub rules: Vec<Line>,
    pub except: Vec<Moment>,
    pub extra: Vec<Extra>,
    pub recurrence_id: Option<Moment>,
    /// It changes an instance that cannot be told: it stands by itself.
    pub detached: bool,
    pub and_following: bool,
    pub status: String,
    pub transparency: String,
    /// X-MICROSOFT-CDO-BUSYSTATUS
    pub busy_status: String,
    pub sequence: u32,
    pub stamp: String,
    pub attendees: Vec<Line>,
}

/// RDATE: a start, and an end or length where it is a period.
pub(super) struct Extra {
    pub start: Moment,
    pub end: Option<Moment>,
    pub length: Option<Length>,
}

enum Open {
    Event(Box<Event>),
    Zone(Zone),
    /// VTODO, VJOURNAL and the like, by name.
    Other(String),
}

/// Where the reader stands.
struct Reader<'w> {
    file: File,
    warnings: &'w mut Warnings,
    open: Option<Open>,
    /// Components inside the open one, such as VALARM; what is in them is passed over.
    inner: Vec<String>,
    components: usize,
    exceptions: usize,
}

/// Reads all components; without a calendar or event in it, `calendars` and `events` are empty.
pub(super) fn read(bytes: &[u8], warnings: &mut Warnings) -> File {
    let file = File::default();
    let mut reader = Reader { file, warnings, open: None, inner: Vec::new(), components: 0, exceptions: 0 };
    for line in Lines::new(bytes) {
        match line {
            Err(_) if reader.file.calendars.is_empty() => {}
            Err(number) => reader.warnings.push(number, "This line is no property, and is passed over."),
            Ok(line) => match line.name.as_str() {
                "BEGIN" => {
                    if !reader.begin(&line) {
                        break;
                    }
                }
                "END" => reader.end(&line.keyword()),
                _ => reader.property(line),
            },
        }
    }
    reader.close();
    reader.file
}

impl Reader<'_> {
    /// False at the limit.
    fn begin(&mut self, line: &Line) -> bool {
        let name = line.keyword();
        let top = matches!(
            name.as_str(),
            "VCALENDAR" | "VEVENT" | "VTIMEZONE" | "VTODO" | "VJOURNAL" | "VFREEBUSY"
        );
        if top && let Some(open) = &self.open {
            let what = open.name();
            self.warnings.push(
                line.number,
                format!("A {what} before this line has no END; it is read as far as it goes."),
            );
            self.close();
        }
        let without_calendar = name == "VEVENT" && self.file.calendars.is_empty();
        if name == "VCALENDAR" || without_calendar {
            self.file.calendars.push(Properties::default());
        }
        if name == "VCALENDAR" {
            return true;
        }
        self.components += 1;
        if self.components > COMPONENTS_MAX {
            self.file.truncated = true;
            let text =
                format!("The file has over {COMPONENTS_MAX} entries; from this line on it was not read.");
            self.warnings.push(line.number, text);
            return false;
        }
        match (&mut self.open, name.as_str()) {
            (None, "VEVENT") => {
                let calendar = self.calendar();
                self.open =
                    Some(Open::Event(Box::new(Event { calendar, line: line.number, ..Event::default() })));
            }
            (None, "VTIMEZONE") => self.open = Some(Open::Zone(Zone::default())),
            (Some(Open::Zone(zone)), "STANDARD" | "DAYLIGHT") => zone.observances.push(Observance::default()),
            (None, _) => {
                if name == "VFREEBUSY" {
                    self.warnings
                        .push(line.number, "A VFREEBUSY is not read; export the calendar with its events.");
                }
                self.open = Some(Open::Other(name));
            }
            (Some(_), _) => self.inner.push(name),
        }
        true
    }

    fn end(&mut self, name: &str) {
        if let Some(at) = self.inner.iter().rposition(|inner| inner == name) {
            self.inner.truncate(at);
        } else if name == "VCALENDAR" || self.open.as_ref().is_some_and(|open| open.name() == name) {
            self.close();
        }
    }

    /// Takes what is open as complete.
    fn close(&mut self) {
        self.inner.clear();
        let calendar = self.calendar();
        match self.open.take() {
            Some(Open::Event(event)) => self.file.events.push(*event),
            Some(Open::Zone(zone)) => {
                self.file.zones.entry((calendar, zone.id.clone())).or_insert(zone);
            }
            Some(Open::Other(_)) | None => {}
        }
    }

    /// The number of the calendar that the reader is in.
    fn calendar(&self) -> usize {
        self.file.calendars.len().saturating_sub(1)
    }

    fn property(&mut self, line: Line) {
        if !self.inner.is_empty() {
            return;
        }
        match &mut self.open {
            None => {
                let Some(calendar) = self.file.calendars.last_mut() else { return };
                match line.name.as_str() {
                    "X-WR-CALNAME" | "NAME" if calendar.name.is_none() => calendar.name = Some(line.text()),
                    "X-WR-TIMEZONE" => calendar.zone = Some(line),
                    _ => {}
                }
            }
            Some(Open::Zone(zone)) => zone.property(&line),
            Some(Open::Event(_)) => self.event_property(line),
            Some(Open::Other(_)) => {}
        }
    }

    fn event_property(&mut self, line: Line) {
        let Some(Open::Event(event)) = &mut self.open else { return };
        match line.name.as_str() {
            "UID" => event.uid = Some(line.value.trim().to_owned()).filter(|uid| !uid.is_empty()),
            "SUMMARY" => event.title = line.text(),
            "DTSTART" => event.start = moment(&line, self.warnings),
            "DTEND" => event.end = moment(&line, self.warnings),
            "DURATION" => match parse_duration(&line.value) {
                Some(length) => event.duration = Some(length),
                None => unreadable(&line, self.warnings),
            },
            "RRULE" => event.rules.push(line),
            "EXRULE" => {
                self.warnings.push(line.number, "EXRULE is not read: what it takes out counts as busy.")
            }
            "EXDATE" | "RDATE" => self.exceptions(&line),
            "RECURRENCE-ID" => {
                event.and_following =
                    line.param("RANGE").is_some_and(|r| r.eq_ignore_ascii_case("THISANDFUTURE"));
                event.recurrence_id = moment(&line, self.warnings);
                event.detached = event.recurrence_id.is_none();
            }
            "STATUS" => event.status = line.keyword(),
            "TRANSP" => event.transparency = line.keyword(),
            "X-MICROSOFT-CDO-BUSYSTATUS" => event.busy_status = line.keyword(),
            "SEQUENCE" => event.sequence = line.value.trim().parse().unwrap_or(0),
            // Of two versions with the same SEQUENCE, the later.
            "DTSTAMP" | "LAST-MODIFIED" => {
                event.stamp = event.stamp.as_str().max(line.value.trim()).to_owned()
            }
            "ATTENDEE" => event.attendees.push(line),
            _ => {}
        }
    }

    fn exceptions(&mut self, line: &Line) {
        for text in line.value.split(',') {
            if self.exceptions == EXCEPTIONS_MAX {
                self.file.truncated = true;
                return;
            }
            self.exceptions += 1;
            let Some(extra) = Extra::parse(line, text) else {
                unreadable(line, self.warnings);
                continue;
            };
            let Some(Open::Event(event)) = &mut self.open else { return };
            match line.name.as_str() {
                "EXDATE" => event.except.push(extra.start),
                _ => event.extra.push(extra),
            }
        }
    }
}

fn moment(line: &Line, warnings: &mut Warnings) -> Option<Moment> {
    let moment = Moment::parse(line, &line.value);
    if moment.is_none() {
        unreadable(line, warnings);
    }
    moment
}

fn unreadable(line: &Line, warnings: &mut Warnings) {
    let value: String = line.value.chars().take(40).collect();
    warnings.push(line.number, format!("{} cannot be read: {value:?}.", line.name));
}

impl Extra {
    fn parse(line: &Line, text: &str) -> Option<Extra> {
        let Some((start, end)) = text.split_once('/') else {
            return Some(Extra { start: Moment::parse(line, text)?, end: None, length: None });
        };
        let length = parse_duration(end);
        let end = if length.is_some() { None } else { Some(Moment::parse(line, end)?) };
        Some(Extra { start: Moment::parse(line, start)?, end, length })
    }
}

impl Zone {
    fn property(&mut self, line: &Line) {
        let Some(observance) = self.observances.last_mut() else {
            match line.name.as_str() {
                "TZID" => self.id = line.value.trim().replace('"', ""),
                "X-LIC-LOCATION" => self.location = Some(line.value.trim().to_owned()),
                _ => {}
            }
            return;
        };
        match line.name.as_str() {
            "DTSTART" => observance.start = Moment::parse(line, &line.value),
            "TZOFFSETFROM" => observance.offset_from = Some(line.value.trim().to_owned()),
            "TZOFFSETTO" => observance.offset_to = Some(line.value.trim().to_owned()),
            "RRULE" => observance.rule = Some(line.value.clone()),
            "RDATE" => {
                let moments = line.value.split(',').filter_map(|text| Moment::parse(line, text));
                observance.extra.extend(moments);
            }
            // After an observance, as some write it.
            "X-LIC-LOCATION" => self.location = Some(line.value.trim().to_owned()),
            _ => {}
        }
    }
}

impl Open {
    fn name(&self) -> &str {
        match self {
            Open::Event(_) => "VEVENT",
            Open::Zone(_) => "VTIMEZONE",
            Open::Other(name) => name,
        }
    }
}
