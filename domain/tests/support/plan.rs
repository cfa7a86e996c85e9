//! Seasons to try suggestions on: from a world, and a festival with helpers who said when they have time.
#![allow(dead_code)]

use crate::support::{World, act};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use wedsync_domain::Field;
use wedsync_domain::schedule::Season;
use wedsync_domain::schema::Table;
use wedsync_domain::zone::Zones;

/// 2026-07-14T12:00Z
pub const NOW: i64 = 1_784_030_400_000;

pub fn season(w: &World) -> Season {
    season_at(w, NOW)
}

pub fn season_at(w: &World, now: i64) -> Season {
    let mut season = Season::new(now, Zones::default());
    season.update(w.iter().map(|(doc, view)| (doc.clone(), Some(Arc::new(view.clone())))));
    season
}

/// A wedding `e1` from 17 to 19 July 2026 in London.
pub fn wedding() -> World {
    let mut w = World::new();
    act(
        &mut w,
        json!({"type": "create_event", "event": "e1", "fields":
            {"title": "Wedding", "first_day": "2026-07-17", "last_day": "2026-07-19", "zone": "Europe/London"}}),
    );
    w
}

pub fn helper(w: &mut World, id: &str, fields: Json) {
    let mut all = json!({"name": capital(id)});
    merge(&mut all, fields);
    act(
        w,
        json!({"type": "add_helper", "helper": id, "fields": {"name": all["name"], "skills": all["skills"]}}),
    );
    if all["adult"] == json!(true) {
        act(w, json!({"type": "update_helper", "helper": id, "set": {"adult": true}}));
    }
}

/// A helper who works from 08:00 to 24:00 every day.
pub fn ready(w: &mut World, id: &str, fields: Json) {
    helper(w, id, fields);
    for day in ["mo", "tu", "we", "th", "fr", "sa", "su"] {
        hours(w, id, day, "08:00", "24:00");
    }
}

pub fn hours(w: &mut World, id: &str, day: &str, from: &str, to: &str) {
    let hours = json!({"from": from, "to": to});
    act(w, json!({"type": "set_working_hours", "helper": id, "day": day, "hours": hours}));
}

pub fn limits(w: &mut World, id: &str, set: Json) {
    act(w, json!({"type": "update_limits", "helper": id, "set": set}));
}

/// A shift of `e1`; times like `18T14:00`, of July 2026.
pub fn shift(w: &mut World, id: &str, start: &str, end: &str, fields: Json) {
    let mut all =
        json!({"title": capital(id), "start": format!("2026-07-{start}"), "end": format!("2026-07-{end}")});
    merge(&mut all, fields);
    act(w, json!({"type": "create_assignment", "event": "e1", "assignment": id, "fields": all}));
}

pub fn assign(w: &mut World, assignment: &str, helper: &str) {
    act(w, json!({"type": "assign", "event": "e1", "assignment": assignment, "helper": helper}));
}

/// Who is on a shift of `e1`, by their ids.
pub fn on(w: &World, assignment: &str) -> Vec<String> {
    let view = &w[&"event/e1".parse().unwrap()];
    let rows = view.rows(Table::Assigned).values();
    let on = rows.filter(|row| row.text(Field::Assignment) == assignment);
    on.map(|row| row.text(Field::Helper).to_owned()).collect()
}

fn capital(id: &str) -> String {
    let (first, rest) = id.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

fn merge(into: &mut Json, more: Json) {
    if let (Json::Object(into), Json::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// Numbers that look like chance and are the same each time (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    pub fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// A wedding of three days with shifts at three places, helpers of all sorts, and some of them put on shifts at random,
/// whatever conflicts that gives.
pub fn random(seed: u64) -> World {
    let mut c = Chance(seed);
    let mut w = wedding();
    for (place, latitude) in [("barn", 51_500_000), ("hall", 51_503_000), ("lake", 51_600_000)] {
        let fields = json!({"name": place, "latitude": latitude, "longitude": 0});
        act(&mut w, json!({"type": "add_place", "place": place, "fields": fields}));
    }
    act(
        &mut w,
        json!({"type": "update_rules", "set": {"rest_legal": 300, "day_legal": 720, "days_in_row": 2}}),
    );
    let helpers = 3 + c.below(5);
    for h in 0..helpers {
        let id = format!("h{h}");
        let skills = if c.one_in(2) { json!(["till"]) } else { json!([]) };
        let fields = json!({"skills": skills, "adult": !c.one_in(3)});
        match c.below(4) {
            0 => helper(&mut w, &id, fields),
            1 => {
                helper(&mut w, &id, fields);
                hours(&mut w, &id, "sa", "10:00", "20:00");
            }
            _ => ready(&mut w, &id, fields),
        }
        if c.one_in(3) {
            limits(
                &mut w,
                &id,
                json!({"day_max": 300 + 60 * c.below(5), "likes": ["Bar"], "avoids": ["Gate"]}),
            );
        }
        if c.one_in(3) {
            let hour = 8 + c.below(8);
            let fields = json!({"start": format!("2026-07-18T{hour:02}:00"),
                "end": format!("2026-07-18T{:02}:00", hour + 4), "zone": "Europe/London"});
            act(&mut w, json!({"type": "add_time_off", "helper": id, "time_off": "t", "fields": fields}));
        }
        if c.one_in(4) {
            let mut import = crate::support::import_busy(
                &id,
                "c",
                json!([crate::support::busy("2026-07-18T12:00", "2026-07-18T15:00")]),
            );
            import["fields"]["at"] = json!(NOW - i64::try_from(c.below(10)).unwrap() * 86_400_000);
            act(&mut w, import);
        }
    }
    for s in 0..4 + c.below(8) {
        let (day, hour, length) = (17 + c.below(3), 8 + c.below(12), 1 + c.below(5));
        let end = hour + length;
        let (end_day, end) = if end >= 24 { (day + 1, end - 24) } else { (day, end) };
        let least = 1 + c.below(2);
        let (role, place) = (c.pick(&["Bar", "Gate", "Stage"]), c.pick(&["barn", "hall", "lake"]));
        let mut fields = json!({"role": role, "place": place, "helpers_min": least, "helpers_max": least + c.below(2), "preparation": 15 * c.below(3),
            "adults_only": c.one_in(4), "critical": c.one_in(5), "tentative": c.one_in(6)});
        if c.one_in(4) {
            fields["skills"] = json!(["till"]);
        }
        let id = format!("s{s}");
        shift(&mut w, &id, &format!("{day}T{hour:02}:00"), &format!("{end_day}T{end:02}:00"), fields);
        for _ in 0..c.below(least + 1) {
            let helper = format!("h{}", c.below(helpers));
            assign(&mut w, &id, &helper);
            if c.one_in(4) {
                let step = c.pick(&["accept", "decline", "check_in"]);
                let command = json!({"type": step, "event": "e1", "assignment": id, "helper": helper});
                // Who checked in already can no longer decline.
                if let Ok(decision) = crate::support::judge(&w, &crate::support::coordinator(), command) {
                    crate::support::apply(&mut w, &decision);
                }
            }
        }
    }
    w
}

/// The festival `emf` with so many helpers: most of them can work on most of its days, in the day, the evening or the
/// night, within limits; some take a day off, some said nothing, every eighth has the training that some shifts need.
pub fn festival(helpers: u64) -> World {
    const FILE: &str = include_str!("../../data/festival-shifts.csv");
    let mut w = World::new();
    act(
        &mut w,
        json!({"type": "create_event", "event": "emf", "fields": {"title": "EMF Camp 2026",
            "first_day": "2026-07-15", "last_day": "2026-07-20", "zone": "Europe/London"}}),
    );
    let import = wedsync_domain::import::preview(FILE.as_bytes(), &"emf".parse().unwrap(), &w);
    let decision =
        wedsync_domain::decide(&w, &crate::support::coordinator(), &import.command.unwrap()).unwrap();
    crate::support::apply(&mut w, &decision);
    act(&mut w, json!({"type": "update_rules", "set": {"rest": 480, "rest_legal": 360, "day_legal": 720}}));
    let mut c = Chance(2026);
    for h in 0..helpers {
        let id = format!("h{h:03}");
        let skills = if c.one_in(8) { json!(["training"]) } else { json!([]) };
        helper(&mut w, &id, json!({"skills": skills, "adult": !c.one_in(6)}));
        if c.one_in(20) {
            continue;
        }
        let (from, to) = [("08:00", "20:00"), ("12:00", "24:00"), ("18:00", "06:00"), ("07:00", "15:00")]
            [usize::try_from(c.below(4)).unwrap()];
        for date in 15..=20 {
            let day = format!("2026-07-{date}");
            if c.one_in(6) {
                act(&mut w, json!({"type": "set_day_off", "helper": id, "day": day}));
            } else {
                hours(&mut w, &id, &day, from, to);
            }
        }
        limits(
            &mut w,
            &id,
            json!({"day_max": 240 + 60 * c.below(5), "week_max": 360 + 120 * c.below(6),
            "travel_mode": "walk", "likes": if c.one_in(4) { json!(["bar"]) } else { json!([]) },
            "avoids": if c.one_in(5) { json!(["kitchen"]) } else { json!([]) }}),
        );
        if c.one_in(5) {
            let (date, hour) = (15 + c.below(5), 8 + c.below(12));
            let fields = json!({"start": format!("2026-07-{date}T{hour:02}:00"),
                "end": format!("2026-07-{date}T{:02}:00", hour + 3), "zone": "Europe/London"});
            act(&mut w, json!({"type": "add_time_off", "helper": id, "time_off": "t", "fields": fields}));
        }
    }
    w
}
