//! The words for fields and values: one place for every sentence.

use super::describe::Names;
use crate::schema::{self, DEGREE, Field, Table, Type};
use crate::time;
use crate::value::Value;

/// A field, in a sentence.
pub(crate) fn label(field: Field) -> String {
    let words = match field {
        Field::HelpersMin => "least helpers",
        Field::HelpersMax => "most helpers",
        Field::TearDown => "tear-down",
        Field::Adult => "of age",
        Field::Zone => "time zone",
        Field::DayMax => "most in a day",
        Field::WeekMax => "most in a week",
        Field::RollingMax => "most in seven days",
        Field::WeekTarget => "wished in a week",
        Field::RestLegal => "legal rest",
        Field::DayLegal => "legal most in a day",
        Field::WeekLegal => "legal most in a week",
        Field::RollingLegal => "legal most in seven days",
        Field::DaysInRow => "days in a row",
        Field::StaleAfter => "days a calendar is believed",
        Field::Repeat => "repetition",
        Field::Except => "exceptions",
        Field::Minutes => "time",
        other => return other.name().replace('_', " "),
    };
    words.to_owned()
}

/// "title and start"
pub(crate) fn list(names: Vec<String>) -> String {
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// A cell; `None` where it says nothing.
pub(crate) fn value(table: Table, field: Field, value: &Value, names: &Names) -> Option<String> {
    let ty = schema::spec(table, field).map(|(_, ty, _)| *ty).ok();
    let text = match (ty, value) {
        // False is stored as nothing.
        (Some(Type::Bool), value) => if value.bool() == Some(true) { "yes" } else { "no" }.to_owned(),
        (_, Value::Null) => return None,
        (_, Value::Bool(value)) => if *value { "yes" } else { "no" }.to_owned(),
        (_, Value::Words(words)) => words.join(", "),
        (_, Value::Int(number)) => int(field, *number),
        (ty, Value::Text(text)) => match ty {
            Some(Type::Civil) => civil(text).unwrap_or_else(|| text.clone()),
            Some(Type::Date) => date(text),
            Some(Type::Id) => id(field, text, names),
            Some(Type::OneOf(_)) => step(text),
            _ => text.clone(),
        },
    };
    Some(text)
}

fn id(field: Field, text: &str, names: &Names) -> String {
    match (field, text.parse()) {
        (Field::Place | Field::From | Field::To, Ok(place)) => names.place(&place),
        (Field::Helper, Ok(helper)) => names.helper(&helper),
        _ => text.to_owned(),
    }
}

fn int(field: Field, number: i64) -> String {
    match field {
        Field::Latitude | Field::Longitude => format!("{}", number as f64 / DEGREE as f64),
        Field::Preparation | Field::TearDown | Field::Margin | Field::Minutes | Field::Rest => {
            duration(number)
        }
        Field::DayMax | Field::WeekMax | Field::RollingMax | Field::WeekTarget => duration(number),
        Field::RestLegal | Field::DayLegal | Field::WeekLegal | Field::RollingLegal => duration(number),
        _ => number.to_string(),
    }
}

/// How a person stands to a shift, and other words of the schema.
pub(crate) fn step(status: &str) -> String {
    if status == "assigned" { "asked".to_owned() } else { status.replace('_', " ") }
}

/// "6 h 30 min"
pub(crate) fn duration(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// ", Sat 18 Jul 14:00"
pub(crate) fn when(start: &str) -> String {
    civil(start).map(|text| format!(", {text}")).unwrap_or_default()
}

/// "Sat 18 Jul 14:00"
pub(crate) fn civil(text: &str) -> Option<String> {
    time::parse_civil(text).map(time::day_clock)
}

/// "Sat 18 Jul"
pub(crate) fn date(text: &str) -> String {
    time::parse_date(text).map_or_else(|| text.to_owned(), time::day)
}

/// "14:00–16:00", with days where they are asked for, or where it ends on another.
pub(crate) fn span(start: &str, end: &str, with_day: bool) -> String {
    let (Some(start), Some(end)) = (time::parse_civil(start), time::parse_civil(end)) else {
        return format!("{start}–{end}");
    };
    let say = |at, with_day| if with_day { time::day_clock(at) } else { time::clock(at) };
    format!("{}–{}", say(start, with_day), say(end, start.date() != end.date()))
}

/// "Mondays", or "Sat 18 Jul"
pub(crate) fn on(day: &str) -> String {
    let weekdays = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];
    let position = schema::WEEKDAYS.iter().position(|d| *d == day);
    position.and_then(|i| weekdays.get(i)).map_or_else(|| date(day), |name| (*name).to_owned())
}
