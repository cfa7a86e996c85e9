//! A helper's calendar as a command, and a helper's shifts as a calendar.
#![allow(clippy::unwrap_used)]

mod support;

use jiff::civil::date;
use serde_json::json;
use support::{act, doc, id, on, world};
use wedsync_domain::calendar::ics::{self, Options};
use wedsync_domain::calendar::transfer::{import, shifts_of, write};
use wedsync_domain::command::Command;
use wedsync_domain::zone::Zones;
use wedsync_domain::{Field, Table};

const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Work\r\n\
    BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/London:20260718T090000\r\nDTEND;TZID=Europe/London:20260718T110000\r\n\
    SUMMARY:Secret talks\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20260719T120000Z\r\nDTEND:20260719T130000Z\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

fn read(text: &str) -> ics::Calendar {
    let zones = Zones::default();
    let window = (date(2026, 7, 1), date(2026, 8, 1));
    ics::read(text.as_bytes(), Options { zone: "Europe/London", window, zones: &zones }).unwrap()
}

#[test]
fn a_calendar_becomes_a_command_without_what_it_is_about_and_reading_it_again_replaces_it() {
    let mut w = world();
    let command =
        import(&id("ben"), "Work", &read(FILE), date(2026, 7, 1), date(2026, 7, 31), 1_795_338_509_420);
    let json = serde_json::to_value(&command).unwrap();
    assert!(!json.to_string().contains("Secret"), "{json}");
    assert_eq!(json["busy"].as_array().unwrap().len(), 1, "the free entry is left out");
    act(&mut w, json.clone());
    let rows = |w: &support::World| w[&doc("person/ben")].rows(Table::Busy).clone();
    assert_eq!(rows(&w).values().next().unwrap().text(Field::Start), "2026-07-18T09:00");

    let later = FILE.replace("T090000", "T100000");
    let again =
        import(&id("ben"), "Work", &read(&later), date(2026, 7, 1), date(2026, 7, 31), 1_795_338_509_999);
    act(&mut w, serde_json::to_value(&again).unwrap());
    assert_eq!(w[&doc("person/ben")].rows(Table::Calendars).len(), 1);
    assert_eq!(rows(&w).len(), 1);
    assert_eq!(rows(&w).values().next().unwrap().text(Field::Start), "2026-07-18T10:00");

    let Command::ImportBusy { calendar: other, .. } =
        import(&id("ben"), "Home", &read(FILE), date(2026, 7, 1), date(2026, 7, 31), 0)
    else {
        panic!("not an import")
    };
    assert_ne!(json["calendar"], other.as_str());
}

#[test]
fn the_shifts_that_a_helper_is_on_are_written_and_known_when_they_are_read_again() {
    let mut w = world();
    act(
        &mut w,
        json!({"type": "move_assignment", "event": "e1", "assignment": "a1", "set":
        {"start": "2026-07-18T14:00", "end": "2026-07-18T18:00", "place": "p1"}}),
    );
    act(&mut w, on("assign", "a2", "anna"));
    act(&mut w, on("decline", "a2", "anna"));
    let shifts = |w: &support::World, event: &str| {
        shifts_of("anna", &id(event), &w[&doc(&format!("event/{event}"))], &w[&doc("roster")])
    };
    let own = shifts(&w, "e1");
    // Not a2, which she declined, nor a3, which is cancelled.
    assert_eq!(own.len(), 1);
    assert_eq!((own[0].title.as_str(), own[0].place_name.as_deref()), ("Bar, Wedding", Some("Place p1")));
    let text = write(&own, 1_784_368_800_000);
    assert!(text.contains("DTSTAMP:20260718T100000Z"), "{text}");
    let busy = read(&text).busy;
    let mirrored = busy[0].own.as_ref().unwrap();
    assert_eq!((mirrored.event.as_str(), mirrored.assignment.as_str()), ("e1", "a1"));
    assert_eq!((busy[0].start.as_str(), busy[0].end.as_str()), ("2026-07-18T14:00", "2026-07-18T18:00"));

    assert_eq!(shifts(&w, "e2"), [], "an archived event takes nobody's time");
}
