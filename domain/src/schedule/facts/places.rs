//! Where places are, and how long one needs from one to another.

use super::int;
use crate::ordered::OrdMap;
use crate::schema::{DEGREE, Field, Table};
use crate::view::DocView;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Walk,
    Bicycle,
    Transit,
    Car,
}

impl Mode {
    pub(super) fn parse(name: &str) -> Option<Mode> {
        match name {
            "walk" => Some(Mode::Walk),
            "bicycle" => Some(Mode::Bicycle),
            "transit" => Some(Mode::Transit),
            "car" => Some(Mode::Car),
            _ => None,
        }
    }
}

/// Where places are, and how long the ways between them are said to be.
#[derive(Clone, Debug, Default)]
pub struct Places {
    places: OrdMap<String, Place>,
    minutes: OrdMap<String, OrdMap<String, i64>>,
}

#[derive(Clone, Debug)]
struct Place {
    /// Radians.
    location: Option<(f64, f64)>,
    venue: Option<String>,
}

/// Minutes from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At the very least, and as expected. `is_known`: somebody said so, or how this helper travels.
    Takes { shortest: i64, expected: i64, is_known: bool },
    /// One of the shifts has no place.
    Nowhere,
    /// Nobody knows where the places are: the first of which that is so.
    Unknown { is_second: bool },
}

/// Ways are longer than the straight line by this factor (a usual value of the "detour index" of roads).
const DETOUR: f64 = 1.3;
/// Up to this many metres one walks, where nobody says how a helper travels.
const WALKED: f64 = 1000.0;
const EARTH: f64 = 6_371_008.8;

impl Places {
    pub fn read(roster: &DocView) -> Places {
        let mut places = Places::default();
        for (id, row) in roster.rows(Table::Places) {
            let degrees = |field: Field| {
                int(Table::Places, row, field).map(|i| (i as f64 / DEGREE as f64).to_radians())
            };
            places.places.insert(
                id.clone(),
                Place {
                    location: degrees(Field::Latitude).zip(degrees(Field::Longitude)),
                    venue: row.cell(Field::Venue).text().map(str::to_owned),
                },
            );
        }
        for row in roster.rows(Table::Travel).values() {
            if let Some(minutes) = int(Table::Travel, row, Field::Minutes) {
                let to = places.minutes.entry(row.text(Field::From).to_owned()).or_default();
                to.insert(row.text(Field::To).to_owned(), minutes);
            }
        }
        places
    }

    pub fn way<'a>(&'a self, from: Option<&str>, to: Option<&str>, mode: Option<Mode>) -> Way {
        let (Some(from), Some(to)) = (from, to) else { return Way::Nowhere };
        let none = Way::Takes { shortest: 0, expected: 0, is_known: true };
        if from == to {
            return none;
        }
        let said = |a: &str, b: &str| self.minutes.get(a).and_then(|to| to.get(b)).copied();
        if let Some(minutes) = said(from, to).or_else(|| said(to, from)) {
            return Way::Takes { shortest: minutes, expected: minutes, is_known: true };
        }
        let (a, b) = (self.places.get(from), self.places.get(to));
        let venue = |place: Option<&'a Place>| place.and_then(|p| p.venue.as_deref());
        if venue(a).is_some() && venue(a) == venue(b) {
            return none;
        }
        let location = |place: Option<&Place>| place.and_then(|p| p.location);
        match (location(a), location(b)) {
            (Some(a), Some(b)) => estimate(metres(a, b), mode),
            (None, _) => Way::Unknown { is_second: false },
            (_, None) => Way::Unknown { is_second: true },
        }
    }

    /// Metres from a home, in millionths of a degree, to a place.
    pub fn metres_from(&self, home: (i64, i64), place: &str) -> Option<f64> {
        let degrees = |i: i64| (i as f64 / DEGREE as f64).to_radians();
        let to = self.places.get(place)?.location?;
        Some(metres((degrees(home.0), degrees(home.1)), to))
    }
}

/// Along a great circle, by the haversine formula.
fn metres((lat_a, lon_a): (f64, f64), (lat_b, lon_b): (f64, f64)) -> f64 {
    let half = |x: f64| (x / 2.0).sin().powi(2);
    let h = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(lon_b - lon_a);
    2.0 * EARTH * h.sqrt().min(1.0).asin()
}

/// Whole minutes, rounded up, from usual speeds in towns.
pub(in crate::schedule) fn estimate(metres: f64, mode: Option<Mode>) -> Way {
    let assumed = if metres <= WALKED { Mode::Walk } else { Mode::Car };
    // Kilometres an hour at best and usually, and minutes to park or to wait.
    let (best, usual, extra) = match mode.unwrap_or(assumed) {
        Mode::Walk => (6.0, 4.5, 0.0),
        Mode::Bicycle => (25.0, 14.0, 1.0),
        Mode::Transit => (60.0, 20.0, 5.0),
        Mode::Car => (100.0, 40.0, 5.0),
    };
    let minutes = |metres: f64, speed: f64| metres / 1000.0 / speed * 60.0;
    Way::Takes {
        shortest: minutes(metres, best).ceil() as i64,
        expected: (minutes(metres * DETOUR, usual) + extra).ceil() as i64,
        is_known: mode.is_some() || metres <= WALKED,
    }
}
