//! How many helpers an event needs and has, role by role and hour by hour.

use super::Season;
use super::clock::Clock;
use super::facts::Shift;
use crate::ordered::OrdMap;
use crate::schema::{Field, Table};
use crate::zone::Instant;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// Most hours that are told of one role: six weeks.
const HOURS_MAX: usize = 1000;

/// What a role needs and has, over the hours in which it has shifts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RoleCoverage {
    pub team: String,
    pub role: String,
    /// By their time; those without a shift are left out.
    pub hours: Vec<HourCoverage>,
}

/// One hour of the event's zone, at the moment in it when most helpers lack; of equal ones, when most are needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct HourCoverage {
    /// Its civil start, like `2026-07-15T07:00`. Where the clock goes back, the hour that comes twice is told once.
    pub start: String,
    /// The least number of helpers of the shifts that take place then, taken together; and the greatest.
    pub needed: u32,
    pub most: u32,
    /// Helpers on them.
    pub there: u32,
    /// Helpers that shifts lack. One too many on one shift fills no place of another.
    pub missing: u32,
}

impl Season {
    /// By team and role; empty for an event that is not known here.
    pub fn coverage(&self, event: &str) -> Vec<RoleCoverage> {
        let Some(plan) = self.events.get(event) else { return Vec::new() };
        let name = plan.view.single(Table::Facts).map(|row| row.text(Field::Zone).to_owned());
        let clock = name.and_then(|name| self.zones.clone().clock(&name)).unwrap_or_else(Clock::utc);
        let mut roles: OrdMap<(&str, &str), Vec<Staffed>> = OrdMap::new();
        for (id, shift) in &plan.shifts {
            let there = i64::try_from(plan.view.taken(id)).unwrap_or(i64::MAX);
            roles.entry((shift.team(), shift.role())).or_default().push((shift, there));
        }
        let tell = |((team, role), shifts): ((&str, &str), Vec<Staffed>)| RoleCoverage {
            team: team.to_owned(),
            role: role.to_owned(),
            hours: hours(&shifts, &clock),
        };
        roles.into_iter().map(tell).collect()
    }
}

/// A shift, and how many helpers are on it.
type Staffed<'a> = (&'a Shift, i64);

/// Helpers at one moment.
#[derive(Clone, Copy, Default)]
struct Count {
    needed: i64,
    most: i64,
    there: i64,
    missing: i64,
}

/// Between two changes the count is the same: each hour takes the worst of the stretches that it touches.
fn hours(shifts: &[Staffed], clock: &Clock) -> Vec<HourCoverage> {
    let mut changes: OrdMap<Instant, Count> = OrdMap::new();
    for (shift, there) in shifts {
        for (at, sign) in [(shift.start, 1), (shift.end, -1)] {
            let count = changes.entry(at).or_default();
            count.needed += sign * shift.needed;
            count.most += sign * shift.most;
            count.there += sign * there;
            count.missing += sign * (shift.needed - there).max(0);
        }
    }
    let mut worst: OrdMap<DateTime, Count> = OrdMap::new();
    let mut now = Count::default();
    let mut stretches = changes.into_iter().peekable();
    while let Some((from, change)) = stretches.next() {
        now.needed += change.needed;
        now.most += change.most;
        now.there += change.there;
        now.missing += change.missing;
        let Some(to) = stretches.peek().map(|(at, _)| *at) else { break };
        if now.most == 0 {
            continue;
        }
        let mut hour = start_of_hour(clock.civil(from));
        while clock.resolve(hour).at < to && worst.len() < HOURS_MAX {
            let next = hour.saturating_add(jiff::SignedDuration::from_hours(1));
            // An hour that the clock leaves out has no minutes.
            if clock.resolve(next).at > clock.resolve(hour).at {
                let seen = worst.entry(hour).or_default();
                if (now.missing, now.needed, now.most) >= (seen.missing, seen.needed, seen.most) {
                    *seen = now;
                }
            }
            hour = next;
        }
    }
    let number = |n: i64| u32::try_from(n.max(0)).unwrap_or(u32::MAX);
    let hour = |(start, count): (DateTime, Count)| HourCoverage {
        start: crate::time::written(start),
        needed: number(count.needed),
        most: number(count.most),
        there: number(count.there),
        missing: number(count.missing),
    };
    worst.into_iter().map(hour).collect()
}

fn start_of_hour(at: DateTime) -> DateTime {
    at.with().minute(0).second(0).subsec_nanosecond(0).build().unwrap_or(at)
}
