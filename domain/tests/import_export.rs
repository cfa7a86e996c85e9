//! Files of shifts: what is read is all there, comes back the same, and corrects instead of doubling.
#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use support::{World, act, apply, command, coordinator, doc, id, world};
use wedsync_domain::import::{Action, Preview, RowErrorCode as Code, preview};
use wedsync_domain::project::{self, Assignment};
use wedsync_domain::{Command, DocView, Field, Table, decide, export};

const FESTIVAL: &str = include_str!("../data/festival-shifts.csv");

fn festival() -> World {
    let mut w = World::new();
    act(
        &mut w,
        json!({"type": "create_event", "event": "emf", "fields": {"title": "EMF Camp 2026",
            "first_day": "2026-07-15", "last_day": "2026-07-20", "zone": "Europe/London"}}),
    );
    w
}

fn run(w: &mut World, preview: &Preview) -> usize {
    assert_eq!(preview.errors, []);
    let command = preview.command.as_ref().expect("something to import");
    let decision = decide(&*w, &coordinator(), command).unwrap();
    apply(w, &decision);
    decision.changes.len()
}

fn actions(preview: &Preview) -> BTreeMap<&'static str, usize> {
    let mut out = BTreeMap::new();
    for row in &preview.rows {
        let name = match row.action {
            Action::Create => "create",
            Action::Update => "update",
            Action::Unchanged => "unchanged",
        };
        *out.entry(name).or_default() += 1;
    }
    out
}

fn event_of<'a>(w: &'a World, event: &str) -> &'a DocView {
    &w[&doc(&format!("event/{event}"))]
}

/// The cells of a row of the festival file, as the plan has them.
fn cells(shift: &Assignment, places: &BTreeMap<String, (String, String, String)>) -> String {
    let (place, lat, lon) = shift.place.as_ref().map(|p| places[p].clone()).unwrap_or_default();
    let flag = |b: bool| if b { "1" } else { "0" };
    [
        &shift.team,
        &shift.role,
        &place,
        &lat,
        &lon,
        &shift.start,
        &shift.end,
        &shift.zone,
        &shift.helpers_min.to_string(),
        &shift.helpers_max.to_string(),
        flag(shift.skills.contains(&"training".to_owned())),
        flag(shift.adults_only),
    ]
    .join(",")
}

#[test]
fn the_festival_imports_without_loss() {
    let mut w = festival();
    let first = preview(FESTIVAL.as_bytes(), &id("emf"), &w);
    assert_eq!((first.rows.len(), actions(&first)), (626, BTreeMap::from([("create", 626)])));
    assert_eq!((first.warnings.as_slice(), first.missing.as_slice()), (&[][..], &[][..]));
    assert_eq!(first.rows[0].line, 2);
    assert_eq!(first.rows[625].line, 627);
    assert_eq!(run(&mut w, &first), 626 + 20, "shifts and places");

    let roster = &w[&doc("roster")];
    let places: BTreeMap<String, (String, String, String)> = project::places(roster)
        .into_iter()
        .map(|p| {
            let degrees = |d: Option<f64>| d.map(|d| d.to_string()).unwrap_or_default();
            (p.id, (p.name, degrees(p.latitude), degrees(p.longitude)))
        })
        .collect();
    let shifts = project::assignments(event_of(&w, "emf"));
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    let in_file = sorted(FESTIVAL.lines().skip(1).map(str::to_owned).collect());
    assert_eq!(sorted(shifts.iter().map(|s| cells(s, &places)).collect()), in_file, "in the view");
    assert!(shifts.iter().all(|s| s.title == s.role && s.status == "open"));

    let exported = export::csv(event_of(&w, "emf"), roster);
    let mut reader = csv::Reader::from_reader(exported.as_bytes());
    let header = reader.headers().unwrap().clone();
    let columns: Vec<usize> = FESTIVAL
        .lines()
        .next()
        .unwrap()
        .split(',')
        .map(|c| header.iter().position(|h| h == c).unwrap())
        .collect();
    let exported_rows = reader
        .records()
        .map(|r| r.unwrap())
        .map(|r| columns.iter().map(|c| &r[*c]).collect::<Vec<_>>().join(","));
    assert_eq!(sorted(exported_rows.collect()), in_file, "after export");

    for file in [FESTIVAL, &exported] {
        let again = preview(file.as_bytes(), &id("emf"), &w);
        assert_eq!(actions(&again), BTreeMap::from([("unchanged", 626)]), "{:?}", again.errors);
        assert_eq!((again.command, again.missing.as_slice()), (None, &[][..]));
    }
}

#[test]
fn a_corrected_file_updates_and_keeps_what_people_did() {
    let mut w = festival();
    let first = preview(FESTIVAL.as_bytes(), &id("emf"), &w);
    run(&mut w, &first);
    let kitchen = project::assignments(event_of(&w, "emf"))[0].id.clone();
    act(&mut w, json!({"type": "add_helper", "helper": "anna", "fields": {"name": "Anna"}}));
    act(&mut w, json!({"type": "assign", "event": "emf", "assignment": kitchen, "helper": "anna"}));
    act(
        &mut w,
        json!({"type": "update_assignment", "event": "emf", "assignment": kitchen,
            "set": {"title": "Breakfast", "skills": ["knives"], "note": "Aprons"}}),
    );
    // One end moves; the last row goes; one row is new.
    let mut lines: Vec<String> = FESTIVAL.lines().map(str::to_owned).collect();
    lines[1] = lines[1].replace("2026-07-15T10:30", "2026-07-15T10:45");
    let gone = lines.pop().unwrap();
    lines.push(
        "bar,Bar,Bar,52.041376,-2.377551,2026-07-21T10:00,2026-07-21T12:00,Europe/London,1,2,1,1".into(),
    );
    let p = preview(lines.join("\r\n").as_bytes(), &id("emf"), &w);
    assert_eq!(actions(&p), BTreeMap::from([("create", 1), ("unchanged", 624), ("update", 1)]));
    assert_eq!(p.rows[0].changed, [Field::End]);
    assert_eq!(p.missing.len(), 1);
    assert_eq!(p.missing[0].start, gone.split(',').nth(5).unwrap());
    assert_eq!(run(&mut w, &p), 2, "one cell and one row");
    let view = event_of(&w, "emf");
    assert_eq!(view.rows(Table::Assignments).len(), 627);
    let kitchen = project::assignment(&kitchen, view).unwrap();
    assert_eq!((kitchen.end.as_str(), kitchen.title.as_str()), ("2026-07-15T10:45", "Breakfast"));
    assert_eq!(
        (kitchen.taken, kitchen.skills, kitchen.note.as_str()),
        (1, vec!["knives".to_owned()], "Aprons")
    );
}

#[test]
fn other_spellings_of_a_file_read_the_same() {
    let plain = "role;start;end;helpers_min;latitude;longitude;place\r\n\
                 Bar;2026-07-18 14:00;2026-07-18T16:00:00;3;52,5;-2,25;Tent\r\n";
    let quoted = "\u{feff}Role,Start,End,Helpers-Min,LATITUDE,longitude,place\n\n\
                  \"Bar\",\"2026-07-18T14:00\",2026-07-18T16:00,3,52.5,-2.25,Tent\n,,,,,,\n";
    let tabs = plain.replace(';', "\t");
    let read: Vec<Option<Command>> = [plain, quoted, &tabs]
        .iter()
        .map(|file| {
            let p = preview(file.as_bytes(), &id("e1"), &world());
            assert_eq!((p.errors.as_slice(), p.warnings.as_slice()), (&[][..], &[][..]), "{file}");
            p.command
        })
        .collect();
    assert!(read[0].is_some());
    assert!(read.iter().all(|c| *c == read[0]));
}

#[test]
fn errors_name_line_and_column_and_are_all_listed() {
    let file = "role,place,start,end,helpers_min,helpers_max,zone,latitude,colour\n\
                Bar,,2026-07-18T14:00,2026-07-18T16:00,1,2,,,red\n\
                ,,2026-07-18T14:00,2026-07-18T16:00,1,2,,,\n\
                \"Two\nlines\",,18/07/2026,2026-07-18T16:00,1,2,,,\n\
                Bar,,2026-07-18T15:00,2026-07-18T14:00,1,2,,,\n\
                Bar,,2026-07-18T16:00,2026-07-18T17:00,5,2,,,\n\n\
                Bar,,2026-07-18T17:00,2026-07-18T18:00,many,2,,,\n\
                Bar,,2026-07-18T18:00,2026-07-18T19:00,1,2,Romance Standard Time,,\n\
                Bar,,2026-07-18T19:00,2026-07-18T20:00,1\n\
                Bar,Tent,2026-07-18T20:00,2026-07-18T21:00,1,2,,91,\n\
                Bar,,2026-07-01T20:00,2026-07-18T21:00,1,2,,,\n";
    let p = preview(file.as_bytes(), &id("e1"), &world());
    let mut found: Vec<(u32, Option<&str>, Code)> =
        p.errors.iter().map(|e| (e.line, e.column.as_deref(), e.code)).collect();
    found.sort_by_key(|(line, column, _)| (*line, *column));
    let expected = [
        (3, Some("role"), Code::Invalid),
        (4, Some("start"), Code::Invalid),
        (6, Some("end"), Code::Invalid),
        (7, Some("helpers_max"), Code::Invalid),
        (9, Some("helpers_min"), Code::Invalid),
        (10, Some("zone"), Code::Invalid),
        (11, None, Code::FieldCount),
        (12, Some("latitude"), Code::Invalid),
        (13, Some("end"), Code::Invalid),
    ];
    let lines: Vec<u32> = found.iter().map(|f| f.0).collect();
    for e in expected {
        assert!(found.contains(&e), "{e:?} is not in {:#?}", p.errors);
    }
    assert!(lines.iter().all(|l| expected.iter().any(|e| e.0 == *l)), "{:#?}", p.errors);
    assert_eq!(p.command, None);
    assert_eq!(p.warnings.len(), 1);
    assert_eq!((p.warnings[0].code, p.warnings[0].column.as_deref()), (Code::UnknownColumn, Some("colour")));
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let header = "role,start,end\n";
    let row = "Bar,2026-07-18T14:00,2026-07-18T16:00\n";
    let many = format!("{header}{}", "Bar,soon,later\n".repeat(80));
    let cases: Vec<(Vec<u8>, u32, Code)> = vec![
        (b"".to_vec(), 1, Code::Empty),
        (b"\xef\xbb\xbf\n\n".to_vec(), 1, Code::Empty),
        (header.into(), 1, Code::Empty),
        (b"role,start,end\nBar,\xff,\n".to_vec(), 2, Code::NotUtf8),
        (b"role,start,Start,end\n".to_vec(), 1, Code::DuplicateColumn),
        (b"team,start\nx,y\n".to_vec(), 1, Code::MissingColumn),
        (vec![b'a'; 5 * 1024 * 1024 + 1], 1, Code::TooLarge),
        (b"role,start,end,key\nBar,2026-07-18T14:00,2026-07-18T16:00,k\nBar,2026-07-18T14:00,2026-07-18T16:00,k\n".to_vec(), 3, Code::DuplicateKey),
        (many.into_bytes(), 2, Code::Invalid),
    ];
    for (bytes, line, code) in cases {
        let p = preview(&bytes, &id("e1"), &world());
        let first = p.errors.first().unwrap_or_else(|| panic!("{code:?}: no error"));
        assert_eq!((first.line, first.code), (line, code), "{first:?}");
        assert!(p.command.is_none());
        assert!(p.errors.len() <= 100);
        if code == Code::Invalid {
            assert!(p.errors.len() == 100 && p.more_errors >= 60, "{}", p.more_errors);
        }
    }
    let p = preview(format!("{header}{row}").as_bytes(), &id("nowhere"), &world());
    assert_eq!(p.errors[0].code, Code::NotFound);
    let p = preview(format!("{header}{row}").as_bytes(), &id("e2"), &world());
    assert_eq!((p.errors[0].code, p.command), (Code::Archived, None), "an archived event");
    let big: String = (0..400)
        .map(|i| format!("Bar {i},2026-07-18T14:00,2026-07-18T16:00,{}\n", "n".repeat(2000)))
        .collect();
    let p = preview(format!("role,start,end,note\n{big}").as_bytes(), &id("e1"), &world());
    assert_eq!((p.errors[0].code, p.command.is_none()), (Code::TooLarge, true), "{:?}", p.errors);
    assert!(p.errors[0].message.contains("Split"));
}

#[test]
fn an_archived_place_is_not_used_again_and_coordinates_are_kept() {
    let mut w = world();
    let file = "role,place,latitude,start,end\nBar,Place p2,1.5,2026-07-18T14:00,2026-07-18T16:00\n\
                Bar,Place p1,1.5,2026-07-18T14:00,2026-07-18T16:00\n";
    let p = preview(file.as_bytes(), &id("e1"), &w);
    assert_eq!(p.warnings.len(), 1);
    assert_eq!(p.warnings[0].code, Code::CoordinatesKept);
    run(&mut w, &p);
    let places = project::places(&w[&doc("roster")]);
    assert_eq!(places.len(), 4, "a new “Place p2” beside the archived one");
    assert!(places.iter().all(|p| p.id != "p1" || p.latitude.is_none()));
    let again = preview(file.as_bytes(), &id("e1"), &w);
    assert_eq!(actions(&again), BTreeMap::from([("unchanged", 2)]));
}

#[test]
fn needs_training_is_one_of_the_skills() {
    let mut w = world();
    let file = |training: &str| {
        format!("role,start,end,needs_training\nBar,2026-07-18T20:00,2026-07-18T21:00,{training}\n")
    };
    let first = preview(file("1").as_bytes(), &id("e1"), &w);
    run(&mut w, &first);
    let shift = project::assignments(event_of(&w, "e1")).pop().unwrap();
    assert_eq!(shift.skills, ["training"]);
    act(
        &mut w,
        json!({"type": "update_assignment", "event": "e1", "assignment": shift.id, "set": {"skills": ["training", "till"]}}),
    );
    assert_eq!(preview(file("1").as_bytes(), &id("e1"), &w).command, None);
    let without = preview(file("0").as_bytes(), &id("e1"), &w);
    run(&mut w, &without);
    assert_eq!(project::assignment(&shift.id, event_of(&w, "e1")).unwrap().skills, ["till"]);
}

#[test]
fn an_import_is_all_or_nothing() {
    let w = world();
    let shift = |id: &str, end: &str| json!({"assignment": id, "fields": {"title": "Bar", "start": "2026-07-18T14:00", "end": end}});
    let import = |shifts: Vec<serde_json::Value>| {
        let import = json!({"type": "import_shifts", "event": "e1", "places": [], "shifts": shifts});
        decide(&w, &coordinator(), &command(import))
    };
    let good = shift("n1", "2026-07-18T15:00");
    let bad = import(vec![good.clone(), shift("n2", "2026-07-18T13:00")]).unwrap_err();
    assert_eq!(bad.message, "“Bar”, 2026-07-18T14:00: 'end' must be after 'start'");
    assert!(import(vec![good.clone(), good.clone()]).unwrap_err().message.contains("twice"));
    assert_eq!(import(vec![good]).unwrap().changes.len(), 1);
}

#[test]
fn json_export_is_complete_and_stable() {
    let w = world();
    let text = export::json("e1", event_of(&w, "e1"), &w[&doc("roster")]);
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(plan["event"]["title"], "Wedding");
    assert_eq!(plan["assignments"].as_array().unwrap().len(), 3);
    assert_eq!(plan["helpers"], json!({"anna": "Anna"}));
    assert_eq!(text, export::json("e1", &event_of(&w, "e1").clone(), &w[&doc("roster")].clone()));
}

fn nasty_text() -> impl Strategy<Value = String> {
    prop_oneof!["[-=+@'\",;|\\\\ a-c＝ä🍺]{1,12}", "[a-z]{1,8}"]
}

fn nasty_note() -> impl Strategy<Value = String> {
    "[-=+@'\",;\r\n\t a]{0,12}"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever people typed: no cell of the export begins a formula, and importing it changes nothing.
    #[test]
    fn exports_import_unchanged(
        rows in prop::collection::vec((nasty_text(), nasty_text(), nasty_note(), nasty_text(), 0..3u8), 1..6)
    ) {
        let mut w = world();
        for (i, (title, team, note, skill, place)) in rows.iter().enumerate() {
            let mut fields = json!({"title": format!("{title}x"), "team": format!("{team}y"), "note": note,
                "start": "2026-07-18T14:00", "end": "2026-07-18T16:00", "preparation": i});
            if !skill.trim().is_empty() {
                fields["skills"] = json!([skill, "training"]);
            }
            if *place > 0 {
                let name = format!("{team}{place}");
                act(&mut w, json!({"type": "add_place", "place": format!("n{i}"), "fields": {"name": name}}));
                fields["place"] = json!(format!("n{i}"));
            }
            act(&mut w, json!({"type": "create_assignment", "event": "e1", "assignment": format!("x{i}"), "fields": fields}));
        }
        let file = export::csv(event_of(&w, "e1"), &w[&doc("roster")]);
        for record in csv::Reader::from_reader(file.as_bytes()).records() {
            for field in &record.unwrap() {
                prop_assert!(!field.trim_start().starts_with(['=', '+', '@', '-']), "{field}");
            }
        }
        let p = preview(file.as_bytes(), &id("e1"), &w);
        prop_assert_eq!(&p.errors, &vec![]);
        prop_assert!(p.rows.iter().all(|r| r.action == Action::Unchanged), "{:?}\n{}", p.rows, file);
        prop_assert_eq!(p.rows.len(), rows.len() + 3);
    }

    #[test]
    fn a_preview_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(role,start,end,key,skills\n)?[a-z0-9,;\"'\n\r:T-]{0,80}") {
        preview(&bytes, &id("e1"), &world());
        preview(text.as_bytes(), &id("e1"), &world());
    }
}
