//! A season to check, of any size, always the same one; and the runs that are timed, which the native program and the
//! page both call.

use jiff::civil::{Date, date};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use wedsync_domain::schedule::facts::{Helper, Places, Rules, Shift, ZoneCache};
use wedsync_domain::schedule::{Season, explain};
use wedsync_domain::schema::{Table, assigned_row, single_row};
use wedsync_domain::zone::Zones;
use wedsync_domain::{DocId, DocView, Id, Row};

#[cfg(target_arch = "wasm32")]
mod page;

pub const SHIFTS_OF_EVENT: usize = 100;
/// Shifts for each helper of the season.
const SHIFTS_OF_HELPER: usize = 20;
const PLACES: usize = 40;
/// 2026-06-01T00:00Z, in milliseconds since 1970.
const NOW: i64 = 1_780_272_000_000;
const FIRST: Date = date(2026, 6, 6);

pub type Docs = Vec<(DocId, Arc<DocView>)>;

#[derive(Debug)]
pub struct Plan {
    docs: Docs,
    /// One event as it is, and with a shift that begins half an hour later.
    edits: [(DocId, Arc<DocView>); 2],
}

impl Plan {
    /// So many shifts with a helper each, in events of a hundred.
    pub fn new(shifts: usize) -> Plan {
        let mut random = Random(7);
        let helpers = (shifts / SHIFTS_OF_HELPER).max(1);
        let mut docs = vec![(DocId::Roster, Arc::new(roster(helpers, &mut random)))];
        docs.extend((0..helpers).map(|h| (DocId::Person(id("h", h)), Arc::new(person(&mut random)))));
        for event in 0..shifts / SHIFTS_OF_EVENT {
            docs.push((DocId::Event(id("e", event)), Arc::new(plan_of(event, helpers, &mut random))));
        }
        let (doc, view) = docs[docs.len() / 2 + helpers / 2].clone();
        let mut moved = view.as_ref().clone();
        let mut cells = moved.row(Table::Assignments, "a50").map(|r| r.as_ref().clone()).unwrap_or_default();
        let start = cells.text(wedsync_domain::Field::Start).replace(":00", ":30");
        cells.set(wedsync_domain::Field::Start, start.into());
        moved.insert(Table::Assignments, "a50", cells);
        let edits = [(doc.clone(), Arc::new(moved)), (doc, view)];
        Plan { docs, edits }
    }

    /// A season with all of it, checked.
    pub fn check(&self) -> Season {
        let mut season = Season::new(NOW, Zones::default());
        season.update(self.docs.iter().map(|(doc, view)| (doc.clone(), Some(view.clone()))));
        season
    }

    /// An edit of one shift, another each time.
    pub fn edit(&self, season: &mut Season, number: usize) {
        let (doc, view) = &self.edits[number % 2];
        season.update([(doc.clone(), Some(view.clone()))]);
    }

    /// What that edit would mean, without doing it, as while a person drags.
    pub fn preview(&self, season: &Season) -> usize {
        let (doc, view) = &self.edits[0];
        let DocId::Event(event) = doc else { return 0 };
        let preview = season.preview(event.as_str(), view);
        preview.before.len() + preview.after.len()
    }

    /// All conflicts in order, each as a sentence; returns how many there are.
    pub fn explain(&self, season: &Season) -> usize {
        let found = season.conflicts();
        found.iter().for_each(|conflict| drop(std::hint::black_box(explain(conflict, season))));
        found.len()
    }

    /// Only reading the documents into what a check works with; returns how much that was.
    pub fn read(&self) -> usize {
        let mut zones = ZoneCache::new(Zones::default());
        let roster = self.docs[0].1.as_ref();
        let (places, rules) = (Places::read(roster), Rules::read(roster));
        std::hint::black_box((places, rules));
        let mut read = 0;
        for (doc, view) in &self.docs {
            match doc {
                DocId::Person(id) => {
                    std::hint::black_box(Helper::read(roster, id.as_str(), Some(view), &mut zones));
                    read += 1;
                }
                DocId::Event(id) => {
                    let facts = view.single(Table::Facts).cloned().unwrap_or_default();
                    let event = id.as_str().into();
                    for (assignment, row) in view.rows(Table::Assignments) {
                        read += Shift::read(&event, assignment, &facts, row, &mut zones).iter().count();
                    }
                }
                _ => {}
            }
        }
        read
    }
}

fn id(kind: &str, number: usize) -> Id {
    Id::derived(&[kind, &number.to_string()])
}

fn row(json: Json) -> Row {
    serde_json::from_value(json).unwrap_or_default()
}

fn roster(helpers: usize, random: &mut Random) -> DocView {
    let mut view = DocView::default();
    for helper in 0..helpers {
        let cells = json!({"name": format!("Helper {helper}"), "skills": ["till"], "adult": true});
        view.insert(Table::Helpers, id("h", helper).as_str(), row(cells));
    }
    for place in 0..PLACES {
        let latitude = 52_400_000 + random.below(200_000);
        let longitude = 13_200_000 + random.below(400_000);
        let cells = json!({"name": format!("Place {place}"), "latitude": latitude, "longitude": longitude});
        view.insert(Table::Places, id("p", place).as_str(), row(cells));
    }
    let rules =
        json!({"rest": 660, "rest_legal": 600, "day_legal": 600, "week_legal": 2880, "days_in_row": 6});
    view.insert(Table::Rules, single_row(Table::Rules), row(rules));
    view
}

fn person(random: &mut Random) -> DocView {
    let mut view = DocView::default();
    let zone = if random.below(10) == 0 { "Europe/London" } else { "Europe/Berlin" };
    let limits = json!({"zone": zone, "travel_mode": "car", "day_max": 480, "week_max": 1200, "rolling_max": 1500,
        "rest": 660, "avoids": ["Parking"]});
    view.insert(Table::Limits, single_row(Table::Limits), row(limits));
    for day in wedsync_domain::schema::WEEKDAYS {
        view.insert(Table::Hours, day, row(json!({"from": "08:00", "to": "23:00"})));
    }
    view
}

fn plan_of(event: usize, helpers: usize, random: &mut Random) -> DocView {
    let mut view = DocView::default();
    // A weekend in one of 25 weeks, from Saturday, 6 June 2026 on.
    let saturday = 7 * random.below(25);
    let date = |day: i64| FIRST.saturating_add(jiff::Span::new().days(saturday + day)).to_string();
    let cells = json!({"title": format!("Event {event}"), "first_day": date(0), "last_day": date(1),
        "zone": "Europe/Berlin"});
    view.insert(Table::Facts, single_row(Table::Facts), row(cells));
    for shift in 0..SHIFTS_OF_EVENT {
        let (day, hour, hours) = (random.below(2), 10 + random.below(9), 3 + random.below(3));
        let name = format!("a{shift}");
        let cells = json!({"title": "Bar", "team": "Bar", "role": "Till", "place": id("p", random.below(PLACES as i64) as usize),
            "start": format!("{}T{hour:02}:00", date(day)), "end": format!("{}T{:02}:00", date(day), hour + hours),
            "zone": "Europe/Berlin", "helpers_min": 1, "helpers_max": 2, "preparation": 15, "skills": ["till"],
            "status": "open"});
        view.insert(Table::Assignments, name.as_str(), row(cells));
        let helper = id("h", random.below(helpers as i64) as usize);
        let Ok(assignment) = name.parse::<Id>() else { continue };
        let cells = json!({"assignment": name, "helper": helper, "status": "accepted"});
        view.insert(Table::Assigned, assigned_row(&assignment, &helper), row(cells));
    }
    view
}

/// A linear congruential generator (Knuth's MMIX): the same season everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_timed_is_a_plan_with_conflicts_and_an_edit_that_counts() {
        let plan = Plan::new(1000);
        assert_eq!(plan.docs.len(), 1 + 50 + 10);
        assert_eq!(plan.read(), 50 + 1000);
        let mut season = plan.check();
        let all = |season: &Season| season.conflicts().into_iter().cloned().collect::<Vec<_>>();
        let before = all(&season);
        assert!(before.len() > 500 && before.len() < 2000, "{}", before.len());
        assert_eq!(plan.explain(&season), before.len());
        let preview = plan.preview(&season);
        assert!(preview > 0 && preview < 100, "{preview}");
        plan.edit(&mut season, 0);
        assert_ne!(all(&season), before);
        plan.edit(&mut season, 1);
        assert_eq!(all(&season), before);
    }
}
