//! Which zone a TZID means: an IANA name, also behind a prefix; a Windows name; else what the file's VTIMEZONE says.

use super::Warnings;
use super::components::Zone;
use super::value::{Moment, Place};
use super::vtimezone;
use super::windows::{WINDOWS_ZONES, iana_name};
use crate::calendar::Budget;
use crate::ordered::OrdMap;
use crate::zone::{Instant, Zones};
use jiff::tz::TimeZone;

/// A zone that times are in.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The IANA name; `None` where only the file knows the zone, and its times leave it as UTC.
    pub name: Option<String>,
    pub zone: TimeZone,
}

pub(super) struct Resolver<'a> {
    zones: &'a Zones,
    of_file: &'a OrdMap<(usize, String), Zone>,
    pub reader: Named,
    /// X-WR-TIMEZONE of each calendar, else the reader's.
    calendars: Vec<Named>,
    window: (Instant, Instant),
    /// What was looked up already, so that a zone that is not known is warned of once.
    known: OrdMap<(usize, String), Named>,
}

impl<'a> Resolver<'a> {
    pub fn new(
        zones: &'a Zones,
        of_file: &'a OrdMap<(usize, String), Zone>,
        reader: Named,
        window: (Instant, Instant),
    ) -> Resolver<'a> {
        Resolver { zones, of_file, reader, calendars: Vec::new(), window, known: OrdMap::new() }
    }

    /// Adds the next calendar of the file, with its X-WR-TIMEZONE and the line of it.
    pub fn add_calendar(&mut self, zone: Option<(&str, u32)>, warnings: &mut Warnings, budget: &mut Budget) {
        let named = match zone {
            Some((id, line)) => self.lookup(self.calendars.len(), id, line, warnings, budget),
            None => self.reader.clone(),
        };
        self.calendars.push(named);
    }

    pub fn of(
        &mut self,
        moment: &Moment,
        calendar: usize,
        warnings: &mut Warnings,
        budget: &mut Budget,
    ) -> Named {
        match &moment.place {
            Place::Utc => Named { name: Some("UTC".to_owned()), zone: TimeZone::UTC },
            Place::Floating => self.reader.clone(),
            Place::Day => self.calendars.get(calendar).unwrap_or(&self.reader).clone(),
            Place::Zone(id) => self.lookup(calendar, id, moment.line, warnings, budget),
        }
    }

    fn lookup(
        &mut self,
        calendar: usize,
        id: &str,
        line: u32,
        warnings: &mut Warnings,
        budget: &mut Budget,
    ) -> Named {
        let key = (calendar, id.trim().to_owned());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let named = self.by_name(&key.1).or_else(|| self.by_rules(&key, budget)).unwrap_or_else(|| {
            let id: String = id.chars().take(60).collect();
            let reader = self.reader.name.as_deref().unwrap_or("UTC");
            let text = format!("The zone {id:?} is not known; its times are taken as {reader}. Check them.");
            warnings.push(line, text);
            self.reader.clone()
        });
        self.known.insert(key, named.clone());
        named
    }

    fn by_name(&self, id: &str) -> Option<Named> {
        let named = |name: &str| {
            let zone = self.zones.zone(name)?;
            Some(Named { name: Some(name.to_owned()), zone })
        };
        if let Some(found) = named(id).or_else(|| iana_name(id).and_then(named)) {
            return Some(found);
        }
        // "/freeassociation.sourceforge.net/Europe/Berlin": the longest end that is a name.
        let slashes = id.match_indices('/').map(|(at, _)| at + 1);
        slashes.filter_map(|at| id.get(at..)).filter(|end| end.contains('/')).find_map(named)
    }

    /// By the VTIMEZONE of the file: a known zone that agrees with it in the window, the reader's first, else its rules.
    fn by_rules(&self, key: &(usize, String), budget: &mut Budget) -> Option<Named> {
        let written = self.of_file.get(key)?;
        if let Some(found) = written.location.as_deref().and_then(|name| self.by_name(name)) {
            return Some(found);
        }
        let rules = vtimezone::time_zone(written, self.window, budget)?;
        let near = [Some(&self.reader), self.calendars.get(key.0)].into_iter().flatten().cloned();
        let windows = WINDOWS_ZONES.iter().filter_map(|(_, name)| self.by_name(name));
        let agreeing = near
            .chain(windows)
            .find(|named| named.name.is_some() && vtimezone::agree(&named.zone, &rules, self.window));
        Some(agreeing.unwrap_or(Named { name: None, zone: rules }))
    }
}
