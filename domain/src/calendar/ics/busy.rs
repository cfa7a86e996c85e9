//! Events as busy times: each UID once, with its repetitions, exceptions and moved instances.

use super::components::{Event, File};
use super::event::{Context, Read, Timing, around};
use super::zones::Resolver;
use super::{BUSY_MAX, BusyKind, BusyTime, Own, UID_MAX, Warnings, one_line};
use crate::calendar::{Budget, Override, Series, Span};
use crate::ids::Id;
use crate::ordered::sort_by_key;
use crate::ordered::{OrdMap, OrdSet};
use crate::zone::{self, Instant};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The busy times of a file within a window, and whether there are more than are listed.
pub(super) fn times(
    file: &File,
    resolver: &mut Resolver,
    window: (Instant, Instant),
    warnings: &mut Warnings,
    budget: &mut Budget,
) -> (Vec<BusyTime>, bool) {
    let mut rows = Rows { file, window, rows: Vec::new(), cut: false };
    let mut context = Context { resolver, warnings, budget };
    for group in groups(file).into_values() {
        rows.add(&group, &mut context);
    }
    let cut = rows.prune(0) || rows.cut;
    sort_by_key(&mut rows.rows, |row| (row.start, row.end, row.kind));
    (rows.rows.iter().map(Row::busy).collect(), cut)
}

/// The events of one UID.
#[derive(Default)]
struct Group<'a> {
    /// The event itself, with its rule.
    main: Option<&'a Event>,
    changes: Vec<&'a Event>,
}

/// By UID, also over the calendars of a file; an event without one is by itself. Of several versions, the newest.
fn groups(file: &File) -> OrdMap<(String, u32), Group<'_>> {
    let mut groups = OrdMap::<(String, u32), Group>::new();
    for event in &file.events {
        let key = match &event.uid {
            Some(uid) if !event.detached => (uid.clone(), 0),
            _ => (String::new(), event.line),
        };
        let group = groups.entry(key).or_default();
        if event.recurrence_id.is_some() {
            group.changes.push(event);
        } else if group.main.is_none_or(|main| is_newer(event, main)) {
            group.main = Some(event);
        }
    }
    groups
}

fn is_newer(event: &Event, than: &Event) -> bool {
    (event.sequence, &event.stamp) > (than.sequence, &than.stamp)
}

struct Rows<'a> {
    file: &'a File,
    window: (Instant, Instant),
    rows: Vec<Row<'a>>,
    cut: bool,
}

struct Row<'a> {
    start: Instant,
    end: Instant,
    civil: (DateTime, DateTime),
    zone: String,
    kind: BusyKind,
    event: &'a Event,
    title: &'a str,
}

impl<'a> Rows<'a> {
    fn add(&mut self, group: &Group<'a>, context: &mut Context) {
        let Some(main) = group.main else {
            // An invitation to one instance only.
            return self.add_alone(&group.changes, context);
        };
        if main.is_cancelled() {
            return;
        }
        let timing = match context.timing(main) {
            Read::Timed(timing) => timing,
            Read::Nothing | Read::Unreadable => return self.add_alone(&group.changes, context),
        };
        let calendar = &self.file.calendars[main.calendar];
        if main.is_declined(calendar) {
            return self.add_alone(&group.changes, context);
        }
        let rule = context.rule(main, &timing).unwrap_or_else(|()| {
            self.cut = true;
            None
        });
        let mut series = Series {
            first: timing.start,
            length: timing.length,
            rule,
            extra: OrdSet::new(),
            except: main.except.iter().map(|moment| context.instance(moment, main, &timing)).collect(),
            overrides: OrdMap::new(),
        };
        for extra in &main.extra {
            let start = context.instance(&extra.start, main, &timing);
            match context.extra_end(extra, main, &timing) {
                Some(end) => drop(series.overrides.insert(start, Override::Moved { start, end })),
                None => drop(series.extra.insert(start)),
            }
        }
        let changes = self.changes(group, &timing, &mut series, context);
        // Days are never skipped, so they are counted where no clock changes.
        let counting = if timing.all_day { &TimeZone::UTC } else { &timing.zone.zone };
        let (from, to) = around(self.window, &timing.zone.zone);
        let found = series.within_budget(from, to, counting, context.budget);
        if found.bounded {
            self.cut = true;
            context
                .warnings
                .push(main.line, "This event repeats more often than is read; the rest is unknown.");
        }
        for span in &found.spans {
            let event = span.moved_from.and_then(|original| changes.get(&original)).copied().unwrap_or(main);
            let title = if event.title.is_empty() { &main.title } else { &event.title };
            self.push(span, &timing, event, title);
        }
    }

    /// Puts the changed instances into a series, and answers with them by the start that they had.
    fn changes(
        &mut self,
        group: &Group<'a>,
        timing: &Timing,
        series: &mut Series,
        context: &mut Context,
    ) -> OrdMap<DateTime, &'a Event> {
        let mut changes = OrdMap::<DateTime, &Event>::new();
        for event in &group.changes {
            let Some(original) = &event.recurrence_id else { continue };
            let original = context.instance(original, event, timing);
            if changes.get(&original).is_none_or(|other| is_newer(event, other)) {
                changes.insert(original, event);
            }
        }
        for (original, event) in &changes {
            if event.and_following {
                self.cut = true;
                let text = "A change to this and all following dates is read for the one date only.";
                context.warnings.push(event.line, text);
            }
            let change = if event.is_cancelled() || event.is_declined(&self.file.calendars[event.calendar]) {
                Override::Cancelled
            } else {
                match context.timing(event) {
                    Read::Timed(to) => context.moved(&to, timing),
                    Read::Nothing => Override::Cancelled,
                    // It was warned of; the date it had stays busy.
                    Read::Unreadable => continue,
                }
            };
            series.overrides.insert(*original, change);
        }
        changes
    }

    /// Changed instances of a series that the file does not have, or that its owner declined as a whole.
    fn add_alone(&mut self, changes: &[&'a Event], context: &mut Context) {
        let mut newest = OrdMap::new();
        for event in changes {
            let entry = newest.entry(&event.recurrence_id).or_insert(*event);
            if is_newer(event, entry) {
                *entry = event;
            }
        }
        for event in newest.into_values() {
            if event.is_cancelled() || event.is_declined(&self.file.calendars[event.calendar]) {
                continue;
            }
            if let Read::Timed(timing) = context.timing(event) {
                let end = timing.length.end(timing.start, timing.start, &timing.zone.zone);
                let span = Span { start: timing.start, end, moved_from: None };
                self.push(&span, &timing, event, &event.title);
            }
        }
    }

    fn push(&mut self, span: &Span, timing: &Timing, event: &'a Event, title: &'a str) {
        let interval = zone::interval(span.start, span.end, &timing.zone.zone);
        let (start, end) = (interval.start.at, interval.end.at);
        if start >= self.window.1 || end <= self.window.0 || end <= start {
            return;
        }
        let (civil, zone) = match &timing.zone.name {
            Some(name) => ((span.start, span.end), name.clone()),
            None => {
                let utc = |at| Timestamp::from_second(at).map(|at| TimeZone::UTC.to_datetime(at));
                let (Ok(start), Ok(end)) = (utc(start), utc(end)) else { return };
                ((start, end), "UTC".to_owned())
            }
        };
        let kind = event.kind(&self.file.calendars[event.calendar]);
        self.rows.push(Row { start, end, civil, zone, kind, event, title });
        // Now and then, so that a file cannot ask for a lot of memory.
        self.cut |= self.prune(3 * BUSY_MAX);
    }

    /// Keeps the first rows, those that make busy before those that do not; true if there were more.
    fn prune(&mut self, slack: usize) -> bool {
        if self.rows.len() <= BUSY_MAX + slack {
            return false;
        }
        sort_by_key(&mut self.rows, |row| (row.kind == BusyKind::Free, row.start, row.end));
        self.rows.truncate(BUSY_MAX);
        true
    }
}

impl Row<'_> {
    fn busy(&self) -> BusyTime {
        let uid = self.event.uid.as_deref().unwrap_or("");
        BusyTime {
            start: to_minute(self.civil.0),
            end: to_minute(self.civil.1.saturating_add(SignedDuration::from_secs(59))),
            zone: self.zone.clone(),
            kind: self.kind,
            uid: if uid.len() > UID_MAX { Id::derived(&[uid]).to_string() } else { uid.to_owned() },
            title: one_line(self.title),
            own: Own::of_uid(uid),
        }
    }
}

/// `2026-07-15T07:30`; seconds are left off.
fn to_minute(civil: DateTime) -> String {
    civil.to_string().chars().take(16).collect()
}

impl Own {
    /// The UID of a shift in a file that is written here.
    pub(super) fn uid(event: &Id, assignment: &Id) -> String {
        format!("{event}.{assignment}@wedsync")
    }

    fn of_uid(uid: &str) -> Option<Own> {
        let (event, assignment) = uid.strip_suffix("@wedsync")?.split_once('.')?;
        Some(Own { event: event.parse().ok()?, assignment: assignment.parse().ok()? })
    }
}
