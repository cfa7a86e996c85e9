//! A VTIMEZONE (RFC 5545, 3.6.5) as a zone: its clock changes are written out as TZif (RFC 8536), which jiff reads.

use super::components::{Observance, Zone};
use super::value::Place;
use crate::calendar::{Budget, Rule};
use crate::ordered::OrdMap;
use crate::zone::Instant;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The zone of these rules, from two years before a window to a year after it; `None` where they cannot be read.
pub(super) fn time_zone(written: &Zone, window: (Instant, Instant), budget: &mut Budget) -> Option<TimeZone> {
    let civil = |at| Timestamp::from_second(at).map(|at| TimeZone::UTC.to_datetime(at)).ok();
    let years = |years: i64| SignedDuration::from_hours(years * 366 * 24);
    let range = (civil(window.0)?.saturating_sub(years(2)), civil(window.1)?.saturating_add(years(1)));
    // By instant: the offset before and after.
    let mut changes = OrdMap::<i64, (Offset, Offset)>::new();
    for observance in &written.observances {
        let from = offset(observance.offset_from.as_deref()?)?;
        let to = offset(observance.offset_to.as_deref()?)?;
        for onset in onsets(observance, from, range, budget)? {
            changes.insert(from.to_timestamp(onset).ok()?.as_second(), (from, to));
        }
    }
    TimeZone::tzif("VTIMEZONE", &tzif(&changes)?).ok()
}

/// When an observance begins, on the wall clock that is in use until then: the first time, and those in the range or,
/// where there are none, all those before it.
fn onsets(
    observance: &Observance,
    from: Offset,
    range: (DateTime, DateTime),
    budget: &mut Budget,
) -> Option<Vec<DateTime>> {
    let start = observance.start.as_ref()?.civil;
    let mut onsets = vec![start];
    if let Some(rule) = &observance.rule {
        let rule = Rule::parse(rule).ok()?;
        let zone = TimeZone::fixed(from);
        let mut found = rule.occurrences_within(start, &zone, range, budget).starts;
        if found.is_empty() {
            found = rule.occurrences_within(start, &zone, (start, range.1), budget).starts;
        }
        onsets.extend(found);
    }
    onsets.extend(observance.extra.iter().map(|moment| match moment.place {
        Place::Utc => moment.civil.saturating_add(SignedDuration::from_secs(from.seconds().into())),
        _ => moment.civil,
    }));
    Some(onsets)
}

/// An offset such as `+0100`, `-0330` or `+01:00`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let digits = digits.replace(':', "");
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| digits.get(at..at + 2).map_or(Some(0), |part| part.parse::<i32>().ok());
    let seconds = two(0)? * 3_600 + two(2)? * 60 + two(4)?;
    Offset::from_seconds(sign * seconds).ok()
}

/// Version 2, with nothing in the block of version 1. After the last change its offset stays: without a rule that says
/// so, jiff's `following` would give that change again and again.
fn tzif(changes: &OrdMap<i64, (Offset, Offset)>) -> Option<Vec<u8>> {
    let (before, _) = changes.values().next()?;
    let mut types = vec![*before];
    let mut indices = Vec::new();
    for (_, after) in changes.values() {
        let index = types.iter().position(|offset| offset == after).unwrap_or_else(|| {
            types.push(*after);
            types.len() - 1
        });
        indices.push(u8::try_from(index).ok()?);
    }
    let mut out = Vec::new();
    for (times, offsets) in [(&[][..], &types[..1]), (&indices[..], &types[..])] {
        out.extend_from_slice(b"TZif2");
        out.extend_from_slice(&[0; 15]);
        for count in [0, 0, 0, times.len(), offsets.len(), DESIGNATION.len()] {
            out.extend_from_slice(&u32::try_from(count).ok()?.to_be_bytes());
        }
        out.extend(changes.keys().take(times.len()).flat_map(|at| at.to_be_bytes()));
        out.extend_from_slice(times);
        for offset in offsets {
            out.extend_from_slice(&offset.seconds().to_be_bytes());
            out.extend_from_slice(&[0, 0]);
        }
        out.extend_from_slice(DESIGNATION);
    }
    let last = types[usize::from(*indices.last()?)].seconds();
    // POSIX counts westwards.
    let (sign, size) = (if last > 0 { '-' } else { '+' }, last.abs());
    let rule = format!("\nLMT{sign}{:02}:{:02}:{:02}\n", size / 3_600, size / 60 % 60, size % 60);
    out.extend_from_slice(rule.as_bytes());
    Some(out)
}

/// Every type needs an abbreviation; nobody sees it.
const DESIGNATION: &[u8] = b"LMT\0";

/// Half a year. A window of summer days tells zones with summer time from those without when it is wider.
const MARGIN: i64 = 183 * 86_400;

/// Whether two zones show the same time throughout a window and half a year around it.
pub(super) fn agree(a: &TimeZone, b: &TimeZone, window: (Instant, Instant)) -> bool {
    let (start, end) = (window.0.saturating_sub(MARGIN), window.1.saturating_add(MARGIN));
    let (Ok(start), Ok(end)) = (Timestamp::from_second(start), Timestamp::from_second(end)) else {
        return false;
    };
    let changes = |zone: &TimeZone| -> Vec<Timestamp> {
        zone.following(start).map(|change| change.timestamp()).take_while(|at| *at <= end).collect()
    };
    let same = |at: Timestamp| a.to_offset(at) == b.to_offset(at);
    same(start) && changes(a).into_iter().chain(changes(b)).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::{Zones, resolve};

    #[test]
    fn offsets_are_read_in_every_spelling() {
        for (text, seconds) in [("+0100", 3_600), ("-0330", -12_600), ("+01:00", 3_600), ("+003020", 1_820)] {
            assert_eq!(offset(text).map(|o| o.seconds()), Some(seconds), "{text}");
        }
        for bad in ["", "+", "+1", "+01000", "CET", "+é00", "+9900"] {
            assert_eq!(offset(bad), None, "{bad}");
        }
    }

    #[test]
    fn written_changes_are_the_zones_own() {
        let hours = |hours: i8| jiff::tz::offset(hours);
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let changes = OrdMap::from([
            (at("2026-03-29T01:00:00Z"), (hours(1), hours(2))),
            (at("2026-10-25T01:00:00Z"), (hours(2), hours(1))),
        ]);
        let made = TimeZone::tzif("made", &tzif(&changes).unwrap()).unwrap();
        let berlin = Zones::default().zone("Europe/Berlin").unwrap();
        let summer = (at("2026-07-01T00:00:00Z"), at("2026-07-15T00:00:00Z"));
        assert!(agree(&made, &berlin, summer));
        // Johannesburg has the same time in summer only.
        assert!(!agree(&made, &Zones::default().zone("Africa/Johannesburg").unwrap(), summer));
        for civil in ["2026-03-29T02:30", "2026-10-25T02:30", "2026-07-15T12:00", "2026-01-15T12:00"] {
            let civil = civil.parse().unwrap();
            assert_eq!(resolve(civil, &made), resolve(civil, &berlin), "{civil}");
        }
    }
}
