//! A conflict in one sentence that a person understands.

use super::conflict::{Cap, Conflict, ConflictKind as Kind, End, Fact, Gap, Period, ShiftRef};
use crate::ids::DocId;
use crate::schema::{Field, Table, single_row};
use crate::time;
use crate::view::{Row, World};
use jiff::civil::DateTime;
use std::sync::Arc;

/// Such as "Anna is on Bar (14:00–18:00) and Kitchen (16:00–20:00) at the same time: 2 h." It says what the conflict holds,
/// with the names that this side knows; a time on another day than the first shift carries the weekday.
pub fn explain(conflict: &Conflict, world: &dyn World) -> String {
    let it = Told { conflict, world };
    let (who, minutes) = (it.helper(), duration(conflict.score));
    let (first, second) = (it.shift(0), it.shift(1));
    let Some(fact) = conflict.facts.first() else {
        return match conflict.kind {
            Kind::DoubleRole => format!("{who} has two roles at once, {first} and {second}: {minutes}."),
            _ => format!("{who} is on {first} and {second} at the same time: {minutes}."),
        };
    };
    match fact {
        Fact::Way { gap, expected, .. } => {
            let way = format!("From {} to {} takes about {}", it.place(0), it.place(1), duration(*expected));
            if *gap >= *expected {
                return format!("{way}; with {} between {first} and {second} that is tight.", duration(*gap));
            }
            format!("{way}; there {} between {first} and {second}.", there_are(*gap))
        }
        Fact::NoLocation { place, gap } => {
            let place = it.place_name(place);
            format!("Nobody knows where {place} is; there {} between {first} and {second}.", there_are(*gap))
        }
        Fact::Buffers { tear_down, preparation, .. } => {
            let work = [(*tear_down, "tear down"), (*preparation, "prepare")];
            let work = work.iter().filter(|(minutes, _)| *minutes > 0);
            let work: Vec<String> =
                work.map(|(minutes, what)| format!("{what} ({})", duration(*minutes))).collect();
            format!("Between {first} and {second} {minutes} are missing to {}.", work.join(" and "))
        }
        Fact::TimeOff { start, end, .. } if end.is_empty() => {
            let (start, shifts) = (it.day_time(start), it.shifts());
            format!(
                "Nobody can tell whether {who} is off during {shifts}: the time off from {start} cannot be followed so far."
            )
        }
        Fact::TimeOff { start, end, approved, .. } => {
            let verb = if *approved { "is off" } else { "asked to be off" };
            format!("{who} {verb} from {}, during {first}: {minutes}.", it.span(start, end))
        }
        Fact::Busy { calendar, .. } if conflict.kind == Kind::DuplicateMirror => {
            format!("{} shows {first} again; it counts once.", capital(&it.calendar(calendar)))
        }
        Fact::Busy { calendar, zone, .. } if conflict.kind == Kind::StaleOrUnknown => {
            let calendar = capital(&it.calendar(calendar));
            format!(
                "{calendar} has something that may be during {first}: nobody knows its time zone, {zone}."
            )
        }
        Fact::Busy { calendar, start, end, kind, .. } => {
            let verb = match kind.as_str() {
                "out_of_office" => "is out of office",
                "elsewhere" => "works elsewhere",
                "tentative" => "may be busy",
                _ => "is busy",
            };
            let (when, calendar) = (it.span(start, end), it.calendar(calendar));
            format!("{who} {verb} from {when}, by {calendar}, during {first}: {minutes}.")
        }
        Fact::Calendar { calendar, why } => {
            let why = match why {
                Gap::Stale => "was read too long ago",
                Gap::OutsideSpan => "was not read for these days",
                Gap::Truncated => "was read only in part",
            };
            let (calendar, shifts) = (capital(&it.calendar(calendar)), it.shifts());
            format!("{calendar} {why}: nobody can tell whether {who} is free for {shifts}.")
        }
        Fact::Outside { minutes } => {
            format!("{first} is {} outside of the working hours of {who}.", duration(*minutes))
        }
        Fact::Rest { minutes, due, legal } => {
            let law = if *legal { " by law" } else { "" };
            let (rest, due) = (duration(*minutes), duration(*due));
            format!("{who} has only {rest} of rest between {first} and {second}; {due} are due{law}.")
        }
        Fact::Duty { minutes, most, legal } => {
            let until = if conflict.shifts.len() > 1 { format!(" to {second}") } else { String::new() };
            let law = if *legal { " by law" } else { "" };
            let (minutes, most) = (duration(*minutes), duration(*most));
            format!(
                "{who} is on duty for {minutes} without a rest, from {first}{until}; {most} are the most{law}."
            )
        }
        Fact::Hours { period, minutes, most, by } => {
            let when = match period {
                Period::Day { date } => format!("on {}", day(date)),
                Period::Week { monday } => format!("in the week from {}", day(monday)),
                Period::Rolling { start } => format!("in the seven days from {}", it.day_time(start)),
            };
            let cap = match by {
                Cap::Legal => "are the most by law",
                Cap::Own => "are the most they want",
                Cap::Target => "are what they wish for",
            };
            format!("{who} works {} {when}; {} {cap}.", duration(*minutes), duration(*most))
        }
        Fact::Days { first, last, days, most } => {
            let are = if *most == 1 { "is" } else { "are" };
            format!(
                "{who} works on {days} days in a row, {} to {}; {most} {are} the most.",
                day(first),
                day(last)
            )
        }
        Fact::Skills { missing } => format!("{who} lacks what {first} needs: {}.", missing.join(", ")),
        Fact::Adult => format!("{first} is for adults, and nobody said that {who} is one."),
        Fact::Helpers { there, needed } => {
            let missing = needed.saturating_sub(*there);
            let are = if missing == 1 { "is" } else { "are" };
            let helpers = if *needed == 1 { "helper" } else { "helpers" };
            format!("{there} of {needed} {helpers} for {first}; {missing} {are} missing.")
        }
        Fact::More { of } => {
            format!("{who} has more conflicts of the kind '{}' than are listed.", of.name().replace('_', " "))
        }
        Fact::Gone => format!("{who} is on {first}, and not among the helpers any more."),
        Fact::Clock { end, twice } => {
            let (field, verb) = match end {
                End::Start => (Field::Start, "starts"),
                End::End => (Field::End, "ends"),
            };
            let at = it.day_time(it.row(0).text(field));
            let how = if *twice {
                "a time that comes twice; say which is meant"
            } else {
                "a time that the clock leaves out"
            };
            format!("{} {verb} {at}, {how}.", it.title(0))
        }
        Fact::NoZone { zone } => {
            format!("Nobody knows when {} is: its time zone, {zone}, is unknown.", it.title(0))
        }
        Fact::Avoids { what } => format!("{who} would rather avoid {what}, which {first} is."),
        Fact::Share { event, minutes, mean } => {
            let event = it.event(event);
            format!(
                "{who} works {} in {event}, where a helper works {} on average.",
                duration(*minutes),
                duration(*mean)
            )
        }
    }
}

struct Told<'a> {
    conflict: &'a Conflict,
    world: &'a dyn World,
}

impl Told<'_> {
    fn key(&self, at: usize) -> Option<&ShiftRef> {
        self.conflict.shifts.get(at)
    }

    fn find(&self, doc: &str, table: Table, row: &str) -> Option<Arc<Row>> {
        self.world.doc(&doc.parse::<DocId>().ok()?)?.row(table, row).cloned()
    }

    fn row(&self, at: usize) -> Arc<Row> {
        let row = self
            .key(at)
            .and_then(|s| self.find(&format!("event/{}", s.event), Table::Assignments, &s.assignment));
        row.unwrap_or_default()
    }

    fn helper(&self) -> String {
        let id = self.conflict.helper.as_deref().unwrap_or("");
        named(self.find("roster", Table::Helpers, id), Field::Name, "a helper")
    }

    fn event(&self, id: &str) -> String {
        named(
            self.find(&format!("event/{id}"), Table::Facts, single_row(Table::Facts)),
            Field::Title,
            "an event",
        )
    }

    fn calendar(&self, id: &str) -> String {
        let person = format!("person/{}", self.conflict.helper.as_deref().unwrap_or(""));
        match self.find(&person, Table::Calendars, id) {
            Some(row) => format!("the calendar {}", row.text(Field::Name)),
            None => "a calendar".to_owned(),
        }
    }

    fn place_name(&self, id: &str) -> String {
        named(self.find("roster", Table::Places, id), Field::Name, "a place")
    }

    /// The place of a shift, or else that of its event.
    fn place(&self, at: usize) -> String {
        let of_event =
            |s: &ShiftRef| self.find(&format!("event/{}", s.event), Table::Facts, single_row(Table::Facts));
        let own = self.row(at).cell(Field::Place).text().map(str::to_owned);
        let place = own.or_else(|| Some(of_event(self.key(at)?)?.text(Field::Place).to_owned()));
        self.place_name(&place.unwrap_or_default())
    }

    fn title(&self, at: usize) -> String {
        named(Some(self.row(at)), Field::Title, "a shift")
    }

    /// "Bar (14:00–18:00)"; in another zone than the first shift's with that.
    fn shift(&self, at: usize) -> String {
        let row = self.row(at);
        let (start, end) = (row.text(Field::Start), row.text(Field::End));
        if start.is_empty() {
            return self.title(at);
        }
        let zone = row.text(Field::Zone);
        let zone = if zone == self.row(0).text(Field::Zone) { String::new() } else { format!(" {zone}") };
        format!("{} ({}–{}{zone})", self.title(at), self.clock(start), self.clock(end))
    }

    /// "Bar (14:00–18:00)", or "3 shifts".
    fn shifts(&self) -> String {
        match self.conflict.shifts.len() {
            1 => self.shift(0),
            many => format!("{many} shifts"),
        }
    }

    /// "14:00", or "Sat 14:00" on another day than the first shift begins.
    fn clock(&self, text: &str) -> String {
        let Some(at) = time::parse_civil(text) else { return text.to_owned() };
        let first = time::parse_civil(self.row(0).text(Field::Start));
        let is_same_day = first.is_some_and(|first| first.date() == at.date());
        let clock = time::clock(at);
        if is_same_day { clock } else { format!("{} {clock}", time::weekday(at.date())) }
    }

    /// "14:00 to 18:00", each with its day where that is another than the first shift's.
    fn span(&self, start: &str, end: &str) -> String {
        let whole = |text: &str| time::parse_civil(text);
        let first = whole(self.row(0).text(Field::Start)).map(DateTime::date);
        let is_far = [whole(start), whole(end)]
            .iter()
            .flatten()
            .any(|at| first.is_none_or(|first| at.date().duration_since(first).as_hours().abs() >= 7 * 24));
        if is_far {
            return format!("{} to {}", self.day_time(start), self.day_time(end));
        }
        format!("{} to {}", self.clock(start), self.clock(end))
    }

    /// "Sat 18 Jul 14:00"
    fn day_time(&self, text: &str) -> String {
        time::parse_civil(text).map_or_else(|| text.to_owned(), time::day_clock)
    }
}

fn named(row: Option<Arc<Row>>, field: Field, otherwise: &str) -> String {
    row.map(|row| row.text(field).to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| otherwise.to_owned())
}

/// "Sat 18 Jul"
fn day(text: &str) -> String {
    time::parse_date(text).map_or_else(|| text.to_owned(), time::day)
}

/// "6 h 30 min"
fn duration(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

fn there_are(gap: u32) -> String {
    if gap == 0 { "is no time".to_owned() } else { format!("are {}", duration(gap)) }
}

/// With a capital, at the beginning of a sentence.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
