//! One event as it is meant: when, how long, and whether it makes its owner busy.

use super::components::{Event, Extra, Properties};
use super::lines::Line;
use super::value::{Moment, Place};
use super::zones::{Named, Resolver};
use super::{BusyKind, Warnings};
use crate::calendar::rule::{Limit, Until};
use crate::calendar::series::civil_end;
use crate::calendar::{Budget, Length, Override, Rule};
use crate::zone;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

/// When an event is, in the civil time of one zone.
#[derive(Clone)]
pub(super) struct Timing {
    pub zone: Named,
    pub start: DateTime,
    pub length: Length,
    /// Days without times: they are never skipped, even where midnight is.
    pub all_day: bool,
}

/// What reading an event's times came to.
pub(super) enum Read {
    Timed(Timing),
    /// It has no length, so that nobody is busy.
    Nothing,
    /// It was warned of.
    Unreadable,
}

/// What is needed to read times.
pub(super) struct Context<'c, 'r> {
    pub resolver: &'c mut Resolver<'r>,
    pub warnings: &'c mut Warnings,
    pub budget: &'c mut Budget,
}

impl Context<'_, '_> {
    pub fn zone_of(&mut self, moment: &Moment, calendar: usize) -> Named {
        self.resolver.of(moment, calendar, self.warnings, self.budget)
    }

    pub fn timing(&mut self, event: &Event) -> Read {
        let Some(start) = &event.start else {
            self.warnings.push(event.line, "This event has no start that can be read; it is left out.");
            return Read::Unreadable;
        };
        let all_day = start.place == Place::Day;
        let zone = self.zone_of(start, event.calendar);
        let one_day = Length::Lasting { days: 1, seconds: 0 };
        let length = match (&event.end, event.duration) {
            (Some(end), _) => {
                let until = self.civil_in(end, event, &zone, Edge::End);
                if until < start.civil {
                    let text =
                        "This event ends before it starts; it is left out. Correct it in the calendar.";
                    self.warnings.push(end.line, text);
                    return Read::Unreadable;
                }
                if until == start.civil && all_day { one_day } else { Length::Until(until) }
            }
            (None, Some(Length::Lasting { days: 0, seconds: 0 }) | None) if all_day => one_day,
            (None, Some(length)) => length,
            (None, None) => return Read::Nothing,
        };
        if length == Length::Until(start.civil) || length == (Length::Lasting { days: 0, seconds: 0 }) {
            return Read::Nothing;
        }
        Read::Timed(Timing { zone, start: start.civil, length, all_day })
    }

    /// A moment of an event on the wall clock of `zone`.
    fn civil_in(&mut self, moment: &Moment, event: &Event, zone: &Named, edge: Edge) -> DateTime {
        let own = self.zone_of(moment, event.calendar);
        self.moved_to(moment.civil, &own, zone, edge)
    }

    fn moved_to(&self, civil: DateTime, from: &Named, to: &Named, edge: Edge) -> DateTime {
        if from.name == to.name && from.zone == to.zone {
            return civil;
        }
        let at = zone::resolve(civil, &from.zone).at;
        let there = match edge {
            Edge::Start => Timestamp::from_second(at).ok().map(|at| to.zone.to_datetime(at)),
            Edge::End => civil_end(at, &to.zone),
        };
        there.unwrap_or(civil)
    }

    /// The instance of a series that a moment names; a date names that of its day.
    pub fn instance(&mut self, moment: &Moment, event: &Event, series: &Timing) -> DateTime {
        if moment.place == Place::Day {
            return moment.civil.date().to_datetime(series.start.time());
        }
        let civil = self.civil_in(moment, event, &series.zone, Edge::Start);
        if series.all_day { civil.date().at(0, 0, 0, 0) } else { civil }
    }

    /// Where an instance went, on the wall clock of its series.
    pub fn moved(&self, to: &Timing, series: &Timing) -> Override {
        let end = to.length.end(to.start, to.start, &to.zone.zone);
        Override::Moved {
            start: self.moved_to(to.start, &to.zone, &series.zone, Edge::Start),
            end: self.moved_to(end, &to.zone, &series.zone, Edge::End),
        }
    }

    /// The end of an added period, where it has its own.
    pub fn extra_end(&mut self, extra: &Extra, event: &Event, series: &Timing) -> Option<DateTime> {
        let start = self.instance(&extra.start, event, series);
        match (&extra.end, extra.length) {
            (Some(end), _) => Some(self.civil_in(end, event, &series.zone, Edge::End)),
            (None, Some(length)) => Some(length.end(start, start, &series.zone.zone)),
            (None, None) => None,
        }
        .filter(|end| *end > start)
    }

    /// The rule of an event; `Err` where there is one that cannot be kept to, which was warned of.
    pub fn rule(&mut self, event: &Event, timing: &Timing) -> Result<Option<Rule>, ()> {
        let Some(line) = event.rules.first() else { return Ok(None) };
        if event.rules.len() > 1 {
            self.warnings.push(line.number, "This event has several rules; only its first date is read.");
            return Err(());
        }
        let mut rule = Rule::parse(&line.value).map_err(|e| {
            self.warnings.push(line.number, format!("Only the first date of this event is read: {e}."));
        })?;
        if timing.all_day
            && let Limit::Until(Until::Utc(at)) = rule.limit
        {
            rule.limit = Limit::Until(Until::Civil(timing.zone.zone.to_datetime(at)));
        }
        Ok(Some(rule))
    }
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// The whole day before and after, for what is asked for in another zone.
pub(super) fn around(window: (i64, i64), zone: &jiff::tz::TimeZone) -> (DateTime, DateTime) {
    let day = SignedDuration::from_hours(24);
    let civil = |at: i64| Timestamp::from_second(at).map_or(DateTime::MIN, |at| zone.to_datetime(at));
    (civil(window.0).saturating_sub(day), civil(window.1).saturating_add(day))
}

impl Event {
    pub fn is_cancelled(&self) -> bool {
        self.status == "CANCELLED"
    }

    pub fn is_declined(&self, calendar: &Properties) -> bool {
        self.answer(calendar).is_some_and(|answer| answer.eq_ignore_ascii_case("DECLINED"))
    }

    /// The answer of the calendar's owner.
    fn answer(&self, calendar: &Properties) -> Option<&str> {
        let owner = calendar.name.as_deref()?.trim();
        let is_owner = |line: &&Line| {
            let value = line.value.trim();
            let address =
                value.get(..7).filter(|p| p.eq_ignore_ascii_case("mailto:")).map_or(value, |_| &value[7..]);
            [Some(address), line.param("CN")]
                .into_iter()
                .flatten()
                .any(|name| name.eq_ignore_ascii_case(owner))
        };
        self.attendees.iter().find(is_owner)?.param("PARTSTAT")
    }

    /// X-MICROSOFT-CDO-BUSYSTATUS says most; then TRANSP, STATUS and the owner's answer.
    pub fn kind(&self, calendar: &Properties) -> BusyKind {
        let tentative = self.status == "TENTATIVE"
            || self.answer(calendar).is_some_and(|answer| answer.eq_ignore_ascii_case("TENTATIVE"));
        match self.busy_status.as_str() {
            "FREE" => BusyKind::Free,
            "TENTATIVE" => BusyKind::Tentative,
            "OOF" => BusyKind::OutOfOffice,
            "WORKINGELSEWHERE" => BusyKind::Elsewhere,
            "" if self.transparency == "TRANSPARENT" => BusyKind::Free,
            _ if tentative => BusyKind::Tentative,
            _ => BusyKind::Busy,
        }
    }
}
