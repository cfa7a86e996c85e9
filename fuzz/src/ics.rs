//! Calendar files: busy times that a plan can hold, or an error; and what is written of any text is read back.

use crate::hub::id;
use jiff::Timestamp;
use jiff::civil::date;
use wedsync_domain::calendar::ics::{
    BUSY_MAX, Calendar, Options, Own, OwnShift, TITLE_MAX, UID_MAX, WARNINGS_MAX, read, write,
};
use wedsync_domain::time::parse_civil;
use wedsync_domain::zone::{Zones, is_known};

pub fn run(data: &[u8]) {
    let zones = Zones::default();
    let options =
        Options { zone: "Europe/Berlin", window: (date(2026, 1, 1), date(2027, 1, 1)), zones: &zones };
    if let Ok(calendar) = read(data, options) {
        sound(&calendar, data);
    }
    let text = String::from_utf8_lossy(data);
    let shift = OwnShift {
        event: id("e1"),
        assignment: id("a1"),
        title: text.chars().take(TITLE_MAX).collect(),
        start: date(2026, 10, 24).at(22, 0, 0, 0),
        end: date(2026, 10, 25).at(6, 0, 0, 0),
        zone: "Europe/Berlin".to_owned(),
        place_name: Some(text.chars().rev().take(TITLE_MAX).collect()),
        note: Some(text.into_owned()),
    };
    let written = write(&[shift], Timestamp::UNIX_EPOCH, &zones);
    assert!(written.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
    let back = read(written.as_bytes(), options).expect("what is written is a calendar");
    sound(&back, written.as_bytes());
    assert_eq!((back.busy.len(), back.warnings.len(), back.truncated), (1, 0, false));
    let busy = &back.busy[0];
    assert_eq!((busy.start.as_str(), busy.end.as_str()), ("2026-10-24T22:00", "2026-10-25T06:00"));
    assert_eq!(busy.own, Some(Own { event: id("e1"), assignment: id("a1") }));
}

/// Every row can be kept, and every warning names a line of the file.
fn sound(calendar: &Calendar, data: &[u8]) {
    let lines = 1 + data.iter().filter(|b| **b == b'\n').count() as u32;
    assert!(calendar.busy.len() <= BUSY_MAX && calendar.warnings.len() <= WARNINGS_MAX);
    for busy in &calendar.busy {
        assert!(parse_civil(&busy.start).is_some() && parse_civil(&busy.end).is_some(), "{busy:?}");
        assert!(is_known(&busy.zone), "{busy:?}");
        assert!(busy.uid.len() <= UID_MAX && busy.title.chars().count() <= TITLE_MAX, "{busy:?}");
    }
    for warning in &calendar.warnings {
        assert!((1..=lines).contains(&warning.line), "{warning:?} of {lines} lines");
        assert!(!warning.message.is_empty() && warning.message.len() < 1_000, "{warning:?}");
    }
}
