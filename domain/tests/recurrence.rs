//! Recurrence rules and series: the cases of RFC 5545 that calendars get wrong, with the values written out.
#![allow(clippy::unwrap_used)]

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use wedsync_domain::calendar::{Length, Override, Rule, RuleError, Series, Span};
use wedsync_domain::ordered::{OrdMap, OrdSet};
use wedsync_domain::zone::Zones;

fn zone(name: &str) -> TimeZone {
    Zones::default().zone(name).unwrap()
}

fn civil(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn starts(rule: &str, first: &str, place: &str, window: (&str, &str)) -> Vec<String> {
    let window = (civil(window.0), civil(window.1));
    let found = Rule::parse(rule).unwrap().occurrences(civil(first), &zone(place), window);
    assert!(!found.bounded);
    found.starts.iter().map(|at| at.to_string()[..16].to_owned()).collect()
}

/// Only the dates, of a rule that starts at 09:00 in Berlin.
fn dates(rule: &str, first: &str, until: &str) -> Vec<String> {
    let found = starts(rule, &format!("{first}T09:00"), "Europe/Berlin", ("2000-01-01T00:00", until));
    found.iter().map(|at| at.strip_suffix("T09:00").unwrap().to_owned()).collect()
}

fn series(first: &str, end: &str, rule: &str) -> Series {
    Series {
        first: civil(first),
        length: Length::Until(civil(end)),
        rule: Some(Rule::parse(rule).unwrap()),
        extra: OrdSet::new(),
        except: OrdSet::new(),
        overrides: OrdMap::new(),
    }
}

fn spans(series: &Series, from: &str, to: &str) -> Vec<String> {
    let found = series.within(civil(from), civil(to), &zone("Europe/Berlin"));
    assert!(!found.bounded);
    found.spans.iter().map(text).collect()
}

fn text(span: &Span) -> String {
    format!("{} {}", &span.start.to_string()[..16], &span.end.to_string()[..16])
}

fn moved(start: &str, end: &str) -> Override {
    Override::Moved { start: civil(start), end: civil(end) }
}

#[test]
fn a_daily_0230_over_the_gap_omits_that_day_and_does_not_count_it() {
    let window = ("2026-01-01T00:00", "2027-01-01T00:00");
    assert_eq!(
        starts("FREQ=DAILY;COUNT=5", "2026-03-27T02:30", "Europe/Berlin", window),
        ["2026-03-27T02:30", "2026-03-28T02:30", "2026-03-30T02:30", "2026-03-31T02:30", "2026-04-01T02:30"]
    );
    // In a zone without the gap the 29th is there.
    assert_eq!(
        starts("FREQ=DAILY;COUNT=3", "2026-03-28T02:30", "Asia/Kolkata", window),
        ["2026-03-28T02:30", "2026-03-29T02:30", "2026-03-30T02:30"]
    );
}

#[test]
fn a_weekly_0900_stays_at_0900_over_both_clock_changes() {
    let spring = ("2026-03-20T00:00", "2026-04-06T00:00");
    assert_eq!(
        starts("FREQ=WEEKLY", "2026-01-05T09:00", "Europe/Berlin", spring),
        ["2026-03-23T09:00", "2026-03-30T09:00"]
    );
    let autumn = ("2026-10-19T00:00", "2026-10-27T00:00");
    assert_eq!(
        starts("FREQ=WEEKLY", "2026-01-05T09:00", "Europe/Berlin", autumn),
        ["2026-10-19T09:00", "2026-10-26T09:00"]
    );
}

#[test]
fn an_until_in_utc_is_inclusive_to_the_second() {
    let window = ("2026-01-01T00:00", "2027-01-01T00:00");
    let until = |until: &str| {
        let rule = format!("FREQ=WEEKLY;UNTIL={until}");
        starts(&rule, "2026-03-16T09:00", "Europe/Berlin", window)
    };
    // 09:00 in Berlin is 08:00Z on 23 March and 07:00Z on 30 March.
    assert_eq!(until("20260330T070000Z"), ["2026-03-16T09:00", "2026-03-23T09:00", "2026-03-30T09:00"]);
    assert_eq!(until("20260330T065959Z"), ["2026-03-16T09:00", "2026-03-23T09:00"]);
    assert_eq!(until("20260330T090000").len(), 3);
    assert_eq!(until("20260330T085959").len(), 2);
    assert_eq!(until("20260330").len(), 3);
    assert_eq!(until("20260329").len(), 2);
}

/// The examples of RFC 5545, 3.8.5.3, moved to 2026 where the year does not matter.
#[test]
fn rules_of_every_kind_give_the_days_of_the_standard() {
    assert_eq!(
        dates("FREQ=DAILY;INTERVAL=10;COUNT=3", "2026-09-02", "2027-01-01"),
        ["2026-09-02", "2026-09-12", "2026-09-22"]
    );
    assert_eq!(
        dates("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "2026-08-04", "2027-01-01"),
        ["2026-08-04", "2026-08-09", "2026-08-18", "2026-08-23"]
    );
    assert_eq!(
        dates("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "2026-08-04", "2027-01-01"),
        ["2026-08-04", "2026-08-16", "2026-08-18", "2026-08-30"]
    );
    assert_eq!(
        dates("FREQ=MONTHLY;COUNT=3;BYDAY=1FR", "2026-09-04", "2027-01-01"),
        ["2026-09-04", "2026-10-02", "2026-11-06"]
    );
    assert_eq!(
        dates("FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "2026-09-21", "2027-01-01"),
        ["2026-09-21", "2026-10-19", "2026-11-23"]
    );
    assert_eq!(
        dates("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", "2026-09-30", "2027-01-01"),
        ["2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"]
    );
    assert_eq!(
        dates("FREQ=MONTHLY;COUNT=3;BYDAY=FR;BYMONTHDAY=13", "2026-02-13", "2027-01-01"),
        ["2026-02-13", "2026-03-13", "2026-11-13"]
    );
    assert_eq!(
        dates("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", "2026-01-30", "2027-01-01"),
        ["2026-01-30", "2026-02-27", "2026-03-31"]
    );
    assert_eq!(
        dates("FREQ=MONTHLY;COUNT=3", "2026-01-31", "2027-01-01"),
        ["2026-01-31", "2026-03-31", "2026-05-31"]
    );
    assert_eq!(
        dates("FREQ=YEARLY;COUNT=3", "2024-02-29", "2040-01-01"),
        ["2024-02-29", "2028-02-29", "2032-02-29"]
    );
    assert_eq!(
        dates("FREQ=YEARLY;BYMONTH=6,7;COUNT=3", "2026-06-10", "2040-01-01"),
        ["2026-06-10", "2026-07-10", "2027-06-10"]
    );
    assert_eq!(
        dates("FREQ=YEARLY;BYDAY=20MO;COUNT=2", "2026-05-18", "2040-01-01"),
        ["2026-05-18", "2027-05-17"]
    );
    // The election day: the first Tuesday after a Monday in November, every fourth year.
    let election = "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8";
    assert_eq!(dates(election, "2024-11-05", "2033-01-01"), ["2024-11-05", "2028-11-07", "2032-11-02"]);
}

#[test]
fn what_a_rule_cannot_say_is_refused_by_the_name_of_its_part() {
    let refused = |rule: &str| Rule::parse(rule).unwrap_err();
    assert_eq!(refused("FREQ=HOURLY"), RuleError::Unsupported("FREQ=HOURLY".to_owned()));
    assert_eq!(refused("FREQ=YEARLY;BYWEEKNO=20"), RuleError::Unsupported("BYWEEKNO".to_owned()));
    assert_eq!(refused("FREQ=DAILY;BYMOON=FULL"), RuleError::Unknown("BYMOON".to_owned()));
    assert_eq!(refused("FREQ=DAILY;COUNT"), RuleError::Malformed("COUNT".to_owned()));
    assert_eq!(refused("FREQ=DAILY;COUNT=2;count=3"), RuleError::Twice("COUNT"));
    assert_eq!(refused("COUNT=3"), RuleError::NoFrequency);
    assert_eq!(refused("FREQ=DAILY;COUNT=3;UNTIL=20260715"), RuleError::CountAndUntil);
    for (rule, at) in [
        ("FREQ=FORTNIGHTLY", "FREQ"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;COUNT=-1", "COUNT"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=é", "BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTH=-1", "BYMONTH"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;WKST=MONDAY", "WKST"),
    ] {
        match refused(rule) {
            RuleError::Invalid { part, .. } => assert_eq!(part, at, "{rule}"),
            other => panic!("{rule}: {other}"),
        }
    }
    assert!(Rule::parse("freq=weekly; byday=mo,we ;").is_ok(), "case and blanks do not matter");
}

#[test]
fn a_rule_without_end_or_result_ends_at_a_limit_and_says_so() {
    let far = (civil("2026-01-01T00:00"), civil("9999-01-01T00:00"));
    let daily = Rule::parse("FREQ=DAILY").unwrap().occurrences(far.0, &zone("Europe/Berlin"), far);
    assert_eq!((daily.starts.len(), daily.bounded), (10_000, true));
    // 30 February never comes; 600 years of looking for it are over the limit.
    let never = Rule::parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").unwrap();
    let found = never.occurrences(far.0, &zone("Europe/Berlin"), far);
    assert_eq!((found.starts.len(), found.bounded), (1, true));
    let year = never.occurrences(far.0, &zone("Europe/Berlin"), (far.0, civil("2027-01-01T00:00")));
    assert_eq!((year.starts.len(), year.bounded), (1, false));
}

#[test]
fn a_rule_since_long_ago_costs_no_more_than_its_window() {
    assert_eq!(
        starts("FREQ=DAILY;INTERVAL=3", "0001-01-01T09:00", "UTC", ("2026-07-01T00:00", "2026-07-08T00:00")),
        // 739,797 days after 0001-01-01, which is 3 times 246,599.
        ["2026-07-01T09:00", "2026-07-04T09:00", "2026-07-07T09:00"]
    );
}

#[test]
fn a_multi_day_instance_that_began_before_the_window_counts() {
    let festival = series("2026-07-10T18:00", "2026-07-13T12:00", "FREQ=WEEKLY");
    assert_eq!(
        spans(&festival, "2026-07-20T00:00", "2026-07-21T00:00"),
        ["2026-07-17T18:00 2026-07-20T12:00"]
    );
    assert_eq!(spans(&festival, "2026-07-20T12:00", "2026-07-21T00:00"), [""; 0], "the end is exclusive");
}

#[test]
fn a_night_keeps_its_end_on_the_wall_and_a_duration_elapses() {
    let night = series("2026-10-23T22:00", "2026-10-24T06:00", "FREQ=DAILY;COUNT=3");
    assert_eq!(spans(&night, "2026-10-24T12:00", "2026-10-25T12:00"), ["2026-10-24T22:00 2026-10-25T06:00"]);
    let lasting = Series { length: Length::Lasting { days: 0, seconds: 8 * 3600 }, ..night };
    assert_eq!(
        spans(&lasting, "2026-10-24T12:00", "2026-10-26T12:00"),
        ["2026-10-24T22:00 2026-10-25T05:00", "2026-10-25T22:00 2026-10-26T06:00"]
    );
    // Half past two comes twice: an hour and a half from two ends in the second, which a civil time cannot name.
    let over_the_fold = Series {
        first: civil("2026-10-25T02:00"),
        length: Length::Lasting { days: 0, seconds: 90 * 60 },
        rule: None,
        ..lasting
    };
    assert_eq!(
        spans(&over_the_fold, "2026-10-25T00:00", "2026-10-26T00:00"),
        ["2026-10-25T02:00 2026-10-25T03:00"]
    );
}

#[test]
fn an_instance_moved_to_another_day_is_there_and_no_longer_here() {
    let mut shift = series("2026-07-06T09:00", "2026-07-06T10:00", "FREQ=WEEKLY;COUNT=3");
    shift.overrides.insert(civil("2026-07-13T09:00"), moved("2026-07-15T14:00", "2026-07-15T16:00"));
    assert_eq!(
        spans(&shift, "2026-07-01T00:00", "2026-08-01T00:00"),
        [
            "2026-07-06T09:00 2026-07-06T10:00",
            "2026-07-15T14:00 2026-07-15T16:00",
            "2026-07-20T09:00 2026-07-20T10:00"
        ]
    );
    // Also where the window has only the new day, or only the old one.
    assert_eq!(spans(&shift, "2026-07-15T00:00", "2026-07-16T00:00"), ["2026-07-15T14:00 2026-07-15T16:00"]);
    assert_eq!(spans(&shift, "2026-07-13T00:00", "2026-07-14T00:00"), [""; 0]);
}

#[test]
fn an_instance_moved_onto_its_sibling_leaves_both() {
    let mut shift = series("2026-07-06T09:00", "2026-07-06T10:00", "FREQ=WEEKLY;COUNT=2");
    shift.overrides.insert(civil("2026-07-06T09:00"), moved("2026-07-13T09:00", "2026-07-13T11:00"));
    assert_eq!(
        spans(&shift, "2026-07-01T00:00", "2026-08-01T00:00"),
        ["2026-07-13T09:00 2026-07-13T10:00", "2026-07-13T09:00 2026-07-13T11:00"]
    );
}

#[test]
fn cancelled_and_excepted_instances_are_out_and_still_counted() {
    let mut shift = series("2026-07-06T09:00", "2026-07-06T10:00", "FREQ=DAILY;COUNT=4");
    shift.except.insert(civil("2026-07-07T09:00"));
    shift.overrides.insert(civil("2026-07-08T09:00"), Override::Cancelled);
    shift.extra.insert(civil("2026-07-20T18:00"));
    assert_eq!(
        spans(&shift, "2026-07-01T00:00", "2026-08-01T00:00"),
        [
            "2026-07-06T09:00 2026-07-06T10:00",
            "2026-07-09T09:00 2026-07-09T10:00",
            "2026-07-20T18:00 2026-07-20T19:00"
        ]
    );
    shift.except.insert(civil("2026-07-06T09:00"));
    shift.rule = None;
    assert_eq!(spans(&shift, "2026-07-01T00:00", "2026-08-01T00:00"), ["2026-07-20T18:00 2026-07-20T19:00"]);
}

#[test]
fn this_and_following_edited_is_two_series_that_do_not_overlap() {
    // What calendars write: the old series ends a second before, and a new one begins.
    let old = series("2026-07-06T09:00", "2026-07-06T10:00", "FREQ=DAILY;UNTIL=20260708T065959Z");
    let new = series("2026-07-08T11:00", "2026-07-08T12:00", "FREQ=DAILY;COUNT=2");
    let both: Vec<_> = [old, new]
        .iter()
        .flat_map(|series| spans(series, "2026-07-01T00:00", "2026-08-01T00:00"))
        .map(|span| span[..16].to_owned())
        .collect();
    assert_eq!(both, ["2026-07-06T09:00", "2026-07-07T09:00", "2026-07-08T11:00", "2026-07-09T11:00"]);
}

fn a_rule() -> impl Strategy<Value = String> {
    let limit = prop_oneof![
        Just(String::new()),
        (1u32..40).prop_map(|n| format!(";COUNT={n}")),
        (2020i32..2030, 1u32..=12).prop_map(|(y, m)| format!(";UNTIL={y}{m:02}15T070000Z")),
    ];
    let days = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..4)
        .prop_map(|days| format!(";BYDAY={}", days.join(",")));
    let by = prop_oneof![
        Just(String::new()),
        days,
        Just(";BYMONTH=3,10".to_owned()),
        Just(";BYMONTH=1,3,10;BYDAY=-1SU,MO".to_owned()),
        Just(";BYMONTHDAY=29,-1".to_owned()),
        Just(";BYDAY=SU,SA;BYSETPOS=-1,1".to_owned()),
    ];
    (prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]), 1u32..5, limit, by)
        .prop_map(|(freq, interval, limit, by)| format!("FREQ={freq};INTERVAL={interval}{limit}{by}"))
}

proptest! {
    #[test]
    fn a_window_shows_what_a_larger_one_shows_of_it(
        rule in a_rule(),
        place in prop::sample::select(vec!["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"]),
        first in 0i64..3000,
        hour in 0i8..24,
        from in 0i64..4000,
        days in 1i64..200,
        length_hours in 1i64..100,
    ) {
        let Ok(rule) = Rule::parse(&rule) else { return Ok(()) };
        let day = |n: i64| civil("2020-01-01T00:00").checked_add(jiff::SignedDuration::from_hours(24 * n)).unwrap();
        let first = day(first).date().at(hour, 30, 0, 0);
        let (zone, window) = (zone(place), (day(from), day(from + days)));
        let all = (civil("2019-01-01T00:00"), civil("2035-01-01T00:00"));
        let large = rule.occurrences(first, &zone, all);
        let small = rule.occurrences(first, &zone, window);
        prop_assert!(!large.bounded && !small.bounded);
        let inside: Vec<_> = large.starts.into_iter().filter(|at| (window.0..window.1).contains(at)).collect();
        prop_assert_eq!(&small.starts, &inside);
        prop_assert!(small.starts.is_sorted_by(|a, b| a < b));

        let end = first.checked_add(jiff::SignedDuration::from_hours(length_hours)).unwrap();
        let series = Series {
            first, length: Length::Until(end), rule: Some(rule),
            extra: OrdSet::new(), except: OrdSet::new(), overrides: OrdMap::new(),
        };
        let large = series.within(all.0, all.1, &zone);
        let touching: Vec<_> =
            large.spans.into_iter().filter(|span| span.start < window.1 && span.end > window.0).collect();
        prop_assert_eq!(series.within(window.0, window.1, &zone).spans, touching);
    }

    #[test]
    fn no_text_makes_reading_a_rule_panic(text in "\\PC{0,60}", rule in a_rule(), at in 0usize..60, put in any::<char>()) {
        let _ = Rule::parse(&text);
        let mut broken: Vec<char> = rule.chars().collect();
        let at = at % broken.len();
        broken[at] = put;
        let _ = Rule::parse(&broken.into_iter().collect::<String>());
    }
}
