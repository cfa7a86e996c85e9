//! Calendar files as Google, Outlook and Apple write them, as broken ones are, and as we write them ourselves.
#![allow(clippy::unwrap_used)]

use jiff::civil::{Date, DateTime};
use proptest::prelude::*;
use wedsync_domain::calendar::ics::{
    BUSY_MAX, BusyTime, Calendar, FILE_MAX, IcsError, Options, Own, OwnShift, WARNINGS_MAX, read, write,
};
use wedsync_domain::zone::Zones;

const GOOGLE: &str = include_str!("fixtures/ics/google.ics");
const OUTLOOK: &str = include_str!("fixtures/ics/outlook.ics");
const APPLE: &str = include_str!("fixtures/ics/apple.ics");

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn civil(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn try_read(file: &[u8], zone: &str, from: &str, to: &str) -> Result<Calendar, IcsError> {
    let zones = Zones::default();
    read(file, Options { zone, window: (date(from), date(to)), zones: &zones })
}

/// As somebody in Berlin reads it for July 2026.
fn july(file: &str) -> Calendar {
    try_read(file.as_bytes(), "Europe/Berlin", "2026-07-01", "2026-08-01").unwrap()
}

/// `start end zone kind title`, with the kind as it is written in JSON.
fn rows(calendar: &Calendar) -> Vec<String> {
    let row = |busy: &BusyTime| {
        let kind = serde_json::to_string(&busy.kind).unwrap();
        format!("{} {} {} {} {}", busy.start, busy.end, busy.zone, kind.trim_matches('"'), busy.title)
    };
    calendar.busy.iter().map(row).collect()
}

/// A file around some events.
fn with(events: &str) -> String {
    let events = events.trim().lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}\r\nEND:VCALENDAR\r\n")
}

fn event(lines: &str) -> String {
    with(&format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT"))
}

fn whole(calendar: &Calendar) {
    assert_eq!((calendar.warnings.as_slice(), calendar.truncated), (&[][..], false));
}

#[test]
fn a_file_of_google_calendar() {
    let calendar = july(GOOGLE);
    whole(&calendar);
    assert_eq!(calendar.name.as_deref(), Some("anna@example.org"));
    assert_eq!(
        rows(&calendar),
        [
            "2026-07-06T09:00 2026-07-06T10:00 Europe/Berlin busy Choir, rehearsal",
            "2026-07-08T18:00 2026-07-08T19:00 UTC busy Declined by Ben",
            "2026-07-15T18:00 2026-07-15T19:30 Europe/Berlin busy Choir, dress rehearsal",
            "2026-07-18T00:00 2026-07-20T00:00 Europe/Berlin busy Weekend by the sea",
            "2026-07-21T00:00 2026-07-22T00:00 Europe/Berlin free Birthday",
        ]
    );
    // The last Monday is before UNTIL.
    let august = try_read(GOOGLE.as_bytes(), "Europe/Berlin", "2026-08-01", "2026-09-01").unwrap();
    assert_eq!(rows(&august), ["2026-08-03T09:00 2026-08-03T10:00 Europe/Berlin busy Choir, rehearsal"]);
}

#[test]
fn a_file_of_outlook_with_windows_zones_and_rules_of_its_own() {
    let calendar = july(OUTLOOK);
    whole(&calendar);
    assert_eq!(
        rows(&calendar),
        [
            "2026-07-14T10:00 2026-07-14T11:30 Europe/Berlin tentative Site meeting",
            // "tzone://Microsoft/Custom" has the rules of New York, whose zone comes first among those that agree.
            "2026-07-16T09:00 2026-07-16T10:00 America/New_York busy Call with New York",
            // No zone on Earth is 20 minutes ahead: noon is 11:40 UTC.
            "2026-07-17T11:40 2026-07-17T12:40 UTC elsewhere Lunch at the camp",
            "2026-07-20T00:00 2026-07-25T00:00 Europe/Berlin out_of_office Leave",
            "2026-07-21T10:00 2026-07-21T11:30 Europe/Berlin tentative Site meeting",
            "2026-07-28T11:00 2026-07-28T12:00 Europe/Berlin free Perhaps",
        ]
    );
}

#[test]
fn a_file_of_apple_calendar() {
    let calendar = july(APPLE);
    whole(&calendar);
    assert_eq!(
        rows(&calendar),
        [
            "2026-07-10T22:00 2026-07-11T01:30 Europe/London busy \
             Grüße aus dem Café – Nachtdienst mit einem recht langen Namen; nicht vergessen",
            // Days are in the calendar's zone, times without a zone in the reader's.
            "2026-07-12T00:00 2026-07-13T00:00 Europe/London busy Day off",
            "2026-07-14T08:00 2026-07-14T08:45 Europe/Berlin busy Run",
            "2026-07-19T00:00 2026-07-20T00:00 Europe/London busy Day off",
        ]
    );
    assert_eq!(calendar.busy[0].uid, "3F2504E0-4F89-11D3-9A0C-0305E82C3301", "not that of its alarm");
}

#[test]
fn an_all_day_event_is_in_its_calendars_zone_and_its_end_is_exclusive() {
    let file = event("UID:1\nDTSTART;VALUE=DATE:20260715\nDTEND;VALUE=DATE:20260716\nSUMMARY:Off")
        .replace("VERSION:2.0", "VERSION:2.0\r\nX-WR-TIMEZONE:America/New_York");
    assert_eq!(rows(&july(&file)), ["2026-07-15T00:00 2026-07-16T00:00 America/New_York busy Off"]);
    // In Berlin that day begins at 06:00 and ends at 06:00 the next: the 16th still has some of it, the 17th none.
    let on = |from, to| rows(&try_read(file.as_bytes(), "Europe/Berlin", from, to).unwrap()).len();
    assert_eq!((on("2026-07-16", "2026-07-17"), on("2026-07-17", "2026-07-18")), (1, 0));
    // Without an end, or with the same day as its end, it is one day.
    for end in ["", "\nDTEND;VALUE=DATE:20260715"] {
        let file = event(&format!("UID:1\nDTSTART;VALUE=DATE:20260715{end}\nSUMMARY:Off"));
        assert_eq!(rows(&july(&file)), ["2026-07-15T00:00 2026-07-16T00:00 Europe/Berlin busy Off"]);
    }
}

#[test]
fn days_in_a_row_have_none_missing_where_midnight_is_skipped() {
    let file =
        event("UID:1\nDTSTART;VALUE=DATE:20260423\nRRULE:FREQ=DAILY;UNTIL=20260424T220000Z\nSUMMARY:Off");
    let calendar = try_read(file.as_bytes(), "Africa/Cairo", "2026-04-01", "2026-05-01").unwrap();
    let starts: Vec<_> = calendar.busy.iter().map(|busy| busy.start.as_str()).collect();
    assert_eq!(starts, ["2026-04-23T00:00", "2026-04-24T00:00", "2026-04-25T00:00"]);
}

#[test]
fn an_event_that_began_before_the_window_counts() {
    let file = event("UID:1\nDTSTART:20260610T080000Z\nDTEND:20260702T100000Z\nSUMMARY:Festival");
    assert_eq!(rows(&july(&file)), ["2026-06-10T08:00 2026-07-02T10:00 UTC busy Festival"]);
    let later = try_read(file.as_bytes(), "Europe/Berlin", "2026-07-03", "2026-08-01").unwrap();
    assert_eq!(rows(&later), [""; 0]);
}

#[test]
fn an_instance_moved_onto_its_sibling_leaves_both() {
    let file = with(
        "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20260706T090000\nDTEND;TZID=Europe/Berlin:20260706T100000
         RRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:Shift\nEND:VEVENT
         BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260706T070000Z\nDTSTART:20260713T070000Z\nDURATION:PT2H\nSUMMARY:Moved\nEND:VEVENT",
    );
    assert_eq!(
        rows(&july(&file)),
        [
            "2026-07-13T09:00 2026-07-13T10:00 Europe/Berlin busy Shift",
            "2026-07-13T09:00 2026-07-13T11:00 Europe/Berlin busy Moved",
        ]
    );
}

#[test]
fn a_cancelled_instance_an_exception_and_then_the_whole_series_deleted() {
    let series = |status: &str| {
        with(&format!(
            "BEGIN:VEVENT\nUID:1\nDTSTART:20260706T090000Z\nDTEND:20260706T100000Z\nRRULE:FREQ=DAILY;COUNT=4
             EXDATE:20260707T090000Z\n{status}SUMMARY:Shift\nEND:VEVENT
             BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260708T090000Z\nDTSTART:20260708T090000Z\nSTATUS:CANCELLED\nEND:VEVENT
             BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260709T090000Z\nDTSTART:20260709T120000Z\nDURATION:PT1H\nEND:VEVENT"
        ))
    };
    assert_eq!(
        rows(&july(&series(""))),
        [
            "2026-07-06T09:00 2026-07-06T10:00 UTC busy Shift",
            "2026-07-09T12:00 2026-07-09T13:00 UTC busy Shift",
        ]
    );
    assert_eq!(rows(&july(&series("STATUS:CANCELLED\n"))), [""; 0]);
    assert_eq!(rows(&july(&with(""))), [""; 0], "a file that no longer has the series has none of it");
}

#[test]
fn this_and_following_edited_comes_as_a_second_uid_and_is_whole() {
    let file = with(
        "BEGIN:VEVENT\nUID:old@google.com\nDTSTART;TZID=Europe/Berlin:20260706T090000\nDURATION:PT1H
         RRULE:FREQ=DAILY;UNTIL=20260707T215959Z\nSUMMARY:Before\nEND:VEVENT
         BEGIN:VEVENT\nUID:old_R20260708T070000@google.com\nDTSTART;TZID=Europe/Berlin:20260708T110000\nDURATION:PT1H
         RRULE:FREQ=DAILY;COUNT=2\nSUMMARY:After\nEND:VEVENT",
    );
    let starts: Vec<_> =
        rows(&july(&file)).iter().map(|row| format!("{} {}", &row[..16], &row[53..])).collect();
    assert_eq!(
        starts,
        [
            "2026-07-06T09:00 Before",
            "2026-07-07T09:00 Before",
            "2026-07-08T11:00 After",
            "2026-07-09T11:00 After"
        ]
    );
}

#[test]
fn tentative_free_declined_elsewhere_and_out_of_office() {
    let kind = |lines: &str| {
        let file = event(&format!("UID:1\nDTSTART:20260715T090000Z\nDURATION:PT1H\n{lines}"))
            .replace("VERSION:2.0", "X-WR-CALNAME:Anna Berg");
        july(&file)
            .busy
            .first()
            .map(|busy| serde_json::to_value(busy.kind).unwrap().as_str().unwrap().to_owned())
    };
    let is = |text: &str| Some(text.to_owned());
    assert_eq!(kind(""), is("busy"));
    assert_eq!(kind("STATUS:CANCELLED"), None);
    assert_eq!(kind("STATUS:tentative"), is("tentative"));
    assert_eq!(kind("TRANSP:TRANSPARENT"), is("free"));
    assert_eq!(kind("TRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY"), is("busy"));
    assert_eq!(kind("X-MICROSOFT-CDO-BUSYSTATUS:FREE"), is("free"));
    assert_eq!(kind("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"), is("tentative"));
    assert_eq!(kind("X-MICROSOFT-CDO-BUSYSTATUS:OOF"), is("out_of_office"));
    assert_eq!(kind("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"), is("elsewhere"));
    // The owner is who has the calendar's name; what others answer says nothing.
    assert_eq!(kind("ATTENDEE;CN=anna berg;PARTSTAT=DECLINED:mailto:a@example.org"), None);
    assert_eq!(kind("ATTENDEE;PARTSTAT=DECLINED:MAILTO:Anna Berg"), None);
    assert_eq!(kind("ATTENDEE;CN=Anna Berg;PARTSTAT=TENTATIVE:mailto:a@example.org"), is("tentative"));
    assert_eq!(kind("ATTENDEE;CN=Ben;PARTSTAT=DECLINED:mailto:b@example.org"), is("busy"));
}

#[test]
fn nothing_lasts_no_time_and_an_end_before_the_start_is_told_with_its_line() {
    for lines in ["", "\nDTEND:20260715T090000Z", "\nDURATION:PT0S"] {
        let calendar = july(&event(&format!("UID:1\nDTSTART:20260715T090000Z{lines}")));
        whole(&calendar);
        assert_eq!(rows(&calendar), [""; 0], "{lines}");
    }
    let reversed = july(&event("UID:1\nDTSTART:20260715T090000Z\nDTEND:20260715T080000Z"));
    assert_eq!(rows(&reversed), [""; 0]);
    assert_eq!(reversed.warnings[0].line, 6);
    assert!(reversed.warnings[0].message.contains("ends before it starts"));
    let without = july(&event("UID:1\nDTSTART:next Tuesday"));
    assert_eq!(without.warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), [5, 3]);
}

#[test]
fn an_end_in_another_zone_is_converted() {
    let flight = event(
        "UID:1\nDTSTART;TZID=Europe/Berlin:20260715T100000\nDTEND;TZID=America/New_York:20260715T130000",
    );
    assert_eq!(rows(&july(&flight)), ["2026-07-15T10:00 2026-07-15T19:00 Europe/Berlin busy "]);
}

#[test]
fn the_same_uid_twice_or_in_two_calendars_of_a_file_is_one_event_and_the_newest() {
    let version = |sequence: u32, hour: u32| {
        event(&format!(
            "UID:1\nSEQUENCE:{sequence}\nDTSTART:20260715T{hour:02}0000Z\nDURATION:PT1H\nSUMMARY:{hour}"
        ))
    };
    for file in [version(2, 12) + &version(1, 9), version(1, 9) + &version(2, 12)] {
        assert_eq!(rows(&july(&file)), ["2026-07-15T12:00 2026-07-15T13:00 UTC busy 12"]);
    }
    // Two without any UID are two.
    let nameless = event("DTSTART:20260715T090000Z\nDURATION:PT1H");
    assert_eq!(july(&(nameless.clone() + &nameless)).busy.len(), 2);
}

#[test]
fn an_event_moved_out_of_the_window_is_not_in_it() {
    let at = |start: &str| event(&format!("UID:1\nDTSTART:{start}\nDURATION:PT1H"));
    assert_eq!(july(&at("20260715T090000Z")).busy.len(), 1);
    assert_eq!(july(&at("20260915T090000Z")).busy.len(), 0);
    // The window's days are the reader's: midnight in Berlin is 22:00 UTC the day before.
    assert_eq!(july(&at("20260630T210000Z")).busy.len(), 0);
    assert_eq!(july(&at("20260630T210100Z")).busy.len(), 1);
    assert_eq!(july(&at("20260731T215900Z")).busy.len(), 1);
    assert_eq!(july(&at("20260731T220000Z")).busy.len(), 0);
}

#[test]
fn zones_by_windows_names_prefixes_and_unknown_ones() {
    let at = |zone: &str| july(&event(&format!("UID:1\nDTSTART;TZID={zone}:20260715T090000\nDURATION:PT1H")));
    for (written, zone) in [
        ("Europe/Lisbon", "Europe/Lisbon"),
        ("\"GMT Standard Time\"", "Europe/London"),
        ("India Standard Time", "Asia/Calcutta"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20070129_1/America/Argentina/Salta", "America/Argentina/Salta"),
    ] {
        let calendar = at(written);
        whole(&calendar);
        assert_eq!(calendar.busy[0].zone, zone, "{written}");
    }
    // Nothing to go by: busy in the reader's zone, and a warning with its line.
    let unknown = at("Festival Time");
    assert_eq!(rows(&unknown), ["2026-07-15T09:00 2026-07-15T10:00 Europe/Berlin busy "]);
    assert_eq!(unknown.warnings.len(), 1);
    assert_eq!(unknown.warnings[0].line, 5);
    assert!(unknown.warnings[0].message.contains("\"Festival Time\" is not known"));
    // A floating time is the reader's, without a warning.
    let floating = july(&event("UID:1\nDTSTART:20260715T090000\nDURATION:PT1H"));
    whole(&floating);
    assert_eq!(floating.busy[0].zone, "Europe/Berlin");
}

#[test]
fn rules_that_are_not_supported_leave_the_first_date_busy_and_say_so() {
    let hourly = july(&event("UID:1\nDTSTART:20260715T090000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;COUNT=3"));
    assert_eq!(rows(&hourly), ["2026-07-15T09:00 2026-07-15T10:00 UTC busy "]);
    assert!(hourly.truncated);
    assert_eq!(hourly.warnings[0].line, 7);
    assert!(hourly.warnings[0].message.contains("FREQ=HOURLY"), "{}", hourly.warnings[0].message);
}

#[test]
fn added_dates_and_periods() {
    let file = event(
        "UID:1\nDTSTART;TZID=Europe/Berlin:20260706T090000\nDURATION:PT1H\nRDATE;TZID=Europe/Berlin:20260710T090000
         RDATE;VALUE=PERIOD:20260711T070000Z/20260711T100000Z,20260712T070000Z/PT30M",
    );
    let times: Vec<_> = july(&file).busy.iter().map(|b| format!("{} {}", b.start, &b.end[11..])).collect();
    assert_eq!(
        times,
        [
            "2026-07-06T09:00 10:00",
            "2026-07-10T09:00 10:00",
            "2026-07-11T09:00 12:00",
            "2026-07-12T09:00 09:30"
        ]
    );
}

#[test]
fn missing_ends_mixed_case_and_bare_line_feeds_are_read() {
    let file = "\u{feff}begin:vcalendar\nBegin:VEvent\nuid:1\ndtstart:20260715T090000z\nduration:pt1h\nBEGIN:VALARM\nTRIGGER:-PT5M
BEGIN:VEVENT\nUID:2\nDTSTART:20260716T0900Z\nDURATION:PT1H\nthis is no property";
    let calendar = july(file);
    let starts: Vec<_> = calendar.busy.iter().map(|busy| busy.start.as_str()).collect();
    assert_eq!(starts, ["2026-07-15T09:00", "2026-07-16T09:00"]);
    assert_eq!(calendar.warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), [8, 12]);
}

#[test]
fn what_is_no_calendar_is_refused_with_a_hint() {
    let refused =
        |bytes: &[u8]| try_read(bytes, "Europe/Berlin", "2026-07-01", "2026-08-01").unwrap_err().to_string();
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"<!doctype html><title>Sign in</title>").contains("web page"));
    assert!(refused(b"PK\x03\x04").contains("ZIP"));
    assert!(refused(b"title,start,end\n").contains(".ics"));
    let large = vec![b' '; FILE_MAX + 1];
    assert_eq!(
        try_read(&large, "UTC", "2026-07-01", "2026-08-01"),
        Err(IcsError::TooLarge { limit: 10 * 1024 * 1024 })
    );
    assert_eq!(
        try_read(GOOGLE.as_bytes(), "Mars/Base", "2026-07-01", "2026-08-01"),
        Err(IcsError::UnknownZone { zone: "Mars/Base".to_owned() })
    );
    assert_eq!(try_read(GOOGLE.as_bytes(), "UTC", "2026-08-01", "2026-08-01"), Err(IcsError::EmptyWindow));
}

#[test]
fn limits_are_met_with_the_nearest_times_first_and_said() {
    // One event too many: it is not read, and that is said.
    let mut many = String::from("BEGIN:VCALENDAR\n");
    for n in 0..10_001 {
        many.push_str(&format!("BEGIN:VEVENT\nUID:{n}\nDTSTART:20260715T090000Z\nEND:VEVENT\n"));
    }
    let calendar = july(&many);
    assert!(calendar.truncated);
    assert!(calendar.warnings[0].message.contains("10000 entries"), "{}", calendar.warnings[0].message);
    // More busy times than come out: the first ones do, and what is free gives way.
    let often = with(
        "BEGIN:VEVENT\nUID:1\nDTSTART:20200101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nTRANSP:TRANSPARENT\nEND:VEVENT
         BEGIN:VEVENT\nUID:2\nDTSTART:20200101T120000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEND:VEVENT",
    );
    let decade = try_read(often.as_bytes(), "UTC", "2020-01-01", "2030-01-01").unwrap();
    assert!(decade.truncated);
    assert_eq!(decade.busy.len(), BUSY_MAX);
    assert!(decade.busy.iter().all(|busy| busy.uid == "2"));
    // 2,000 days from the first of January 2020.
    assert_eq!(decade.busy[BUSY_MAX - 1].start, "2025-06-22T12:00");
    // Warnings are listed up to a limit, and counted.
    let odd = with(&"?\n".repeat(50));
    let calendar = july(&odd);
    assert_eq!((calendar.warnings.len(), calendar.more_warnings), (WARNINGS_MAX, 30));
}

fn shift(event: &str, assignment: &str, start: &str, end: &str, zone: &str) -> OwnShift {
    OwnShift {
        event: event.parse().unwrap(),
        assignment: assignment.parse().unwrap(),
        title: "Bar; Theke 1, Süd \\ Nord – mit einem Namen, der über die Zeile hinaus geht: 🎪🎪🎪"
            .to_owned(),
        start: civil(start),
        end: civil(end),
        zone: zone.to_owned(),
        place_name: Some("Große Bühne, Tor 3".to_owned()),
        note: Some("Bring gloves.\nAsk for Kim; bar 2.".to_owned()),
    }
}

fn written(shifts: &[OwnShift]) -> String {
    write(shifts, "2026-07-01T12:00:00Z".parse().unwrap(), &Zones::default())
}

#[test]
fn what_is_written_is_read_back_as_ones_own() {
    let shifts = [
        shift("e1", "a1", "2026-07-10T18:00", "2026-07-11T02:30", "Europe/Berlin"),
        shift("e1", "a-2_b", "2026-07-12T09:00", "2026-07-12T17:00", "Africa/Cairo"),
        shift("e2", "a3", "2026-07-13T09:00", "2026-07-13T17:00", "UTC"),
        shift("e2", "a4", "2026-07-14T09:00", "2026-07-14T17:00", "Asia/Kathmandu"),
    ];
    let text = written(&shifts);
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    let calendar = july(&text);
    whole(&calendar);
    assert_eq!(calendar.busy.len(), shifts.len());
    for (busy, shift) in calendar.busy.iter().zip(&shifts) {
        assert_eq!(civil(&busy.start), shift.start);
        assert_eq!(civil(&busy.end), shift.end);
        assert_eq!((&busy.zone, &busy.title), (&shift.zone, &shift.title));
        assert_eq!(busy.uid, format!("{}.{}@wedsync", shift.event, shift.assignment));
        let own = Own { event: shift.event.clone(), assignment: shift.assignment.clone() };
        assert_eq!(busy.own.as_ref(), Some(&own));
    }
    // Another's UID of that shape is not ours, nor is one with something else in it.
    for uid in ["e1.a1@example.org", "e1@wedsync", "e 1.a1@wedsync", ".a1@wedsync"] {
        let file = event(&format!("UID:{uid}\nDTSTART:20260715T090000Z\nDURATION:PT1H"));
        assert_eq!(july(&file).busy[0].own, None, "{uid}");
    }
}

#[test]
fn a_written_file_is_exactly_this() {
    let shift = OwnShift {
        title: "Bar, east".to_owned(),
        place_name: None,
        note: None,
        ..shift("e1", "a1", "2026-07-10T18:00", "2026-07-11T02:30", "Europe/Berlin")
    };
    let lines: Vec<String> = written(&[shift]).lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//WedSync//WedSync core//EN",
            "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH",
            "BEGIN:VTIMEZONE",
            "TZID:Europe/Berlin",
            "BEGIN:DAYLIGHT",
            "DTSTART:20250330T020000",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "TZNAME:CEST",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            "END:DAYLIGHT",
            "BEGIN:STANDARD",
            "DTSTART:20251026T030000",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "TZNAME:CET",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            "END:STANDARD",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
            "UID:e1.a1@wedsync",
            "DTSTAMP:20260701T120000Z",
            "DTSTART;TZID=Europe/Berlin:20260710T180000",
            "DTEND;TZID=Europe/Berlin:20260711T023000",
            "SUMMARY:Bar\\, east",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    );
}

/// The VTIMEZONE alone says the same times: under a name that nobody knows it is matched to the zone, or is UTC.
#[test]
fn the_written_rules_of_a_zone_are_the_zones() {
    for zone in [
        "Europe/Berlin",
        "Africa/Cairo",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Europe/Dublin",
        "America/Sao_Paulo",
        "Pacific/Chatham",
        "Asia/Kathmandu",
    ] {
        let shifts: Vec<OwnShift> = (1..=12)
            .map(|month| {
                let (start, end) = (format!("2026-{month:02}-10T09:00"), format!("2026-{month:02}-10T17:00"));
                shift("e1", &format!("a{month}"), &start, &end, zone)
            })
            .collect();
        let renamed = written(&shifts).replace(zone, "Nowhere");
        let read = try_read(renamed.as_bytes(), "Etc/UTC", "2026-01-01", "2027-01-01").unwrap();
        whole(&read);
        assert_eq!(read.busy.len(), 12, "{zone}");
        let zones = Zones::default();
        for (busy, shift) in read.busy.iter().zip(&shifts) {
            let at = |text: DateTime, zone: &str| {
                wedsync_domain::zone::resolve(text, &zones.zone(zone).unwrap()).at
            };
            assert_eq!(at(civil(&busy.start), &busy.zone), at(shift.start, zone), "{zone} {busy:?}");
            assert_eq!(at(civil(&busy.end), &busy.zone), at(shift.end, zone), "{zone} {busy:?}");
        }
    }
}

fn sound(calendar: &Calendar) {
    assert!(calendar.busy.len() <= BUSY_MAX && calendar.warnings.len() <= WARNINGS_MAX);
    for busy in &calendar.busy {
        assert!(wedsync_domain::time::parse_civil(&busy.start).is_some(), "{busy:?}");
        assert!(wedsync_domain::time::parse_civil(&busy.end).is_some(), "{busy:?}");
        assert!(wedsync_domain::zone::is_known(&busy.zone), "{busy:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn no_file_however_broken_makes_reading_it_panic(
        file in prop::sample::select(vec![GOOGLE, OUTLOOK, APPLE]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..30, prop::collection::vec(any::<u8>(), 0..12)), 1..8),
    ) {
        let mut bytes = file.as_bytes().to_vec();
        for (at, cut, put) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put);
            if bytes.is_empty() { break; }
        }
        if let Ok(calendar) = try_read(&bytes, "Europe/Berlin", "2026-01-01", "2027-01-01") {
            sound(&calendar);
        }
    }

    #[test]
    fn no_value_makes_reading_an_event_panic(
        start in "[0-9]{8}(T[0-9]{6}Z?)?",
        end in "-?P?[0-9TDHWM]{1,9}|[0-9]{8}T[0-9]{6}",
        zone in "[A-Za-z /_.]{0,20}",
        offset in "[+-]?[0-9]{2,6}",
        rule in "(FREQ=(DAILY|YEARLY|WEEKLY));(COUNT=[0-9]{1,9}|INTERVAL=[0-9]{1,9}|BYDAY=[0-9-]{0,3}SU);?",
    ) {
        let file = with(&format!(
            "BEGIN:VTIMEZONE\nTZID:{zone}\nBEGIN:STANDARD\nDTSTART:{start}\nTZOFFSETFROM:{offset}\nTZOFFSETTO:+0100\nRRULE:{rule}\nEND:STANDARD\nEND:VTIMEZONE
             BEGIN:VEVENT\nUID:1\nDTSTART;TZID={zone}:{start}\nDTEND:{end}\nDURATION:{end}\nRRULE:{rule}\nEXDATE:{start}\nRDATE:{start}/{end}\nEND:VEVENT
             BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:{start}\nDTSTART:{end}\nDURATION:{end}\nEND:VEVENT"
        ));
        sound(&try_read(file.as_bytes(), "Europe/Berlin", "2026-01-01", "2027-01-01").unwrap());
    }

    #[test]
    fn any_title_and_note_come_through(title in "\\PC{0,120}", note in "(\\PC|\n){0,200}", place in "[^\\PC]{0,40}") {
        let shift = OwnShift {
            title: title.clone(),
            note: Some(note),
            place_name: Some(place),
            ..shift("e1", "a1", "2026-07-10T18:00", "2026-07-11T02:30", "Europe/Berlin")
        };
        let text = written(&[shift]);
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
        let calendar = july(&text);
        prop_assert_eq!(calendar.busy.len(), 1);
        let words: Vec<_> = title.split_whitespace().collect();
        prop_assert_eq!(&calendar.busy[0].title, &words.join(" "));
        prop_assert_eq!(calendar.warnings.len(), 0);
    }
}
