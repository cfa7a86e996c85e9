//! The demo's plans: a festival from its public shift list, and two small weddings, one of them today.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use wedsync_domain::{Actor, Command, DocId, DocView, Id, Role, decide, import, time};

/// The shifts of Electromagnetic Field; the source is named in the folder's README.
const FESTIVAL: &str = include_str!("../../../domain/data/festival-shifts.csv");

/// Id, name, skills.
const HELPERS: &[(&str, &str, &[&str])] = &[
    ("hanna", "Hanna Helper", &["service", "bar"]),
    ("amira", "Amira Haddad", &["flowers", "decoration"]),
    ("bence", "Bence Kovács", &["sound", "light"]),
    ("clara", "Clara Lindqvist", &["service", "first aid"]),
    ("david", "David Okafor", &["bar", "driving licence"]),
    ("emilia", "Emilia Rossi", &["kitchen", "cakes"]),
    ("farid", "Farid Nazari", &["driving licence", "parking"]),
    ("greta", "Greta Sommer", &["children", "first aid"]),
    ("henk", "Henk de Vries", &["barbecue", "kitchen"]),
    ("ines", "Inês Carvalho", &["photo"]),
    ("jakob", "Jakob Brandt", &["set-up", "light"]),
    ("kaya", "Kaya Demir", &["service"]),
    ("leo", "Leo Marchetti", &["bar", "coffee"]),
    ("mila", "Mila Novak", &["decoration", "children"]),
];

/// Id, name, latitude and longitude in millionths of a degree.
const PLACES: &[(&str, &str, i64, i64)] = &[
    ("chapel", "St Anne's chapel", 49_954_210, 7_918_340),
    ("courtyard", "Courtyard", 49_953_870, 7_919_110),
    ("barn", "Old barn", 49_953_790, 7_919_420),
    ("kitchen", "Farm kitchen", 49_953_910, 7_919_350),
    ("cellar", "Wine cellar", 49_953_830, 7_919_290),
    ("meadow", "Meadow car park", 49_952_980, 7_917_860),
    ("boathouse", "Boathouse", 47_655_120, 9_175_480),
    ("jetty", "Jetty", 47_654_960, 9_175_830),
    ("garden", "Lake garden", 47_655_340, 9_175_210),
];

/// One house: nobody travels between these.
const FARM: &[&str] = &["courtyard", "barn", "kitchen", "cellar"];

/// From, to, minutes.
const WAYS: &[(&str, &str, i64)] =
    &[("chapel", "courtyard", 10), ("meadow", "chapel", 12), ("boathouse", "garden", 5)];

/// From and to.
type Hours = (&'static str, &'static str);

/// Helper and day; without hours the day is off.
const HOURS: &[(&str, &str, Option<Hours>)] = &[
    ("hanna", "fr", Some(("16:00", "24:00"))),
    ("hanna", "sa", Some(("09:00", "02:00"))),
    ("hanna", "su", None),
    ("leo", "fr", Some(("18:00", "04:00"))),
    ("leo", "sa", Some(("14:00", "04:00"))),
    ("greta", "sa", Some(("08:00", "20:00"))),
];

/// Title, role, place, start, end, helpers at least and at most, preparation and tear-down in minutes, and who is on
/// it. Hours from 24 on are the next day's.
type Shift = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    i64,
    i64,
    i64,
    i64,
    &'static [&'static str],
);

const TODAY: &[Shift] = &[
    ("Tables and chairs", "Set-up", "barn", "08:00", "10:30", 3, 5, 0, 0, &["jakob", "farid", "hanna"]),
    ("Flowers and candles", "Decoration", "barn", "09:00", "12:00", 2, 3, 15, 0, &["amira", "mila"]),
    ("Sound and light check", "Technics", "barn", "10:00", "12:00", 1, 2, 0, 0, &["bence"]),
    ("Cake, from the bakery to the cellar", "Driver", "cellar", "10:30", "11:30", 1, 1, 0, 0, &["david"]),
    ("Show guests where to park", "Parking", "meadow", "12:30", "14:30", 2, 3, 0, 0, &["farid"]),
    ("Usher at the ceremony", "Welcome", "chapel", "13:15", "14:45", 2, 2, 15, 0, &["clara", "kaya"]),
    ("Reception: sparkling wine", "Bar", "courtyard", "14:30", "16:30", 3, 4, 30, 15, &["leo", "hanna"]),
    ("Coffee and cake", "Service", "courtyard", "15:30", "17:30", 2, 4, 30, 30, &["emilia", "kaya"]),
    ("Children's corner", "Children", "courtyard", "15:00", "19:00", 2, 2, 15, 15, &["greta", "mila"]),
    ("Dinner service", "Service", "barn", "18:00", "21:00", 4, 6, 30, 30, &["clara", "kaya"]),
    ("Evening bar", "Bar", "cellar", "20:00", "25:00", 2, 3, 15, 30, &["david", "leo"]),
    ("Clear the barn", "Tear-down", "barn", "25:00", "27:00", 3, 6, 0, 0, &["jakob"]),
];

const LAKESIDE: &[Shift] = &[
    ("Put up the marquee", "Set-up", "garden", "07:30", "11:00", 4, 6, 0, 0, &["jakob", "henk", "farid"]),
    ("Lanterns on the jetty", "Decoration", "jetty", "09:00", "11:30", 2, 2, 0, 0, &["amira"]),
    ("Shuttle from the station", "Driver", "garden", "11:00", "14:00", 1, 2, 0, 0, &["david"]),
    ("Welcome drinks", "Bar", "jetty", "13:00", "15:00", 2, 3, 30, 15, &["leo"]),
    ("Ceremony sound", "Technics", "jetty", "14:30", "15:45", 1, 1, 30, 15, &["bence"]),
    ("Group photo helper", "Photo", "jetty", "15:45", "16:30", 1, 1, 0, 0, &["ines"]),
    ("Barbecue", "Kitchen", "garden", "16:30", "20:00", 2, 3, 45, 30, &["henk", "emilia"]),
    ("Serve salads and bread", "Service", "garden", "17:30", "19:30", 3, 5, 15, 0, &["clara"]),
    ("Lifeguard at the water", "First aid", "jetty", "15:00", "21:00", 1, 2, 0, 0, &["greta"]),
    ("Boathouse bar", "Bar", "boathouse", "19:30", "24:30", 2, 3, 15, 30, &["hanna", "leo"]),
    ("Fire bowls and torches", "Light", "garden", "20:30", "23:30", 1, 2, 15, 15, &[]),
    ("Pack up and sweep", "Tear-down", "boathouse", "24:30", "26:00", 3, 5, 0, 0, &[]),
];

/// Everything that is planned, as commands of the owner.
pub fn commands(now_ms: u64) -> Result<Vec<Command>, String> {
    let zone = jiff::tz::TimeZone::system();
    let now = jiff::Timestamp::from_millisecond(now_ms as i64).map_err(|e| e.to_string())?;
    let today = now.to_zoned(zone.clone()).date();
    let zone = zone.iana_name().filter(|z| time::is_zone_name(z) && *z != "UTC").unwrap_or("Europe/Berlin");

    let mut plan = Vec::new();
    for (id, name, skills) in HELPERS {
        let contact = json!({ "email": format!("{id}@example.org") });
        // Kaya has not said so yet.
        let fields = json!({ "name": name, "skills": skills, "adult": *id != "kaya" });
        plan.push(json!({ "type": "add_helper", "helper": id, "fields": fields, "contact": contact }));
    }
    for (id, name, latitude, longitude) in PLACES {
        let mut fields = json!({ "name": name, "latitude": latitude, "longitude": longitude });
        if FARM.contains(id) {
            fields["venue"] = json!("Farm");
        }
        plan.push(json!({ "type": "add_place", "place": id, "fields": fields }));
    }
    availability(&mut plan, today, zone);
    let in_three_weeks = today.saturating_add(jiff::Span::new().days(21));
    wedding(&mut plan, "lena-jonas", "Wedding of Lena and Jonas", "courtyard", today, zone, TODAY);
    wedding(&mut plan, "sofia-mats", "Wedding of Sofia and Mats", "garden", in_three_weeks, zone, LAKESIDE);
    let commands = plan.into_iter().map(|c| serde_json::from_value(c).map_err(|e| e.to_string()));
    let mut commands: Vec<Command> = commands.collect::<Result<_, String>>()?;
    commands.extend(festival(&commands)?);
    Ok(commands)
}

/// What counts for everybody, and what some of the helpers say about themselves.
fn availability(plan: &mut Vec<Value>, today: jiff::civil::Date, zone: &str) {
    let rules =
        json!({ "rest_legal": 660, "day_legal": 600, "days_in_row": 6, "margin": 10, "stale_after": 14 });
    plan.push(json!({ "type": "update_rules", "set": rules }));
    for (from, to, minutes) in WAYS {
        plan.push(json!({ "type": "set_travel", "from": from, "to": to, "minutes": minutes }));
    }
    for (helper, limits) in [
        (
            "hanna",
            json!({ "zone": zone, "day_max": 480, "week_max": 1200, "week_target": 900, "travel_mode": "bicycle",
                "latitude": 49_961_300, "longitude": 7_905_200, "likes": ["Bar", "Service"], "avoids": ["Tear-down"] }),
        ),
        (
            "leo",
            json!({ "zone": zone, "week_max": 1500, "rest": 720, "travel_mode": "car", "likes": ["Bar"] }),
        ),
        ("greta", json!({ "zone": zone, "day_max": 360, "days_in_row": 2, "travel_mode": "transit" })),
    ] {
        plan.push(json!({ "type": "update_limits", "helper": helper, "set": limits }));
    }
    for (helper, day, hours) in HOURS {
        plan.push(match hours {
            Some((from, to)) => json!({ "type": "set_working_hours", "helper": helper, "day": day,
                "hours": { "from": from, "to": to } }),
            None => json!({ "type": "set_day_off", "helper": helper, "day": day }),
        });
    }
    let choir = today.saturating_add(jiff::Span::new().days(2));
    plan.push(json!({ "type": "add_time_off", "helper": "leo", "time_off": "leo-choir", "fields": {
        "start": format!("{choir}T18:00"), "end": format!("{choir}T20:30"), "zone": zone, "reason": "Choir",
        "repeat": "FREQ=WEEKLY" } }));
}

fn wedding(
    plan: &mut Vec<Value>,
    event: &str,
    title: &str,
    place: &str,
    day: jiff::civil::Date,
    zone: &str,
    shifts: &[Shift],
) {
    let next = day.tomorrow().unwrap_or(day);
    let at = |clock: &str| {
        let (hour, minute) = clock.split_once(':').unwrap_or((clock, "00"));
        match hour.parse::<u32>() {
            Ok(hour) if hour >= 24 => format!("{next}T{:02}:{minute}", hour - 24),
            _ => format!("{day}T{clock}"),
        }
    };
    plan.push(json!({ "type": "create_event", "event": event, "fields": {
        "title": title, "first_day": day.to_string(), "last_day": next.to_string(), "zone": zone, "place": place } }));
    for (i, (title, role, place, start, end, min, max, preparation, tear_down, helpers)) in
        shifts.iter().enumerate()
    {
        let assignment = format!("{event}-{:02}", i + 1);
        plan.push(json!({ "type": "create_assignment", "event": event, "assignment": assignment, "fields": {
            "title": title, "role": role, "place": place, "start": at(start), "end": at(end),
            "helpers_min": min, "helpers_max": max, "preparation": preparation, "tear_down": tear_down } }));
        for helper in *helpers {
            plan.push(
                json!({ "type": "assign", "event": event, "assignment": assignment, "helper": helper }),
            );
        }
    }
}

/// The festival and its import, which needs to see the plan before it.
fn festival(before: &[Command]) -> Result<Vec<Command>, String> {
    let create: Command = serde_json::from_value(json!({ "type": "create_event", "event": "summer-festival",
        "fields": { "title": "Summer festival", "first_day": "2026-07-15", "last_day": "2026-07-20",
            "zone": "Europe/London" } }))
    .map_err(|e| e.to_string())?;
    let event: Id = "summer-festival".parse().map_err(|_| "the event's id")?;
    let user: Id = "demo-owner".parse().map_err(|_| "the owner's id")?;
    let owner = Actor { user, role: Role::Owner, helper: None };
    let mut world: BTreeMap<DocId, DocView> = BTreeMap::new();
    for command in before.iter().chain([&create]) {
        let decision = decide(&world, &owner, command).map_err(|e| format!("{}: {command:?}", e.message))?;
        for change in &decision.changes {
            world.entry(change.doc.clone()).or_default().apply(change);
        }
    }
    let preview = import::preview(FESTIVAL.as_bytes(), &event, &world);
    let import =
        preview.command.ok_or_else(|| format!("the festival's file: {:?}", preview.errors.first()))?;
    Ok(vec![create, import])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_demo_stands() {
        // festival() judges all the others on the way.
        let commands = commands(1_795_338_509_420).unwrap();
        assert!(commands.len() > 70, "{}", commands.len());
        assert!(matches!(commands.last(), Some(Command::ImportShifts { shifts, .. }) if shifts.len() > 600));
    }
}
