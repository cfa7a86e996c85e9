//! What conflicts a season has, found by counting its minutes one by one. It shares nothing with the check but the types
//! of a conflict: the definitions of the check's functions, written down a second time and as plainly as can be.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};
use wedsync_domain::schedule::{Confidence, Conflict, ConflictKind as Kind, Severity};
use wedsync_domain::schema::{Table, WEEKDAYS};
use wedsync_domain::{DocId, DocView, Field, Row, Value};

pub type World = BTreeMap<DocId, Arc<DocView>>;

/// What two checks must agree on: id, kind, severity, score, confidence, helper and shifts.
pub type Found = BTreeSet<(String, Kind, Severity, u32, Confidence, Option<String>, Vec<(String, String)>)>;

pub fn of(conflicts: &[&Conflict]) -> Found {
    conflicts
        .iter()
        .map(|c| {
            let shifts = c.shifts.iter().map(|s| (s.event.to_string(), s.assignment.to_string())).collect();
            (c.id.clone(), c.kind, c.severity, c.score, c.confidence, c.helper.clone(), shifts)
        })
        .collect()
}

/// Minutes since the first minute of a season, which lies around `base`.
type Minute = i64;
const BEFORE: i64 = 14;
const DAYS: i64 = 28;

/// What the clocks of a zone show in each minute.
struct Wall {
    shown: Vec<DateTime>,
    times: BTreeMap<DateTime, (Minute, Minute)>,
}

type Walls = BTreeMap<(Date, String), Arc<Wall>>;
static WALLS: LazyLock<Mutex<Walls>> = LazyLock::new(Mutex::default);

fn first_minute(base: Date) -> Timestamp {
    let first = base.checked_sub(Span::new().days(BEFORE)).unwrap();
    first.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

impl Wall {
    fn of(base: Date, zone: &str) -> Option<Arc<Wall>> {
        let tz = jiff::tz::TimeZoneDatabase::bundled().get(zone).ok()?;
        let mut walls = WALLS.lock().unwrap();
        let wall = walls.entry((base, zone.to_owned())).or_insert_with(|| {
            let shown: Vec<DateTime> = (0..DAYS * 1440)
                .map(|m| tz.to_datetime(first_minute(base) + SignedDuration::from_mins(m)))
                .collect();
            let mut times = BTreeMap::new();
            for (m, civil) in (0..).zip(&shown) {
                times.entry(*civil).or_insert((m, m)).1 = m;
            }
            Arc::new(Wall { shown, times })
        });
        Some(wall.clone())
    }

    /// First and last minute that show this time, and how often there is one.
    fn find(&self, civil: DateTime) -> (Minute, Minute, u8) {
        if let Some((first, last)) = self.times.get(&civil) {
            return (*first, *last, if first == last { 1 } else { 2 });
        }
        // The clock leaps over it: as far after the leap as it is after the last time shown before.
        let after = self.shown.iter().position(|shown| *shown > civil).unwrap();
        let from = self.shown[after - 1] + SignedDuration::from_mins(1);
        let at = after as i64 + civil.duration_since(from).as_mins();
        (at, at, 0)
    }

    /// Start and end, of which each is the first time that is shown, or the last.
    fn span(
        &self,
        (start, start_last): (DateTime, bool),
        (end, end_last): (DateTime, bool),
    ) -> (Minute, Minute) {
        let pick = |(first, last, _): (Minute, Minute, u8), late: bool| if late { last } else { first };
        let from = pick(self.find(start), start_last);
        let to = pick(self.find(end), end_last);
        (from, if to <= from { from + end.duration_since(start).as_mins() } else { to })
    }

    fn date(&self, minute: Minute) -> Date {
        self.shown[minute as usize].date()
    }
}

#[derive(Clone)]
struct Shift {
    key: (String, String),
    from: Minute,
    to: Minute,
    row: Row,
    place: Option<String>,
}

impl Shift {
    fn minutes(&self) -> i64 {
        self.to - self.from
    }

    fn in_common(&self, from: Minute, to: Minute) -> i64 {
        (self.from..self.to).filter(|m| (from..to).contains(m)).count() as i64
    }
}

fn civil(row: &Row, field: Field) -> DateTime {
    row.text(field).parse().unwrap()
}

fn int(row: &Row, field: Field) -> Option<i64> {
    row.cell(field).int()
}

fn truth(row: &Row, field: Field) -> bool {
    row.cell(field) == &Value::Bool(true)
}

struct Oracle<'a> {
    base: Date,
    now: i64,
    world: &'a World,
    found: Found,
}

pub fn conflicts(base: Date, now: i64, world: &World) -> Found {
    let mut oracle = Oracle { base, now, world, found: Found::new() };
    let mut rotas: BTreeMap<String, Vec<Shift>> = BTreeMap::new();
    for (doc, view) in world {
        let DocId::Event(event) = doc else { continue };
        let Some(facts) = view.single(Table::Facts).filter(|row| !truth(row, Field::Archived)) else {
            continue;
        };
        let mut work: BTreeMap<String, i64> = BTreeMap::new();
        for (id, row) in view.rows(Table::Assignments) {
            let Some(shift) = oracle.shift(event.as_str(), id, row, facts) else { continue };
            let on: Vec<String> = view
                .rows(Table::Assigned)
                .values()
                .filter(|r| r.text(Field::Assignment) == id && r.text(Field::Status) != "declined")
                .map(|r| r.text(Field::Helper).to_owned())
                .collect();
            oracle.demand(&shift, on.len() as i64);
            for helper in on {
                *work.entry(helper.clone()).or_default() += shift.minutes();
                rotas.entry(helper).or_default().push(shift.clone());
            }
        }
        oracle.spread(event.as_str(), &work);
    }
    for (helper, mut shifts) in rotas {
        shifts.sort_by_key(|s| (s.from, s.to, s.key.clone()));
        oracle.helper(&helper, &shifts);
    }
    oracle.found
}

impl Oracle<'_> {
    fn roster(&self) -> &DocView {
        self.world.get(&DocId::Roster).unwrap()
    }

    fn rule(&self, field: Field) -> Option<i64> {
        self.roster().single(Table::Rules).and_then(|row| int(row, field))
    }

    /// `of`: the shifts of the id; `about` tells it from others of them.
    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        kind: Kind,
        severity: Severity,
        score: i64,
        sure: Confidence,
        helper: Option<&str>,
        of: &[&Shift],
        shifts: &[&Shift],
        about: &str,
    ) {
        let keys: Vec<String> = of.iter().map(|s| format!("{}/{}", s.key.0, s.key.1)).collect();
        let id = format!("{}:{}:{}:{about}", kind.name(), helper.unwrap_or(""), keys.join("+"));
        let shifts = shifts.iter().map(|s| s.key.clone()).collect();
        let is_new =
            self.found.insert((id, kind, severity, score as u32, sure, helper.map(str::to_owned), shifts));
        assert!(is_new, "the same conflict twice");
    }

    fn shift(&self, event: &str, id: &str, row: &Row, facts: &Row) -> Option<Shift> {
        if row.text(Field::Status) == "cancelled" {
            return None;
        }
        let wall = Wall::of(self.base, row.text(Field::Zone)).or(Wall::of(self.base, "UTC"))?;
        let fold = row.text(Field::Fold);
        let (from, to) = wall.span(
            (civil(row, Field::Start), fold == "start" || fold == "both"),
            (civil(row, Field::End), fold == "end" || fold == "both"),
        );
        let place = row.cell(Field::Place).text().or(facts.cell(Field::Place).text()).map(str::to_owned);
        Some(Shift { key: (event.to_owned(), id.to_owned()), from, to, row: row.clone(), place })
    }

    fn demand(&mut self, shift: &Shift, there: i64) {
        let of = &[shift];
        let (sure, info) = (Confidence::Confirmed, Severity::Info);
        let needed = int(&shift.row, Field::HelpersMin).unwrap();
        if there < needed {
            let hard = truth(&shift.row, Field::Critical);
            let severity = if hard { Severity::Hard } else { Severity::Medium };
            let score = (needed - there) * shift.minutes();
            self.add(Kind::Understaffed, severity, score, sure, None, of, of, "");
        }
        let Some(wall) = Wall::of(self.base, shift.row.text(Field::Zone)) else {
            let (medium, unknown) = (Severity::Medium, Confidence::Unknown);
            self.add(Kind::StaleOrUnknown, medium, shift.minutes(), unknown, None, of, of, "zone");
            return;
        };
        let fold = shift.row.text(Field::Fold);
        for (field, name) in [(Field::Start, "start"), (Field::End, "end")] {
            let times = wall.find(civil(&shift.row, field)).2;
            if times == 0 || (times == 2 && fold != name && fold != "both") {
                self.add(Kind::DstAmbiguous, info, 0, sure, None, of, of, name);
            }
        }
    }

    fn spread(&mut self, event: &str, work: &BTreeMap<String, i64>) {
        let mean = work.values().sum::<i64>() / (work.len() as i64).max(1);
        for (helper, minutes) in work.iter().filter(|_| work.len() >= 3) {
            if *minutes as f64 > 1.5 * mean as f64 && minutes - mean >= 240 {
                let (soft, sure) = (Severity::Soft, Confidence::Confirmed);
                self.add(Kind::Fairness, soft, minutes - mean, sure, Some(helper), &[], &[], event);
            }
        }
    }

    fn helper(&mut self, id: &str, shifts: &[Shift]) {
        let row = self.roster().row(Table::Helpers, id).cloned();
        let doc = DocId::Person(id.parse().unwrap());
        let person = row.as_ref().and_then(|_| self.world.get(&doc).cloned());
        let limits = person.as_ref().map(|p| p.single(Table::Limits).cloned().unwrap_or_default());
        let zone_of = |row: &Row| row.cell(Field::Zone).text().and_then(|zone| Wall::of(self.base, zone));
        let own = limits.as_ref().and_then(|row| zone_of(row));
        let wall = own
            .or_else(|| shifts.iter().find_map(|s| zone_of(&s.row)))
            .unwrap_or_else(|| Wall::of(self.base, "UTC").unwrap());
        let mut at_work = vec![false; (DAYS * 1440) as usize];
        for shift in shifts {
            (shift.from..shift.to).for_each(|m| at_work[m as usize] = true);
        }
        let limit = |field: Field| limits.as_ref().and_then(|row| int(row, field));
        let all = Rota { id, shifts, at_work, wall, sure: person.is_some(), limit: &limit };
        self.overlaps(&all);
        self.ways(&all, limits.as_ref().and_then(|row| row.cell(Field::TravelMode).text()));
        self.facts(&all, row.as_deref(), limits.as_deref());
        self.rest(&all);
        self.hours(&all);
        self.days(&all);
        if let Some(person) = &person {
            self.outside(&all, person);
            self.time_off(&all, person);
            self.busy(&all, person);
            self.calendars(&all, person);
        }
    }

    fn overlaps(&mut self, all: &Rota) {
        for (a, b) in all.pairs() {
            let common = a.in_common(b.from, b.to);
            if common == 0 {
                continue;
            }
            let one_in_other = common == a.minutes() || common == b.minutes();
            let double = one_in_other && a.key.0 == b.key.0;
            let kind = if double { Kind::DoubleRole } else { Kind::Overlap };
            let tentative = truth(&a.row, Field::Tentative) || truth(&b.row, Field::Tentative);
            let severity = if tentative { Severity::Medium } else { Severity::Hard };
            let of = &[a, b];
            self.add(kind, severity, common, Confidence::Confirmed, Some(all.id), of, of, "");
        }
    }

    fn ways(&mut self, all: &Rota, mode: Option<&str>) {
        let margin = self.rule(Field::Margin).unwrap_or(10);
        for (a, b) in all.pairs().filter(|(a, b)| a.to <= b.from) {
            if all.shifts.iter().any(|c| a.to <= c.from && c.to <= b.from) {
                continue;
            }
            let gap = b.from - a.to;
            let of = &[a, b];
            let mut left = gap;
            match self.way(a, b, mode) {
                Some(Ok((shortest, expected, known))) => {
                    let sure = if known { Confidence::Confirmed } else { Confidence::Unknown };
                    let due = expected + margin.min(expected);
                    let found = if gap < shortest {
                        Some((Severity::Hard, expected - gap))
                    } else if gap < due {
                        Some((Severity::Medium, due - gap))
                    } else {
                        None
                    };
                    if let Some((severity, lack)) = found {
                        self.add(Kind::TravelInfeasible, severity, lack, sure, Some(all.id), of, of, "");
                    }
                    left = (gap - expected).max(0);
                }
                Some(Err(())) if gap < margin => {
                    let (medium, unknown) = (Severity::Medium, Confidence::Unknown);
                    self.add(Kind::TravelInfeasible, medium, margin - gap, unknown, Some(all.id), of, of, "");
                }
                _ => {}
            }
            let work =
                int(&a.row, Field::TearDown).unwrap_or(0) + int(&b.row, Field::Preparation).unwrap_or(0);
            if work > left {
                let severity = if work - left < 15 { Severity::Soft } else { Severity::Medium };
                let sure = Confidence::Confirmed;
                self.add(Kind::Preparation, severity, work - left, sure, Some(all.id), of, of, "");
            }
        }
    }

    /// Shortest and expected minutes, and whether they are known; an error where a place is nowhere.
    fn way(&self, a: &Shift, b: &Shift, mode: Option<&str>) -> Option<Result<(i64, i64, bool), ()>> {
        let (from, to) = (a.place.as_deref()?, b.place.as_deref()?);
        if from == to {
            return Some(Ok((0, 0, true)));
        }
        let roster = self.roster();
        for (x, y) in [(from, to), (to, from)] {
            if let Some(row) = roster.row(Table::Travel, &format!("{x}.{y}")) {
                let minutes = int(row, Field::Minutes).unwrap();
                return Some(Ok((minutes, minutes, true)));
            }
        }
        let cells = |id: &str| roster.row(Table::Places, id).cloned().unwrap_or_default();
        let (from, to) = (cells(from), cells(to));
        if from.cell(Field::Venue).text().is_some() && from.cell(Field::Venue) == to.cell(Field::Venue) {
            return Some(Ok((0, 0, true)));
        }
        // The chord through the earth, between points on the unit sphere.
        let point = |row: &Row| {
            let lat = (int(row, Field::Latitude)? as f64 / 1e6).to_radians();
            let lon = (int(row, Field::Longitude)? as f64 / 1e6).to_radians();
            Some([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()])
        };
        let (Some(from), Some(to)) = (point(&from), point(&to)) else { return Some(Err(())) };
        let chord: f64 = from.iter().zip(to).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
        let km = 2.0 * 6371.0088 * (chord / 2.0).asin();
        let assumed = if km <= 1.0 { "walk" } else { "car" };
        let (best, usual, extra) = match mode.unwrap_or(assumed) {
            "walk" => (6.0, 4.5, 0.0),
            "bicycle" => (25.0, 14.0, 1.0),
            "transit" => (60.0, 20.0, 5.0),
            _ => (100.0, 40.0, 5.0),
        };
        let shortest = (km / best * 60.0).ceil() as i64;
        let expected = (km * 1.3 / usual * 60.0 + extra).ceil() as i64;
        Some(Ok((shortest, expected, mode.is_some() || km <= 1.0)))
    }

    fn facts(&mut self, all: &Rota, row: Option<&Row>, limits: Option<&Row>) {
        let gone = row.is_none_or(|row| truth(row, Field::Archived));
        for shift in all.shifts {
            let (id, of, minutes) = (Some(all.id), &[shift], shift.minutes());
            let avoids = limits.map(|row| row.cell(Field::Avoids).words().to_vec()).unwrap_or_default();
            let is_avoided = |field: Field| avoids.iter().any(|word| word == shift.row.text(field));
            if is_avoided(Field::Role) || is_avoided(Field::Team) {
                let (soft, sure) = (Severity::Soft, Confidence::Confirmed);
                self.add(Kind::Preference, soft, minutes, sure, id, of, of, "");
            }
            if gone {
                let (medium, unknown) = (Severity::Medium, Confidence::Unknown);
                self.add(Kind::StaleOrUnknown, medium, minutes, unknown, id, of, of, "gone");
                continue;
            }
            let row = row.unwrap();
            let skills = row.cell(Field::Skills).words();
            if shift.row.cell(Field::Skills).words().iter().any(|skill| !skills.contains(skill)) {
                self.add(Kind::Skill, Severity::Hard, minutes, Confidence::Confirmed, id, of, of, "");
            }
            if truth(&shift.row, Field::AdultsOnly) && !truth(row, Field::Adult) {
                self.add(Kind::Skill, Severity::Hard, minutes, Confidence::Unknown, id, of, of, "adult");
            }
        }
    }

    fn rest(&mut self, all: &Rota) {
        let legal = self.rule(Field::RestLegal).unwrap_or(0);
        let own = (all.limit)(Field::Rest).or(self.rule(Field::Rest)).unwrap_or(480);
        let due = own.max(legal);
        if due == 0 {
            return;
        }
        // Duties: at work, with pauses of less than two hours.
        let mut duties: Vec<(Minute, Minute)> = Vec::new();
        for (m, _) in (0..).zip(&all.at_work).filter(|(_, at_work)| **at_work) {
            match duties.last_mut() {
                Some((_, end)) if m - *end < 120 => *end = m + 1,
                _ => duties.push((m, m + 1)),
            }
        }
        let in_duty = |(from, to): &(Minute, Minute)| {
            let inside: Vec<&Shift> = all.shifts.iter().filter(|s| *from <= s.from && s.to <= *to).collect();
            let last = inside.iter().find(|s| s.to == *to).copied().unwrap();
            (inside[0], last)
        };
        let severity = |rest: i64| if legal > 0 && rest < legal { Severity::Hard } else { Severity::Medium };
        let sure = all.sure();
        for (i, duty) in duties.iter().enumerate() {
            let (first, last) = in_duty(duty);
            let rest = 1440 - (duty.1 - duty.0);
            if rest < due {
                let of = if first.key == last.key { vec![first] } else { vec![first, last] };
                self.add(Kind::Rest, severity(rest), due - rest, sure, Some(all.id), &of, &of, "duty");
            }
            let Some(next) = duties.get(i + 1) else { continue };
            let rest = next.0 - duty.1;
            if all.wall.date(duty.0) != all.wall.date(next.0) && rest < due {
                let of = &[last, in_duty(next).0];
                self.add(Kind::Rest, severity(rest), due - rest, sure, Some(all.id), of, of, "");
            }
        }
    }

    fn hours(&mut self, all: &Rota) {
        let mut days: BTreeMap<Date, i64> = BTreeMap::new();
        let mut weeks: BTreeMap<Date, i64> = BTreeMap::new();
        for m in all.minutes_at_work() {
            let date = all.wall.date(m);
            *days.entry(date).or_default() += 1;
            let monday = date.iso_week_date().first_of_week().unwrap().date();
            *weeks.entry(monday).or_default() += 1;
        }
        let (limit, sure) = (all.limit, all.sure());
        let over = |oracle: &mut Self, caps: [Option<i64>; 3], minutes, about: String, shifts: &[&Shift]| {
            let severities = [Severity::Hard, Severity::Medium, Severity::Soft];
            for (cap, severity) in caps.into_iter().zip(severities) {
                if let Some(cap) = cap.filter(|cap| minutes > *cap) {
                    let (id, of) = (Some(all.id), &[]);
                    oracle.add(Kind::MaxHours, severity, minutes - cap, sure, id, of, shifts, &about);
                    return;
                }
            }
        };
        for (date, minutes) in days {
            let shifts = all.with_minute(|m| all.wall.date(m) == date);
            let caps = [self.rule(Field::DayLegal), limit(Field::DayMax), None];
            over(self, caps, minutes, format!("day {date}"), &shifts);
        }
        for (monday, minutes) in weeks {
            let week = monday..=monday + Span::new().days(6);
            let shifts = all.with_minute(|m| week.contains(&all.wall.date(m)));
            let caps = [self.rule(Field::WeekLegal), limit(Field::WeekMax), limit(Field::WeekTarget)];
            over(self, caps, minutes, format!("week {monday}"), &shifts);
        }
        let caps = [self.rule(Field::RollingLegal), limit(Field::RollingMax), None];
        let Some(least) = caps.iter().flatten().min() else { return };
        let week = 7 * 1440;
        let inside =
            |from: Minute| all.minutes_at_work().filter(|m| (from..from + week).contains(m)).count() as i64;
        let starts: Vec<Minute> =
            all.minutes_at_work().filter(|m| *m == 0 || !all.at_work[*m as usize - 1]).collect();
        let mut done = i64::MIN;
        for start in &starts {
            if *start < done || inside(*start) <= *least {
                continue;
            }
            done = start + week;
            let in_reach: Vec<Minute> =
                starts.iter().copied().filter(|s| (*start..done).contains(s)).collect();
            let most = in_reach.iter().map(|s| inside(*s)).max().unwrap();
            let worst = in_reach.into_iter().find(|s| inside(*s) == most).unwrap();
            let from = all.wall.shown[worst as usize].strftime("%Y-%m-%dT%H:%M");
            let shifts = all.with_minute(|m| (worst..worst + week).contains(&m));
            over(self, caps, most, format!("rolling {from}"), &shifts);
        }
    }

    fn days(&mut self, all: &Rota) {
        let caps = [(all.limit)(Field::DaysInRow), self.rule(Field::DaysInRow)];
        let Some(most) = caps.into_iter().flatten().min() else { return };
        let days: BTreeSet<Date> = all.minutes_at_work().map(|m| all.wall.date(m)).collect();
        for first in days.iter().filter(|day| !days.contains(&day.yesterday().unwrap())) {
            let mut run = vec![*first];
            while days.contains(&run[run.len() - 1].tomorrow().unwrap()) {
                run.push(run[run.len() - 1].tomorrow().unwrap());
            }
            if run.len() as i64 <= most {
                continue;
            }
            let too_many = &run[most as usize..];
            let over = all.minutes_at_work().filter(|m| too_many.contains(&all.wall.date(*m))).count() as i64;
            let shifts = all.with_minute(|m| run.contains(&all.wall.date(m)));
            let (kind, medium) = (Kind::ConsecutiveDays, Severity::Medium);
            self.add(kind, medium, over, all.sure(), Some(all.id), &[], &shifts, &format!("days {first}"));
        }
    }

    fn outside(&mut self, all: &Rota, person: &DocView) {
        let rows = person.rows(Table::Hours);
        // Asked about: the working hours of a date in minutes, or none.
        let asked = |date: Date| -> Option<Option<(i64, i64)>> {
            let weekday = WEEKDAYS[date.weekday().to_monday_zero_offset() as usize];
            let row = rows.get(&date.to_string()).or(rows.get(weekday))?;
            if truth(row, Field::Off) {
                return Some(None);
            }
            let clock =
                |text: &str| text[..2].parse::<i64>().unwrap() * 60 + text[3..].parse::<i64>().unwrap();
            let (from, to) = (clock(row.text(Field::From)), clock(row.text(Field::To)));
            Some(Some((from, if to <= from { to + 1440 } else { to })))
        };
        let is_open = |date: Date, m: Minute| {
            let Some(Some((from, to))) = asked(date) else { return false };
            let at = |minute: i64| {
                let civil = date.to_datetime(Time::midnight()) + SignedDuration::from_mins(minute);
                all.wall.find(civil).0
            };
            (at(from)..at(to)).contains(&m)
        };
        for shift in all.shifts {
            let outside = (shift.from..shift.to)
                .filter(|m| {
                    let date = all.wall.date(*m);
                    asked(date).is_some() && !is_open(date, *m) && !is_open(date.yesterday().unwrap(), *m)
                })
                .count() as i64;
            if outside > 0 {
                let severity = if outside < 30 { Severity::Soft } else { Severity::Medium };
                let (kind, sure, of) = (Kind::OutsideHours, Confidence::Confirmed, &[shift]);
                self.add(kind, severity, outside, sure, Some(all.id), of, of, "");
            }
        }
    }

    fn time_off(&mut self, all: &Rota, person: &DocView) {
        let rows = person.rows(Table::TimeOff);
        for (id, row) in rows {
            let is_part = rows.contains_key(row.text(Field::Series));
            if row.text(Field::Status) == "rejected" || is_part {
                continue;
            }
            let wall = Wall::of(self.base, row.text(Field::Zone)).unwrap();
            let moved: Vec<&Arc<Row>> = rows.values().filter(|r| r.text(Field::Series) == id).collect();
            let lies_otherwise = |start: &DateTime| moved.iter().any(|r| civil(r, Field::Instance) == *start);
            let left_out = row.cell(Field::Except).words();
            let is_left_out =
                |start: &DateTime| left_out.iter().any(|t| t.parse::<DateTime>().unwrap() == *start);
            let (first, length) =
                (civil(row, Field::Start), civil(row, Field::End).duration_since(civil(row, Field::Start)));
            // By the start they had: start, end, and whether approved.
            let mut instances: Vec<(DateTime, DateTime, DateTime, bool)> =
                occurrences(row.cell(Field::Repeat).text(), first, &wall)
                    .into_iter()
                    .filter(|start| !is_left_out(start) && !lies_otherwise(start))
                    .map(|start| (start, start, start + length, row.text(Field::Status) == "approved"))
                    .collect();
            for part in moved.iter().filter(|r| r.text(Field::Status) != "rejected") {
                let approved = part.text(Field::Status) == "approved";
                let (start, end) = (civil(part, Field::Start), civil(part, Field::End));
                instances.push((civil(part, Field::Instance), start, end, approved));
            }
            for (original, start, end, approved) in instances {
                let (from, to) = wall.span((start, false), (end, true));
                let severity = if approved { Severity::Hard } else { Severity::Medium };
                let about = format!("{id} {}", original.strftime("%Y-%m-%dT%H:%M"));
                for shift in all.shifts.iter().filter(|s| s.in_common(from, to) > 0) {
                    let (common, sure, of) = (shift.in_common(from, to), Confidence::Confirmed, &[shift]);
                    self.add(Kind::TimeOff, severity, common, sure, Some(all.id), of, of, &about);
                }
            }
        }
    }

    fn is_stale(&self, at: i64) -> bool {
        self.now - at > self.rule(Field::StaleAfter).unwrap_or(7) * 86_400_000
    }

    fn busy(&mut self, all: &Rota, person: &DocView) {
        let mut seen = BTreeSet::new();
        for row in person.rows(Table::Busy).values() {
            let (start, end, zone) = (row.text(Field::Start), row.text(Field::End), row.text(Field::Zone));
            let (calendar, kind) = (row.text(Field::Calendar), row.text(Field::Kind));
            let about = format!("{calendar} {start} {end} {zone} {kind}");
            let mirrored = (row.text(Field::Event), row.text(Field::Assignment));
            if kind == "free"
                || civil(row, Field::End) <= civil(row, Field::Start)
                || !seen.insert((about.clone(), mirrored))
            {
                continue;
            }
            let wall = Wall::of(self.base, zone).unwrap();
            let (from, to) = wall.span((civil(row, Field::Start), false), (civil(row, Field::End), true));
            for shift in all.shifts.iter().filter(|s| s.in_common(from, to) > 0) {
                let (id, of, common) = (Some(all.id), &[shift], shift.in_common(from, to));
                if mirrored.0.is_empty() {
                    let read = person.row(Table::Calendars, calendar);
                    let stale = read.is_none_or(|row| self.is_stale(int(row, Field::At).unwrap()));
                    let sure = if stale { Confidence::Stale } else { Confidence::Confirmed };
                    let hard = matches!(kind, "busy" | "out_of_office");
                    let severity = if hard { Severity::Hard } else { Severity::Medium };
                    self.add(Kind::ExternalBusy, severity, common, sure, id, of, of, &about);
                } else if mirrored == (shift.key.0.as_str(), shift.key.1.as_str()) {
                    let (info, sure) = (Severity::Info, Confidence::Confirmed);
                    self.add(Kind::DuplicateMirror, info, 0, sure, id, of, of, &about);
                }
            }
        }
    }

    fn calendars(&mut self, all: &Rota, person: &DocView) {
        for (id, row) in person.rows(Table::Calendars) {
            let (first, last): (Date, Date) =
                (row.text(Field::FirstDay).parse().unwrap(), row.text(Field::LastDay).parse().unwrap());
            let read = |m: Minute| (first..=last).contains(&all.wall.date(m));
            let (inside, beyond): (Vec<&Shift>, Vec<&Shift>) =
                all.shifts.iter().partition(|s| (s.from..s.to).all(read));
            let at = int(row, Field::At).unwrap();
            let read_at = Timestamp::from_millisecond(at).unwrap().duration_since(first_minute(self.base));
            let later: Vec<&Shift> =
                inside.iter().copied().filter(|s| SignedDuration::from_mins(s.to) > read_at).collect();
            let truncated = truth(row, Field::Truncated);
            for (applies, shifts, sure, what) in [
                (true, beyond, Confidence::Unknown, "span"),
                (truncated, inside, Confidence::Unknown, "part"),
                (self.is_stale(at), later, Confidence::Stale, "stale"),
            ] {
                if applies && !shifts.is_empty() {
                    let minutes = shifts.iter().map(|s| s.minutes()).sum();
                    let (kind, about) = (Kind::StaleOrUnknown, format!("{id} {what}"));
                    self.add(kind, Severity::Medium, minutes, sure, Some(all.id), &[], &shifts, &about);
                }
            }
        }
    }
}

/// The starts of a rule, day by day from the first on: FREQ=DAILY or WEEKLY, with INTERVAL, COUNT and BYDAY.
fn occurrences(rule: Option<&str>, first: DateTime, wall: &Wall) -> Vec<DateTime> {
    let Some(rule) = rule else { return vec![first] };
    let parts: BTreeMap<&str, &str> = rule.split(';').map(|part| part.split_once('=').unwrap()).collect();
    let number = |name: &str| parts.get(name).map(|n| n.parse::<i64>().unwrap());
    let interval = number("INTERVAL").unwrap_or(1);
    let monday = |date: Date| date - Span::new().days(date.weekday().to_monday_zero_offset());
    let last = wall.shown[wall.shown.len() - 3 * 1440];
    let mut starts = vec![first];
    let mut at = first;
    loop {
        at += SignedDuration::from_hours(24);
        if at > last || number("COUNT").is_some_and(|count| starts.len() as i64 >= count) {
            return starts;
        }
        let days = at.date().duration_since(first.date()).as_hours() / 24;
        let weeks = monday(at.date()).duration_since(monday(first.date())).as_hours() / 24 / 7;
        let weekday = WEEKDAYS[at.weekday().to_monday_zero_offset() as usize].to_uppercase();
        let fits = match parts["FREQ"] {
            "DAILY" => days % interval == 0,
            _ => {
                let by_day = parts.get("BYDAY").map(|days| days.split(',').any(|day| day == weekday));
                weeks % interval == 0 && by_day.unwrap_or(at.weekday() == first.weekday())
            }
        };
        if fits && wall.find(at).2 > 0 {
            starts.push(at);
        }
    }
}

struct Rota<'a> {
    id: &'a str,
    shifts: &'a [Shift],
    at_work: Vec<bool>,
    wall: Arc<Wall>,
    /// Their own document is there.
    sure: bool,
    limit: &'a dyn Fn(Field) -> Option<i64>,
}

impl Rota<'_> {
    fn sure(&self) -> Confidence {
        if self.sure { Confidence::Confirmed } else { Confidence::Unknown }
    }

    fn pairs(&self) -> impl Iterator<Item = (&Shift, &Shift)> {
        self.shifts.iter().enumerate().flat_map(|(i, a)| self.shifts[i + 1..].iter().map(move |b| (a, b)))
    }

    fn minutes_at_work(&self) -> impl Iterator<Item = Minute> {
        (0..).zip(&self.at_work).filter(|(_, at_work)| **at_work).map(|(m, _)| m)
    }

    fn with_minute(&self, is_meant: impl Fn(Minute) -> bool) -> Vec<&Shift> {
        self.shifts.iter().filter(|s| (s.from..s.to).any(&is_meant)).collect()
    }
}
